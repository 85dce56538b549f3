/**
 * A lead's timeline as one reads it: oldest first, in days, messages as bubbles and all else as thin lines.
 *
 * Promises: every event appears once; a message without raw fields still shows that it was there and when.
 * Does not know: words, elements, or who may read what.
 */

import type { Event } from '../api/schema';

export type Entry =
  | { readonly as: 'message'; readonly event: Event; readonly atMs: number }
  | { readonly as: 'line'; readonly event: Event; readonly atMs: number };

export interface Day {
  /** Local date, to tell one day from another. */
  readonly key: string;
  readonly atMs: number;
  readonly entries: readonly Entry[];
}

/** From the server's order (newest first) to days, oldest first. */
export function days(events: readonly Event[]): readonly Day[] {
  const unique = [...new Map(events.filter(isTold).map((event) => [event.id, event])).values()];
  const entries = unique.map(entryOf).sort((a, b) => a.atMs - b.atMs || (a.event.id < b.event.id ? -1 : 1));
  const found: { key: string; atMs: number; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const key = new Date(entry.atMs).toDateString();
    const last = found[found.length - 1];
    if (last?.key === key) last.entries.push(entry);
    else found.push({ key, atMs: entry.atMs, entries: [entry] });
  }
  return found;
}

/** That a lead was merged into this one is told by both of them: once is enough (IDN-3). */
function isTold({ detail, lead_id }: Event): boolean {
  return detail?.what !== 'merged_into' || detail.lead_id !== lead_id;
}

function entryOf(event: Event): Entry {
  const atMs = Date.parse(event.occurred_at);
  return { as: isMessage(event) ? 'message' : 'line', event, atMs };
}

function isMessage(event: Event): boolean {
  switch (event.kind) {
    case 'message':
    case 'note':
    case 'location':
    case 'contacts':
    case 'unsupported':
      return true;
    case 'reaction':
    case 'unsend':
    case 'edit':
    case 'call':
    case 'state_change':
    case 'task':
    case 'outcome':
      return false;
  }
}

/** The new page laid before what was read already, without doubles. */
export function merge(known: readonly Event[], more: readonly Event[]): readonly Event[] {
  return [...new Map([...known, ...more].map((event) => [event.id, event])).values()];
}

/** Splits a mail where its quoted past begins, so that it can be folded. */
export function foldQuoted(body: string): { readonly said: string; readonly quoted: string | null } {
  const lines = body.split('\n');
  const start = lines.findIndex(
    (line, index) =>
      line.startsWith('>') && lines.slice(index).every((later) => later === '' || later.startsWith('>')),
  );
  if (start <= 0) return { said: body, quoted: null };
  return { said: lines.slice(0, start).join('\n').trimEnd(), quoted: lines.slice(start).join('\n') };
}
