/**
 * The arithmetic of deadlines as a person reads them: how long is left, and how far the ring has run down.
 *
 * Does not know: words. The messages say what these figures mean.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** With no start known, the ring shows the last hour. */
const DEFAULT_WINDOW_MS = HOUR_MS;

export interface Span {
  readonly unit: 'now' | 'minute' | 'hour' | 'day';
  readonly count: number;
}

/** A length in the one unit a person would say. Rounds down, so that "12 min" is never too much. */
export function span(ms: number): Span {
  const length = Math.abs(ms);
  if (length < MINUTE_MS) return { unit: 'now', count: 0 };
  if (length < 2 * HOUR_MS) return { unit: 'minute', count: Math.floor(length / MINUTE_MS) };
  if (length < 2 * DAY_MS) return { unit: 'hour', count: Math.floor(length / HOUR_MS) };
  return { unit: 'day', count: Math.floor(length / DAY_MS) };
}

/** What is left of the window, 1 (just opened) to 0 (due or overdue). */
export function share(openedAtMs: number | null, dueAtMs: number, nowMs: number): number {
  const start = openedAtMs !== null && openedAtMs < dueAtMs ? openedAtMs : dueAtMs - DEFAULT_WINDOW_MS;
  return Math.min(1, Math.max(0, (dueAtMs - nowMs) / (dueAtMs - start)));
}
