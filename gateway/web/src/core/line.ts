/**
 * The line to the server: opening, greeting, losing and giving up (architecture.md "Live protocol").
 *
 * Promises: a line that does not answer is given up and tried again with back-off; after a lost line every
 * unanswered action waits to be sent again; a session that ended is never tried again.
 * Does not know: what the frames carry.
 */

import * as outbox from './outbox';
import { delayMs, verdictOf } from './reconnect';
import { still, lineWakeAtMs, type At, type Link, type State, type Step } from './live_state';
import { helloFrame, type Position } from './wire';

/** The answer to a hello must come within this. */
export const HELLO_TIMEOUT_MS = 10_000;
/** Opening a line, ticket included. */
export const CONNECT_TIMEOUT_MS = 15_000;

export function connect(state: State, at: At): Step {
  if (state.link.phase === 'over') return still(state);
  const link: Link = {
    ...state.link,
    phase: 'connecting',
    deadlineMs: at.nowMs + CONNECT_TIMEOUT_MS,
    gaps: 0,
    helloAtMs: null,
  };
  return { state: { ...state, link, outbox: outbox.unsend(state.outbox) }, effects: [{ do: 'connect' }] };
}

export function greet(
  state: State,
  at: At,
  from: Position | null = state.deck.remembered ? null : state.deck.position,
): Step {
  const deadlineMs = at.nowMs + HELLO_TIMEOUT_MS;
  const link: Link = { ...state.link, phase: 'greeting', deadlineMs, helloAtMs: at.nowMs };
  return { state: { ...state, link }, effects: [{ do: 'send', text: helloFrame(state.clientId, from) }] };
}

function lose(state: State, at: At, delay: number): State {
  const link: Link = {
    phase: 'down',
    attempt: state.link.attempt + 1,
    deadlineMs: at.nowMs + delay,
    gaps: 0,
    lostAtMs: state.link.lostAtMs ?? at.nowMs,
    helloAtMs: null,
  };
  return { ...state, link, outbox: outbox.unsend(state.outbox) };
}

export function giveUp(state: State, at: At): Step {
  return { state: lose(state, at, delayMs(state.link.attempt, at.chance)), effects: [{ do: 'hang_up' }] };
}

function end(state: State): Step {
  const link: Link = { ...state.link, phase: 'over', deadlineMs: null };
  return {
    state: { ...state, link, outbox: outbox.unsend(state.outbox) },
    effects: [{ do: 'hang_up' }, { do: 'sign_out' }],
  };
}

export function closed(state: State, code: number | null, at: At): Step {
  const { phase, attempt } = state.link;
  if (phase === 'idle' || phase === 'down' || phase === 'over') return still(state);
  const verdict = verdictOf(code, state.link.lostAtMs === null);
  if (verdict === 'never') return end(state);
  if (verdict === 'at_once') return connect(lose(state, at, 0), at);
  return still(lose(state, at, delayMs(attempt, at.chance)));
}

export function connectFailed(
  state: State,
  verdict: 'later' | 'never',
  retryAfterMs: number | null,
  at: At,
): Step {
  if (state.link.phase !== 'connecting') return still(state);
  if (verdict === 'never') return end(state);
  return still(lose(state, at, Math.max(retryAfterMs ?? 0, delayMs(state.link.attempt, at.chance))));
}

export function woke(state: State, at: At): Step {
  const wake = lineWakeAtMs(state);
  if (wake === null || at.nowMs < wake) return still(state);
  return state.link.phase === 'down' ? connect(state, at) : giveUp(state, at);
}

export function lookedAt(state: State, at: At): Step {
  if (state.link.phase === 'down') return connect(state, at);
  // A hello from where we are costs one frame and shows whether anyone is there.
  return state.link.phase === 'live' ? greet(state, at) : still(state);
}
