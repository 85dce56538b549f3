/**
 * The arithmetic of swiping a card: right is Done and left is Snooze, mirrored where the script runs right
 * to left.
 *
 * Promises: a drag that is mostly vertical is left to scrolling; a card follows the finger one to one.
 * Does not know: pointers, elements or animation.
 */

/** Below this a drag is still a tap. */
export const SLOP_PX = 8;
/** A slow drag must pass this share of the card's width … */
const FAR_SHARE = 0.35;
/** … a flick only this speed, and some distance. */
const FLICK_PX_PER_MS = 0.5;
const FLICK_MIN_PX = 40;

export type Axis = 'undecided' | 'across' | 'along';
export type Verdict = 'done' | 'snooze' | null;

export function axisOf(dx: number, dy: number): Axis {
  if (Math.hypot(dx, dy) < SLOP_PX) return 'undecided';
  return Math.abs(dx) > Math.abs(dy) ? 'across' : 'along';
}

/** What letting go here means; `null`: nothing, the card goes back to its place. */
export function verdictOf(
  dx: number,
  velocityPxPerMs: number,
  widthPx: number,
  rightToLeft: boolean,
): Verdict {
  const distance = Math.abs(dx);
  const flicked = distance >= FLICK_MIN_PX && velocityPxPerMs * Math.sign(dx) >= FLICK_PX_PER_MS;
  if (distance < widthPx * FAR_SHARE && !flicked) return null;
  return dx > 0 === rightToLeft ? 'snooze' : 'done';
}

/** 0 at rest, to 1 where letting go means Done and -1 where it means Snooze. */
export function commitment(dx: number, widthPx: number, rightToLeft: boolean): number {
  const distance = dx * (rightToLeft ? -1 : 1);
  return Math.min(1, Math.max(-1, distance / (widthPx * FAR_SHARE)));
}
