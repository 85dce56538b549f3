/**
 * How long a card usually takes this person, from how quickly one follows the other.
 *
 * Promises: nothing is said before enough cards were seen; a pause is not work and is not counted.
 * Does not know: what was done with a card.
 */

export interface Pace {
  /** Intervals seen so far. */
  readonly cards: number;
  readonly meanMs: number;
  readonly lastAtMs: number | null;
}

export const NO_PACE: Pace = { cards: 0, meanMs: 0, lastAtMs: null };

const PAUSE_MS = 5 * 60_000;
const ENOUGH = 5;
/** Older intervals fade: the mean follows the last thirty or so. */
const MEMORY = 30;

/** One more card was dealt with at this moment. */
export function withCard(pace: Pace, atMs: number): Pace {
  const tookMs = pace.lastAtMs === null ? null : atMs - pace.lastAtMs;
  if (tookMs === null || tookMs > PAUSE_MS || tookMs < 0) return { ...pace, lastAtMs: atMs };
  const weight = 1 / Math.min(pace.cards + 1, MEMORY);
  const meanMs = Math.round(pace.meanMs + (tookMs - pace.meanMs) * weight);
  return { cards: pace.cards + 1, meanMs, lastAtMs: atMs };
}

/** Whole minutes for so many cards; `null` while too little is known. */
export function minutesFor(pace: Pace, cards: number): number | null {
  return pace.cards < ENOUGH ? null : Math.max(1, Math.round((cards * pace.meanMs) / 60_000));
}
