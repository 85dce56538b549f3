/**
 * Actions of this person that the deck does not show yet (DECK-4).
 *
 * Promises: actions leave in the order they were made, each with one mutation id for ever, so that
 * sending one again acts once; a card acted on stays away until the deck itself agrees, or the action
 * is refused. An action is held back for as long as it can be undone: one that was taken back never left.
 * Does not know: sockets, or where entries are kept between visits.
 */

import type { Card } from './card';
import type { Deck } from './deck';
import type { Act, Acted } from './wire';

/** How many actions may be unanswered at once; the rest wait their turn. */
export const MAX_IN_FLIGHT = 16;

/** How long an action can be taken back (experience.md: "Undo stays five seconds"). */
export const UNDO_MS = 5000;

/** Without an answer for this long, the line is taken for dead and a new one replays the action. */
export const ANSWER_TIMEOUT_MS = 15_000;

export interface Entry extends Act {
  readonly madeAtMs: number;
}

type Progress =
  | { readonly at: 'waiting' }
  | { readonly at: 'sent'; readonly sentAtMs: number }
  /** Answered as applied; the deck's own delta is still to come. */
  | { readonly at: 'applied'; readonly offset: number | null };

export interface Pending {
  readonly entry: Entry;
  /** For telling a refusal when the card itself is gone. Memory only: no name is kept between visits. */
  readonly leadName: string | null;
  /** It does not leave before; 0 once it may. */
  readonly heldUntilMs: number;
  readonly progress: Progress;
}

export type Outbox = readonly Pending[];

/** From what was kept between visits: order restored, one entry per mutation id. */
export function restore(kept: readonly Entry[]): Outbox {
  const byId = new Map(kept.map((entry) => [entry.mutationId, entry]));
  return [...byId.values()]
    .sort((a, b) => a.madeAtMs - b.madeAtMs || (a.mutationId < b.mutationId ? -1 : 1))
    .map((entry) => ({ entry, leadName: null, heldUntilMs: 0, progress: { at: 'waiting' } }));
}

export function add(outbox: Outbox, entry: Entry, leadName: string | null, holdMs: number): Outbox {
  return [...outbox, { entry, leadName, heldUntilMs: entry.madeAtMs + holdMs, progress: { at: 'waiting' } }];
}

/** The action made last that can still be taken back. */
export function undoable(outbox: Outbox, nowMs: number): Pending | null {
  const held = outbox.filter(({ progress, heldUntilMs }) => progress.at === 'waiting' && heldUntilMs > nowMs);
  return held[held.length - 1] ?? null;
}

export function takeBack(outbox: Outbox, mutationId: string): Outbox {
  return outbox.filter((pending) => pending.entry.mutationId !== mutationId);
}

/** Nobody is there to undo anything: all of it may leave. */
export function release(outbox: Outbox): Outbox {
  return outbox.map((pending) => (pending.heldUntilMs === 0 ? pending : { ...pending, heldUntilMs: 0 }));
}

/** When the next held action may leave; `null` when none is held. */
export function releaseAtMs(outbox: Outbox): number | null {
  const next = outbox.find(({ progress }) => progress.at === 'waiting');
  return next === undefined || next.heldUntilMs === 0 ? null : next.heldUntilMs;
}

/** After a lost line nothing is known about what was sent: all of it waits again. */
export function unsend(outbox: Outbox): Outbox {
  return outbox.map((pending) =>
    pending.progress.at === 'sent' ? { ...pending, progress: { at: 'waiting' } } : pending,
  );
}

/** The next actions that may leave now, oldest first; one that is held holds those made after it. */
export function sendable(outbox: Outbox, nowMs: number): readonly Entry[] {
  const inFlight = outbox.filter((pending) => pending.progress.at === 'sent').length;
  const waiting = outbox.filter((pending) => pending.progress.at === 'waiting');
  const held = waiting.findIndex((pending) => pending.heldUntilMs > nowMs);
  const free = held === -1 ? waiting : waiting.slice(0, held);
  return free.slice(0, Math.max(0, MAX_IN_FLIGHT - inFlight)).map((pending) => pending.entry);
}

export function markSent(outbox: Outbox, entries: readonly Entry[], nowMs: number): Outbox {
  const sent = new Set(entries.map((entry) => entry.mutationId));
  return outbox.map((pending) =>
    sent.has(pending.entry.mutationId) ? { ...pending, progress: { at: 'sent', sentAtMs: nowMs } } : pending,
  );
}

/** `null` for an action that is not ours, or was answered before: an answer counts once. */
export function unansweredAs(outbox: Outbox, mutationId: string): Pending | null {
  const pending = outbox.find((candidate) => candidate.entry.mutationId === mutationId);
  return pending === undefined || pending.progress.at === 'applied' ? null : pending;
}

/** Applied: kept until the deck shows it. Refused: gone, so that the card comes back. */
export function answer(outbox: Outbox, acted: Acted): Outbox {
  if (acted.result !== 'applied')
    return outbox.filter((pending) => pending.entry.mutationId !== acted.mutationId);
  return outbox.map((pending) =>
    pending.entry.mutationId === acted.mutationId
      ? { ...pending, progress: { at: 'applied', offset: acted.offset } }
      : pending,
  );
}

/** Offsets of another deck epoch mean nothing: what was applied is then told by the card's version. */
export function forgetOffsets(outbox: Outbox): Outbox {
  return outbox.map((pending) =>
    pending.progress.at === 'applied' ? { ...pending, progress: { at: 'applied', offset: null } } : pending,
  );
}

/** Splits into what must be kept and what the deck now shows by itself. */
export function prune(
  outbox: Outbox,
  deck: Deck,
): { readonly outbox: Outbox; readonly shown: readonly Entry[] } {
  const shown = outbox.filter((pending) => isShown(pending, deck)).map((pending) => pending.entry);
  if (shown.length === 0) return { outbox, shown };
  const gone = new Set(shown.map((entry) => entry.mutationId));
  return { outbox: outbox.filter((pending) => !gone.has(pending.entry.mutationId)), shown };
}

function isShown({ entry, progress }: Pending, deck: Deck): boolean {
  if (progress.at !== 'applied' || deck.position === null) return false;
  const card = deck.cards.get(entry.cardId);
  if (card === undefined) return true;
  return progress.offset === null
    ? card.version > entry.expectedVersion
    : deck.position.offset >= progress.offset;
}

/** The cards that are on the table: the deck's, less those acted on. */
export function visible(deck: Deck, outbox: Outbox): readonly Card[] {
  const acted = new Set(outbox.map((pending) => pending.entry.cardId));
  return [...deck.cards.values()].filter((card) => !acted.has(card.id));
}

/** Actions the server has not answered: the number on the offline line. */
export function unanswered(outbox: Outbox): number {
  return outbox.filter((pending) => pending.progress.at !== 'applied').length;
}

/** Cards finished here that the server has not counted yet. */
export function finishing(outbox: Outbox): number {
  return outbox.filter(({ entry, progress }) => entry.kind === 'done' && progress.at !== 'applied').length;
}

/** When the oldest unanswered action gives up on this line. */
export function answerDeadlineMs(outbox: Outbox): number | null {
  let oldest: number | null = null;
  for (const { progress } of outbox) {
    if (progress.at === 'sent' && (oldest === null || progress.sentAtMs < oldest)) oldest = progress.sentAtMs;
  }
  return oldest === null ? null : oldest + ANSWER_TIMEOUT_MS;
}
