/**
 * The live deck on screen: drives the pure machine of `core/live.ts` with a real socket, timer and storage.
 *
 * Promises: does exactly what the machine asks, in its order; one socket and one timer at most; nothing of a
 * socket that was hung up is ever heard again.
 * Does not know: the protocol.
 */

import { text } from '../core/decode';
import { step } from '../core/live';
import { begin, wakeAtMs, type Effect, type Input, type State } from '../core/live_state';
import { UNDO_MS, visible } from '../core/outbox';
import { NO_PACE, withCard, type Pace } from '../core/pace';
import { DECK } from './ahead';
import { newId } from './ids';
import * as kept from './kept';
import type { Session } from './session';
import type { Vault } from './vault';
import type { Card } from '../core/card';
import { readFirstDeck, threadOf, watchFrame, type Position } from '../core/wire';

const KEEP_AFTER_MS = 500;

interface KeptDeck {
  readonly position: Position;
  readonly cards: readonly Card[];
}

export class LiveDeck {
  state: State;
  /** Finished here today, earlier visits included. */
  doneToday = $state(0);
  /** How quickly cards are dealt with on this device. */
  pace: Pace = $state.raw(NO_PACE);

  readonly #session: Session;
  readonly #signedOut: () => void;
  readonly #vault: Vault;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watched: { readonly leadId: string; readonly heard: () => void } | null = null;
  /** Counts lines, so that a late answer of an old one is told from the present. */
  #line = 0;

  constructor(session: Session, vault: Vault, signedOut: () => void) {
    this.#session = session;
    this.#vault = vault;
    this.#signedOut = signedOut;
    this.state = $state.raw(begin(newId(), kept.loadOutbox(session.user.id), UNDO_MS));
    this.doneToday = kept.loadTally(session.user.id, session.time.today());
    this.pace = kept.loadPace(session.user.id);
  }

  /** Starts following. Returns how to stop. */
  start(): () => void {
    const online = (): void => {
      this.take({ type: 'online' });
    };
    const looked = (): void => {
      const inView = document.visibilityState === 'visible';
      this.take({ type: inView ? 'looked_at' : 'left' });
      // A page that is put away may never run again.
      if (!inView) this.keepNow();
    };
    window.addEventListener('online', online);
    document.addEventListener('visibilitychange', looked);
    this.take({ type: 'started' });
    void this.remember();
    void this.fetchAhead();
    return () => {
      clearTimeout(this.#keeping);
      window.removeEventListener('online', online);
      document.removeEventListener('visibilitychange', looked);
      clearTimeout(this.#timer);
      this.hangUp();
    };
  }

  done(cardId: string): void {
    this.timed();
    this.take({ type: 'done', cardId, mutationId: newId() });
  }

  snooze(cardId: string, untilMs: number): void {
    this.timed();
    this.take({ type: 'snooze', cardId, mutationId: newId(), untilMs });
  }

  /** Tells of every new event of a lead's thread, over each line anew. One thread at a time. Returns how to stop. */
  watch(leadId: string, heard: () => void): () => void {
    const watched = { leadId, heard };
    this.#watched = watched;
    this.askToWatch();
    return () => {
      if (this.#watched === watched) this.#watched = null;
    };
  }

  private askToWatch(): void {
    if (this.#watched === null || this.state.link.phase !== 'live') return;
    this.#socket?.send(watchFrame(this.#watched.leadId));
  }

  take(input: Input): void {
    const wasLive = this.state.link.phase === 'live';
    const { state, effects } = step(this.state, input, { nowMs: Date.now(), chance: Math.random() });
    if (state.deck !== this.state.deck || state.outbox !== this.state.outbox) this.keepSoon();
    this.state = state;
    for (const effect of effects) this.perform(effect);
    if (!wasLive) this.askToWatch();
    this.setTimer();
  }

  /** Shows the deck of the last visit until there is a line. */
  private async remember(): Promise<void> {
    const kept = await this.#vault.get(DECK);
    if (kept === null) return;
    const { position, cards } = kept.value as KeptDeck;
    this.take({ type: 'remembered', position, cards });
  }

  /** The deck of the server is often here before there is a line. */
  private async fetchAhead(): Promise<void> {
    const body = await this.#session.firstDeck();
    const fetched = body === null ? null : readFirstDeck(body);
    if (fetched !== null) this.take({ type: 'fetched', ...fetched });
  }

  /** Changes come in bursts: the last one is worth keeping. */
  private keepSoon(): void {
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => {
      this.keepNow();
    }, KEEP_AFTER_MS);
  }

  private keepNow(): void {
    clearTimeout(this.#keeping);
    const { deck, outbox } = this.state;
    // Without what was acted on: a card that is done must not flash up on the next visit.
    const cards = visible(deck, outbox);
    // The beginning of a deck takes no whole one's place.
    if (deck.position !== null && deck.beyond === 0)
      void this.#vault.put(DECK, { position: deck.position, cards });
  }

  private timed(): void {
    this.pace = withCard(this.pace, Date.now());
    kept.savePace(this.#session.user.id, this.pace);
  }

  private perform(effect: Effect): void {
    const userId = this.#session.user.id;
    switch (effect.do) {
      case 'connect':
        void this.connect();
        return;
      case 'send':
        this.#socket?.send(effect.text);
        return;
      case 'hang_up':
        this.hangUp();
        return;
      case 'keep':
        kept.keepEntry(userId, effect.entry);
        return;
      case 'forget':
        kept.forgetEntry(userId, effect.mutationId);
        return;
      case 'set_clock':
        this.#session.time.hear(effect.told, effect.askedMs, Date.now());
        return;
      case 'count_done': {
        const today = this.#session.time.today();
        this.doneToday = kept.loadTally(userId, today) + 1;
        kept.saveTally(userId, today, this.doneToday);
        return;
      }
      case 'sign_out':
        this.#signedOut();
        return;
    }
  }

  private async connect(): Promise<void> {
    this.hangUp();
    const line = this.#line;
    const answer = await this.#session.ticket();
    if (line !== this.#line) return;
    if (!answer.ok) {
      const verdict = answer.ended ? 'never' : 'later';
      this.take({ type: 'connect_failed', verdict, retryAfterMs: answer.retryAfterMs });
      return;
    }
    this.open(text(answer.body, 'ticket') ?? '', line);
  }

  private open(ticket: string, line: number): void {
    const { protocol, host } = window.location;
    const scheme = protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${host}/v1/live?ticket=${encodeURIComponent(ticket)}`);
    this.#socket = socket;
    const heard = (input: Input): void => {
      if (line === this.#line) this.take(input);
    };
    socket.onopen = () => {
      heard({ type: 'opened' });
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      const frame = typeof event.data === 'string' ? event.data : '';
      const thread = line === this.#line && this.#watched !== null ? threadOf(frame) : null;
      if (thread !== null && thread === this.#watched?.leadId) this.#watched.heard();
      heard({ type: 'received', text: frame });
    };
    socket.onclose = (event) => {
      heard({ type: 'closed', code: event.code });
    };
  }

  private hangUp(): void {
    this.#line += 1;
    this.#socket?.close();
    this.#socket = null;
  }

  private setTimer(): void {
    clearTimeout(this.#timer);
    const wake = wakeAtMs(this.state);
    if (wake === null) return;
    this.#timer = setTimeout(
      () => {
        this.take({ type: 'woke' });
      },
      Math.max(0, wake - Date.now()),
    );
  }
}
