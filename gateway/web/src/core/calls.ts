/**
 * Calls in a timeline (OUT-6): one that was placed waits for its outcome before anything else is done.
 *
 * Does not know: words, or how a call is placed.
 */

import type { CallResult, Event } from '../api/schema';

export const RESULTS = [
  'spoke',
  'left_message',
  'no_answer',
  'wrong_number',
] as const satisfies readonly CallResult[];

/** The call that was placed last and has no outcome yet; `null` if there is none. */
export function openCall(events: readonly Event[]): string | null {
  const ended = new Set(
    events.flatMap(({ detail }) => (detail?.what === 'call_ended' ? [detail.call_id] : [])),
  );
  const placed = events
    .flatMap(({ detail, occurred_at }) =>
      detail?.what === 'call_placed' && !ended.has(detail.call_id)
        ? [{ id: detail.call_id, atMs: Date.parse(occurred_at) }]
        : [],
    )
    .sort((a, b) => b.atMs - a.atMs);
  return placed[0]?.id ?? null;
}
