/**
 * What the live machine remembers, hears and asks for.
 *
 * Does not know: how one leads to the other; that is `live.ts` (the deck and its actions) and `line.ts`.
 */

import type { Told } from './clock';
import * as deck from './deck';
import * as outbox from './outbox';
import * as pile from './pile';
import type { Card } from './card';
import type { Position, Result } from './wire';

export type Phase =
  | 'idle'
  /** No line; `deadlineMs` says when to try again. */
  | 'down'
  | 'connecting'
  /** Hello sent; deltas are not ours until it is answered. */
  | 'greeting'
  | 'live'
  /** Ended for good: sign in again. */
  | 'over';

export interface Link {
  readonly phase: Phase;
  /** Attempts since the line last carried a deck. */
  readonly attempt: number;
  /** When the present phase gives up or, when down, tries again. */
  readonly deadlineMs: number | null;
  readonly gaps: number;
  /** Since when there is no live line; `null` while there is one. */
  readonly lostAtMs: number | null;
  /** When a hello was sent that waits for its answer. */
  readonly helloAtMs: number | null;
}

export interface Refusal {
  readonly cardId: string;
  readonly leadName: string | null;
  readonly result: Exclude<Result, 'applied'>;
  readonly code: string | null;
}

export interface State {
  readonly clientId: string;
  readonly link: Link;
  readonly deck: deck.Deck;
  readonly outbox: outbox.Outbox;
  readonly pile: pile.Pile;
  readonly refusals: readonly Refusal[];
  /** Actions of this page that the server applied. */
  readonly doneCount: number;
  /** How long an action can be taken back. */
  readonly holdMs: number;
}

export type Input =
  /** The deck as it was when this device last saw it: shown until the server says how it is. */
  | { readonly type: 'remembered'; readonly position: Position; readonly cards: readonly Card[] }
  /** The deck as the server has it, by another way than the line: shown, and resumed from. */
  | {
      readonly type: 'fetched';
      readonly position: Position;
      readonly cards: readonly Card[];
      /** So many less urgent cards did not come with them: then there is nothing to resume from. */
      readonly more: number;
    }
  | { readonly type: 'started' }
  | { readonly type: 'opened' }
  | { readonly type: 'received'; readonly text: string }
  | { readonly type: 'closed'; readonly code: number | null }
  /** No line could be had; `never` when the session has ended. */
  | {
      readonly type: 'connect_failed';
      readonly verdict: 'later' | 'never';
      readonly retryAfterMs: number | null;
    }
  /** The time asked for by `wakeAtMs` has come. */
  | { readonly type: 'woke' }
  /** The network is back. */
  | { readonly type: 'online' }
  /** The page is being looked at again: is the line still alive? */
  | { readonly type: 'looked_at' }
  /** The page is going out of sight, perhaps for good: what waits to be undone leaves now. */
  | { readonly type: 'left' }
  | { readonly type: 'done'; readonly cardId: string; readonly mutationId: string }
  | {
      readonly type: 'snooze';
      readonly cardId: string;
      readonly mutationId: string;
      readonly untilMs: number;
    }
  /** Takes back the action made last, while it can be. */
  | { readonly type: 'undo' }
  | { readonly type: 'next' }
  | { readonly type: 'previous' }
  | { readonly type: 'choose'; readonly cardId: string }
  | { readonly type: 'dismiss'; readonly cardId: string };

export type Effect =
  | { readonly do: 'connect' }
  | { readonly do: 'send'; readonly text: string }
  /** Drop the line, whatever is on its way. */
  | { readonly do: 'hang_up' }
  | { readonly do: 'keep'; readonly entry: outbox.Entry }
  | { readonly do: 'forget'; readonly mutationId: string }
  /** The server said what time it is, to what was asked then. */
  | { readonly do: 'set_clock'; readonly told: Told; readonly askedMs: number }
  /** An action of this page was applied. */
  | { readonly do: 'count_done' }
  | { readonly do: 'sign_out' };

export interface At {
  readonly nowMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export function begin(clientId: string, kept: readonly outbox.Entry[], holdMs: number): State {
  return {
    clientId,
    link: { phase: 'idle', attempt: 0, deadlineMs: null, gaps: 0, lostAtMs: null, helloAtMs: null },
    deck: deck.NO_DECK,
    outbox: outbox.restore(kept),
    pile: pile.NO_PILE,
    refusals: [],
    doneCount: 0,
    holdMs,
  };
}

/** When `woke` is due, for the one timer of the shell. */
export function wakeAtMs(state: State): number | null {
  const released = state.link.phase === 'live' ? outbox.releaseAtMs(state.outbox) : null;
  return earliest([lineWakeAtMs(state), released]);
}

/** When the line is given up or tried again. */
export function lineWakeAtMs(state: State): number | null {
  const answer = state.link.phase === 'live' ? outbox.answerDeadlineMs(state.outbox) : null;
  return earliest([state.link.deadlineMs, answer]);
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

export function still(state: State): Step {
  return { state, effects: [] };
}
