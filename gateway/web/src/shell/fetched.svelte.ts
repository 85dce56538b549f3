/**
 * Something a screen reads from the server: its value, or why there is none.
 *
 * Promises: an answer that was overtaken by a later question is never shown; a value stays on screen while
 * a newer one is on its way, and when it could not be had.
 * Does not know: what it is.
 */

import type { Refused, Reply } from './session';

export class Fetched<T> {
  value: T | null = $state.raw(null);
  etag: string | null = null;
  refused: Refused | null = $state.raw(null);
  busy = $state(false);
  #asked = 0;

  async load(ask: () => Promise<Reply<T>>): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.busy = true;
    const reply = await ask();
    if (asked !== this.#asked) return;
    this.busy = false;
    if (reply.ok) this.set(reply.body, reply.etag);
    else this.refused = reply;
  }

  set(value: T, etag: string | null): void {
    this.value = value;
    this.etag = etag;
    this.refused = null;
  }
}
