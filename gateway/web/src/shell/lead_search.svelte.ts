/**
 * Leads found while somebody types: by name, e-mail address or phone number, as the server's directory finds them.
 *
 * Promises: nothing is asked for between two keys; an answer to what is not in the box any more is not shown.
 * Does not know: how they are chosen from.
 */

import type { Lead, Page } from '../api/schema';
import { Fetched } from './fetched.svelte';
import type { Refused, Session } from './session';

/** Typing pauses this long before leads are searched for. */
const PAUSE_MS = 150;

export class LeadSearch {
  typed = $state('');
  readonly #found = new Fetched<Page<Lead>>();
  readonly #session: Session;
  readonly #most: number;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, most: number) {
    this.#session = session;
    this.#most = most;
  }

  get leads(): readonly Lead[] {
    return this.typed.trim() === '' ? [] : (this.#found.value?.items ?? []);
  }

  get busy(): boolean {
    return this.#found.busy;
  }

  /** Something was asked for, and answered. */
  get isAnswered(): boolean {
    return this.typed.trim() !== '' && this.#found.value !== null && !this.#found.busy;
  }

  get refused(): Refused | null {
    return this.typed.trim() === '' ? null : this.#found.refused;
  }

  type(text: string): void {
    this.typed = text;
    clearTimeout(this.#pause);
    if (text.trim() !== '') this.#pause = setTimeout(() => void this.search(), PAUSE_MS);
  }

  /** Asks at once. */
  search(): Promise<void> {
    clearTimeout(this.#pause);
    const query = { q: this.typed.trim(), limit: this.#most };
    return this.#found.load(() => this.#session.ask('list_leads', { query }));
  }

  stop(): void {
    clearTimeout(this.#pause);
  }
}
