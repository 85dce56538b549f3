/**
 * Swiping an element towards Done with pointer events, as a Svelte attachment.
 *
 * Promises: follows the finger through custom properties only (`--dx`, `--tilt`, `--commit`); leaves vertical
 * drags to scrolling and mouse drags over text to selecting; calls `done` once, on letting go.
 * Does not know: cards.
 */

import { axisOf, commitment, isDone, shiftPx } from '../core/swipe';

/** Speed is taken over the last moments only: a finger that rests first does not flick. */
const SPEED_WINDOW_MS = 80;

interface Drag {
  readonly pointerId: number;
  readonly startX: number;
  readonly startY: number;
  across: boolean;
  trail: readonly { readonly x: number; readonly atMs: number }[];
}

export function swipe(done: () => void): (element: HTMLElement) => () => void {
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
      const { across, startX, trail } = drag;
      drag = null;
      if (!across) return;
      element.classList.remove('dragged');
      const dx = event.clientX - startX;
      if (isDone(dx, speed(trail), element.offsetWidth, isRightToLeft(element))) done();
      else draw(element, 0);
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

function startsElsewhere(event: PointerEvent): boolean {
  if (!(event.target instanceof Element)) return false;
  if (event.target.closest('button, a, input') !== null) return true;
  return event.pointerType === 'mouse' && event.target.closest('[data-selectable]') !== null;
}

function draw(element: HTMLElement, dx: number): void {
  const rightToLeft = isRightToLeft(element);
  const shift = shiftPx(dx, rightToLeft);
  element.style.setProperty('--dx', `${shift}px`);
  element.style.setProperty('--tilt', `${shift / 60}deg`);
  element.style.setProperty('--commit', String(commitment(dx, element.offsetWidth, rightToLeft)));
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
