/**
 * Swiping an element to Done or Snooze with pointer events, and tapping it, as a Svelte attachment.
 *
 * Promises: follows the finger through custom properties only (`--dx`, `--tilt`, `--commit`); leaves vertical
 * drags to scrolling and mouse drags over text to selecting; says once, on letting go, what was meant.
 * Does not know: cards.
 */

import { axisOf, commitment, verdictOf } from '../core/swipe';

/** Speed is taken over the last moments only: a finger that rests first does not flick. */
const SPEED_WINDOW_MS = 80;

interface Drag {
  readonly pointerId: number;
  readonly startX: number;
  readonly startY: number;
  across: boolean;
  trail: readonly { readonly x: number; readonly atMs: number }[];
}

interface Meant {
  readonly done: () => void;
  readonly snooze: () => void;
  readonly tap: () => void;
}

export function swipe(meant: Meant): (element: HTMLElement) => () => void {
  return (element) => {
    let drag: Drag | null = null;

    function down(event: PointerEvent): void {
      if (!event.isPrimary || event.button !== 0 || startsElsewhere(event)) return;
      const start = { x: event.clientX, atMs: event.timeStamp };
      drag = {
        pointerId: event.pointerId,
        startX: event.clientX,
        startY: event.clientY,
        across: false,
        trail: [start],
      };
    }

    function move(event: PointerEvent): void {
      if (drag?.pointerId !== event.pointerId) return;
      const dx = event.clientX - drag.startX;
      if (!drag.across) {
        const axis = axisOf(dx, event.clientY - drag.startY);
        if (axis === 'along') drag = null;
        if (axis !== 'across' || drag === null) return;
        drag.across = true;
        element.setPointerCapture(event.pointerId);
        element.classList.add('dragged');
      }
      const recent = drag.trail.filter((point) => event.timeStamp - point.atMs <= SPEED_WINDOW_MS);
      drag.trail = [...recent, { x: event.clientX, atMs: event.timeStamp }];
      draw(element, dx);
    }

    function up(event: PointerEvent): void {
      if (drag?.pointerId !== event.pointerId) return;
      const { across, startX, startY, trail } = drag;
      drag = null;
      const dx = event.clientX - startX;
      if (!across) {
        if (axisOf(dx, event.clientY - startY) === 'undecided' && !isSelecting()) meant.tap();
        return;
      }
      element.classList.remove('dragged');
      const verdict = verdictOf(dx, speed(trail), element.offsetWidth, isRightToLeft(element));
      // Done flies on from where it is; a snooze waits in its place for the choice of a time.
      if (verdict !== 'done') draw(element, 0);
      if (verdict !== null) meant[verdict]();
    }

    function cancel(event: PointerEvent): void {
      if (drag?.pointerId !== event.pointerId) return;
      drag = null;
      element.classList.remove('dragged');
      draw(element, 0);
    }

    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', cancel);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', cancel);
    };
  };
}

function isSelecting(): boolean {
  return (window.getSelection()?.toString() ?? '') !== '';
}

function startsElsewhere(event: PointerEvent): boolean {
  if (!(event.target instanceof Element)) return false;
  if (event.target.closest('button, a, input') !== null) return true;
  return event.pointerType === 'mouse' && event.target.closest('[data-selectable]') !== null;
}

function draw(element: HTMLElement, dx: number): void {
  element.style.setProperty('--dx', `${dx}px`);
  element.style.setProperty('--tilt', `${dx / 60}deg`);
  element.style.setProperty('--commit', String(commitment(dx, element.offsetWidth, isRightToLeft(element))));
}

function speed(trail: Drag['trail']): number {
  const first = trail[0];
  const last = trail[trail.length - 1];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
  return (last.x - first.x) / (last.atMs - first.atMs);
}

function isRightToLeft(element: Element): boolean {
  return getComputedStyle(element).direction === 'rtl';
}
