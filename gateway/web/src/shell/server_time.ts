/**
 * The server's time on this device, from one visit to the next.
 *
 * Promises: whoever asks is told the best that is known; what was learned is there at the next visit before anything
 * is asked, so that a deck from the device is told by the right clock too.
 * Does not know: who is signed in: all people of this address have one server.
 */

import { corrected, serverMs, untilMs, type Told } from '../core/clock';
import * as kept from './kept';

export class ServerTime {
  #reading = kept.loadClock();
  #changed: () => void = () => undefined;

  nowMs(): number {
    return this.at(Date.now());
  }

  /** What the server's clock shows when this device's shows that. */
  at(deviceMs: number): number {
    return serverMs(this.#reading, deviceMs);
  }

  /** Which day it is for the server, in the time zone of this device: any text that tells it from others. */
  today(): string {
    return new Date(this.nowMs()).toDateString();
  }

  /** How long it is on this device until that moment of the server's; negative if it is over. */
  untilMs(atMs: number): number {
    return untilMs(this.#reading, atMs, Date.now());
  }

  /** What the server said to a question, and when that was asked and answered here. */
  hear(told: Told, askedMs: number, heardMs: number): void {
    const next = corrected(this.#reading, told, askedMs, heardMs);
    if (next === this.#reading) return;
    this.#reading = next;
    kept.saveClock(next);
    this.#changed();
  }

  /** Tells at once when what is believed changes. Returns how to stop listening. */
  onChanged(listen: () => void): () => void {
    this.#changed = listen;
    return () => {
      this.#changed = () => undefined;
    };
  }
}
