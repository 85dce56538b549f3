/**
 * The client's side of `/v1/live` as one pure machine: `step(state, input, at)` answers with the next state
 * and what is to be done. The shell owns the socket, the timer and the storage, and does what it is told.
 *
 * Promises: the deck follows the server without a silent gap (a gap asks for what was missed); every action
 * made here is sent until it is answered, in order, under one mutation id; a line that went quiet is given up.
 * Does not know: the time, chance, sockets, storage, sign-in, Svelte.
 */

import type { Card } from './card';
import type { Told } from './clock';
import * as deck from './deck';
import * as line from './line';
import {
  lineWakeAtMs,
  still,
  type At,
  type Effect,
  type Input,
  type Link,
  type Refusal,
  type State,
  type Step,
} from './live_state';
import * as outbox from './outbox';
import * as pile from './pile';
import {
  actFrame,
  readFrame,
  type Acted,
  type Delta,
  type Frame,
  type Position,
  type Snapshot,
} from './wire';

/** Gaps one after the other: the second asks for everything, the third gives the line up. */
const MAX_GAPS = 2;

export function step(state: State, input: Input, at: At): Step {
  switch (input.type) {
    case 'started':
      return line.connect({ ...state, link: { ...state.link, lostAtMs: at.nowMs } }, at);
    case 'remembered':
      return state.deck.position === null
        ? settled({ ...state, deck: deck.before(input.position, input.cards) }, at)
        : still(state);
    case 'fetched':
      return fetched(state, input, at);
    case 'opened':
      return state.link.phase === 'connecting' ? line.greet(state, at) : still(state);
    case 'received':
      return received(state, input.text, at);
    case 'closed':
      return line.closed(state, input.code, at);
    case 'connect_failed':
      return line.connectFailed(state, input.verdict, input.retryAfterMs, at);
    case 'woke':
      return woke(state, at);
    case 'online':
      return state.link.phase === 'down' ? line.connect(state, at) : line.lookedAt(state, at);
    case 'looked_at':
      return line.lookedAt(state, at);
    case 'left':
      return settled({ ...state, outbox: outbox.release(state.outbox) }, at);
    case 'done':
      return act(state, input.cardId, { kind: 'done', mutationId: input.mutationId, until: null }, at);
    case 'snooze': {
      const until = new Date(input.untilMs).toISOString();
      return act(state, input.cardId, { kind: 'snooze', mutationId: input.mutationId, until }, at);
    }
    case 'undo':
      return undo(state, at);
    case 'next':
      return still({ ...state, pile: pile.next(onTable(state), state.pile) });
    case 'previous':
      return still({ ...state, pile: pile.previous(state.pile) });
    case 'choose':
      return still({ ...state, pile: pile.choose(onTable(state), state.pile, input.cardId) });
    case 'dismiss':
      return still({ ...state, refusals: without(state.refusals, input.cardId) });
  }
}

function onTable(state: State) {
  return outbox.visible(state.deck, state.outbox);
}

// What the server says

function received(state: State, text: string, at: At): Step {
  if (state.link.phase !== 'greeting' && state.link.phase !== 'live') return still(state);
  const frame = readFrame(text);
  return frame === null ? line.giveUp(state, at) : heard(state, frame, at);
}

function heard(state: State, frame: Frame, at: At): Step {
  switch (frame.kind) {
    case 'snapshot':
      return greeted(laidOut(state, frame.position, frame.cards), frame.clock, at);
    case 'resumed': {
      // A resumption of another epoch would lay new cards over old ones.
      if (state.deck.position?.epoch !== frame.position.epoch) return missed(state, at);
      return greeted({ ...state, deck: deck.resume(state.deck, frame.position, frame.ops) }, frame.clock, at);
    }
    case 'delta':
      return state.link.phase === 'live' ? followed(state, frame.delta, at) : still(state);
    case 'acted':
      return acted(state, frame.acted, at);
    case 'error':
    case 'unknown':
      // An error names no action; the server closes the line if it means to, an answer that never comes does.
      return still(state);
  }
}

/** Everything anew, as the server has it at this position. */
function laidOut(state: State, position: Position, cards: readonly Card[]): State {
  const newEpoch = state.deck.position?.epoch !== position.epoch;
  const kept = newEpoch ? outbox.forgetOffsets(state.outbox) : state.outbox;
  return { ...state, deck: deck.fromSnapshot(position, cards), outbox: kept };
}

/** Of use until the line has told the same: what is known from there is never older. */
function fetched(
  state: State,
  { position, cards, more }: Snapshot & { readonly more: number },
  at: At,
): Step {
  const known = state.deck.position !== null && !state.deck.remembered;
  if (known) return still(state);
  const laid = laidOut(state, position, cards);
  return settled(more === 0 ? laid : { ...laid, deck: deck.before(position, cards, more) }, at);
}

