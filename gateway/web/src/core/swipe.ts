/**
 * The arithmetic of swiping a card towards "Done": right, or left where the script runs right to left.
 *
 * Promises: a drag that is mostly vertical is left to scrolling; a card follows the finger one to one
 * towards Done and only grudgingly the other way, where nothing is to be had yet.
 * Does not know: pointers, elements or animation.
 */

/** Below this a drag is still a tap. */
export const SLOP_PX = 8;
/** A slow drag must pass this share of the card's width … */
const FAR_SHARE = 0.35;
/** … a flick only this speed, and some distance. */
const FLICK_PX_PER_MS = 0.5;
const FLICK_MIN_PX = 40;
const GRUDGE = 0.15;

export type Axis = 'undecided' | 'across' | 'along';

export function axisOf(dx: number, dy: number): Axis {
  if (Math.hypot(dx, dy) < SLOP_PX) return 'undecided';
  return Math.abs(dx) > Math.abs(dy) ? 'across' : 'along';
}

/** How far the card is drawn from its place. */
export function shiftPx(dx: number, rightToLeft: boolean): number {
  const towardsDone = rightToLeft ? dx < 0 : dx > 0;
  return towardsDone ? dx : dx * GRUDGE;
}

export function isDone(dx: number, velocityPxPerMs: number, widthPx: number, rightToLeft: boolean): boolean {
  const sign = rightToLeft ? -1 : 1;
  const distance = dx * sign;
  if (distance >= widthPx * FAR_SHARE) return true;
  return distance >= FLICK_MIN_PX && velocityPxPerMs * sign >= FLICK_PX_PER_MS;
}

/** 0 at rest to 1 where letting go means Done: how strongly the card says so. */
export function commitment(dx: number, widthPx: number, rightToLeft: boolean): number {
  const distance = dx * (rightToLeft ? -1 : 1);
  return Math.min(1, Math.max(0, distance / (widthPx * FAR_SHARE)));
}
