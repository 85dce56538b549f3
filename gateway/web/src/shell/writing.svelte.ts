/**
 * Writing to one lead: which channels work, the message being written, and what became of the last one.
 *
 * Promises: what the server once refused about a channel is known for as long as the lead is open; the time for undo
 * ends by itself.
 * Does not know: words, or what was said before.
 */

import type { Connection, Event, Lead, Page } from '../api/schema';
import type { Card, Channel } from '../core/card';
import { isOfTheChannel, preferred, ways, type Way } from '../core/channels';
import { Composer } from './composer.svelte';
import { Fetched } from './fetched.svelte';
import type { Session } from './session';
import type { Vault } from './vault';

export class Writing {
  readonly composer: Composer;
  readonly #session: Session;
  readonly #leadId: string;
  readonly #connections = new Fetched<Page<Connection>>();
  #closed: readonly (readonly [Channel, string])[] = $state.raw([]);

  constructor(session: Session, vault: Vault, leadId: string) {
    this.composer = new Composer(session, vault, leadId);
    this.#session = session;
    this.#leadId = leadId;
  }

  /** Returns how to stop. */
  start(): () => void {
    void this.#connections.load(() => this.#session.ask('list_connections', { query: { limit: 200 } }));
    return this.composer.start();
  }

  ways(lead: Lead, cards: Iterable<Card>): readonly Way[] {
    return ways({
      lead,
      me: this.#session.user,
      connections: this.#connections.value?.items ?? null,
      closed: [...cards].flatMap((card) =>
        card.leadId === this.#leadId && card.closed !== null ? [card.closed] : [],
      ),
      // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew each time, and never changed
      refused: new Map(this.#closed),
    });
  }

  preferred(all: readonly Way[], events: readonly Event[]): Channel | null {
    return preferred(all, events);
  }

  /** True once the server has it. */
  async send(by: Channel): Promise<boolean> {
    const accepted = await this.composer.send(by);
    const code = this.composer.refused?.problem?.code ?? '';
    if (isOfTheChannel(code)) this.#closed = [...this.#closed, [by, code]];
    return accepted;
  }

  /** Lets the time for undo end. Returns how to stop waiting. */
  settle(): (() => void) | undefined {
    const { sent } = this.composer;
    if (sent === null || sent.quiet) return undefined;
    const timer = setTimeout(
      () => {
        this.composer.settle();
      },
      Math.max(0, sent.leavesAtMs - Date.now()),
    );
    return () => {
      clearTimeout(timer);
    };
  }
}
