/**
 * When to try the line again, by how it was lost (architecture.md: close codes in ranges).
 *
 * Promises: 4000-4099 at once, 4100-4199 later, 4200-4299 never; anything else later. A line that was
 * closed "at once" before it ever carried a deck counts as later, so that no server can make us spin.
 * Does not know: sockets or timers.
 */

export type Verdict = 'at_once' | 'later' | 'never';

export const FIRST_DELAY_MS = 500;
export const MAX_DELAY_MS = 15_000;

export function verdictOf(closeCode: number | null, wasLive: boolean): Verdict {
  if (closeCode === null) return 'later';
  if (closeCode >= 4000 && closeCode <= 4099) return wasLive ? 'at_once' : 'later';
  if (closeCode >= 4200 && closeCode <= 4299) return 'never';
  return 'later';
}

/**
 * The delay before attempt `attempt` (0 is the first): 0.5 s doubling to 15 s, of which the upper half is
 * chance, so that a thousand clients do not come back in the same instant. `chance` is in [0, 1).
 */
export function delayMs(attempt: number, chance: number): number {
  const full = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * chance);
}