function greeted(state: State, clock: Told | null, at: At): Step {
  const { helloAtMs } = state.link;
  const link: Link = {
    ...state.link,
    phase: 'live',
    attempt: 0,
    deadlineMs: null,
    lostAtMs: null,
    helloAtMs: null,
  };
  const made = settled({ ...state, link }, at);
  // A greeting that nobody asked for says nothing of how long it was on its way.
  if (clock === null || helloAtMs === null) return made;
  return { ...made, effects: [{ do: 'set_clock', told: clock, askedMs: helloAtMs }, ...made.effects] };
}

function followed(state: State, delta: Delta, at: At): Step {
  const next = deck.follow(state.deck, delta);
  if (next === 'gap') return missed(state, at);
  return settled({ ...state, deck: next, link: { ...state.link, gaps: 0 } }, at);
}

/** Something was not seen: ask for it, then for everything, then take the line for broken. */
function missed(state: State, at: At): Step {
  const gaps = state.link.gaps + 1;
  if (gaps > MAX_GAPS) return line.giveUp(state, at);
  return line.greet({ ...state, link: { ...state.link, gaps } }, at, gaps === 1 ? state.deck.position : null);
}

function acted(state: State, answer: Acted, at: At): Step {
  const pending = outbox.unansweredAs(state.outbox, answer.mutationId);
  if (pending === null) return still(state);
  const { entry } = pending;
  const learned = answer.card === null ? state.deck : deck.learn(state.deck, answer.card);
  const next: State = { ...state, deck: learned, outbox: outbox.answer(state.outbox, answer) };
  if (answer.result === 'applied') {
    const counted = settled({ ...next, doneCount: state.doneCount + 1 }, at);
    const count: readonly Effect[] = entry.kind === 'done' ? [{ do: 'count_done' }] : [];
    return { state: counted.state, effects: [...count, ...counted.effects] };
  }
  const refusal: Refusal = {
    cardId: entry.cardId,
    leadName: learned.cards.get(entry.cardId)?.leadName ?? pending.leadName,
    result: answer.result,
    code: answer.code,
  };
  const back = settled(
    {
      ...next,
      pile: pile.giveBack(next.pile, entry.cardId),
      refusals: [refusal, ...without(state.refusals, entry.cardId)],
    },
    at,
  );
  return { state: back.state, effects: [{ do: 'forget', mutationId: entry.mutationId }, ...back.effects] };
}

// What the person does

function act(
  state: State,
  cardId: string,
  deed: Pick<outbox.Entry, 'kind' | 'mutationId' | 'until'>,
  at: At,
): Step {
  const card = onTable(state).find((candidate) => candidate.id === cardId);
  if (card === undefined) return still(state);
  const entry: outbox.Entry = {
    ...deed,
    leadId: card.leadId,
    cardId,
    expectedVersion: card.version,
    madeAtMs: at.nowMs,
  };
  const next: State = {
    ...state,
    outbox: outbox.add(state.outbox, entry, card.leadName, state.holdMs),
    refusals: without(state.refusals, cardId),
  };
  const rest = settled(next, at);
  return { state: rest.state, effects: [{ do: 'keep', entry }, ...rest.effects] };
}

/** What was taken back lies on top again, as if nothing had been done. */
function undo(state: State, at: At): Step {
  const pending = outbox.undoable(state.outbox, at.nowMs);
  if (pending === null) return still(state);
  const { cardId, mutationId } = pending.entry;
  const back: State = { ...state, outbox: outbox.takeBack(state.outbox, mutationId) };
  const rest = settled({ ...back, pile: pile.choose(onTable(back), back.pile, cardId) }, at);
  return { state: rest.state, effects: [{ do: 'forget', mutationId }, ...rest.effects] };
}

function woke(state: State, at: At): Step {
  const lineWake = lineWakeAtMs(state);
  return lineWake !== null && at.nowMs >= lineWake ? line.woke(state, at) : settled(state, at);
}

/** After the cards changed: drop what the deck now shows, keep a card on top, send what may leave. */
function settled(state: State, at: At): Step {
  const pruned = outbox.prune(state.outbox, state.deck);
  const forget: readonly Effect[] = pruned.shown.map((entry) => ({
    do: 'forget',
    mutationId: entry.mutationId,
  }));
  const leaving = state.link.phase === 'live' ? outbox.sendable(pruned.outbox, at.nowMs) : [];
  const send: readonly Effect[] = leaving.map((entry) => ({ do: 'send', text: actFrame(entry) }));
  const next: State = { ...state, outbox: outbox.markSent(pruned.outbox, leaving, at.nowMs) };
  return { state: { ...next, pile: pile.settle(onTable(next), next.pile) }, effects: [...forget, ...send] };
}

function without(refusals: readonly Refusal[], cardId: string): readonly Refusal[] {
  return refusals.filter((refusal) => refusal.cardId !== cardId);
}
