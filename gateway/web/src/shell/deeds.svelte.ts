/**
 * What is being done with one lead: a call, or one of its sheets.
 *
 * Promises: the number that is dialled is the one the server gave for this call; its outcome is asked for at once.
 * Does not know: words.
 */

import type { Deed } from '../core/deed';
import { dial } from './dial';
import type { Refused, Session } from './session';

export class Deeds {
  /** The sheet that is open, one at a time. */
  open = $state<Deed | 'menu' | null>(null);
  /** What was done last, in words that whoever did it chose. */
  told = $state<string | null>(null);

  readonly #session: Session;
  readonly #leadId: string;

  constructor(session: Session, leadId: string) {
    this.#session = session;
    this.#leadId = leadId;
  }

  /** Places a call; `null` if the server took it. */
  async call(): Promise<Refused | null> {
    const reply = await this.#session.ask('place_call', { path: { id: this.#leadId }, body: {} });
    this.told = null;
    if (!reply.ok) return reply;
    if (reply.body.tel != null) dial(reply.body.tel);
    return null;
  }
}
