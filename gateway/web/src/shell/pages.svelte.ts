/**
 * A list that is read page by page: what is there so far, and whether there is more.
 *
 * Promises: a page that was overtaken by a later question is never shown; what is there stays when more could not be had.
 * Does not know: what is in it.
 */

import type { Page } from '../api/schema';
import { Fetched } from './fetched.svelte';
import type { Refused, Reply } from './session';

export class Pages<T> {
  readonly #found = new Fetched<Page<T>>();
  readonly #ask: (cursor: string | undefined) => Promise<Reply<Page<T>>>;

  constructor(ask: (cursor: string | undefined) => Promise<Reply<Page<T>>>) {
    this.#ask = ask;
  }

  get items(): readonly T[] {
    return this.#found.value?.items ?? [];
  }

  /** `null` while nothing is known. */
  get isEmpty(): boolean | null {
    return this.#found.value === null ? null : this.items.length === 0 && !this.hasMore;
  }

  get hasMore(): boolean {
    return this.#found.value?.next_cursor != null;
  }

  get busy(): boolean {
    return this.#found.busy;
  }

  get refused(): Refused | null {
    return this.#found.refused;
  }

  load(): Promise<void> {
    return this.#found.load(() => this.#ask(undefined));
  }

  async more(): Promise<void> {
    const cursor = this.#found.value?.next_cursor;
    if (cursor == null || this.busy) return;
    const before = this.items;
    await this.#found.load(() => this.#ask(cursor));
    const page = this.#found.value;
    if (page !== null && this.refused === null)
      this.#found.set({ ...page, items: [...before, ...page.items] }, null);
  }
}
