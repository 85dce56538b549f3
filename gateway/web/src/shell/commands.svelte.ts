/**
 * What the screen that is open can do, for whoever would rather name it than look for it (`Ctrl K`).
 *
 * Promises: a screen that is gone offers nothing.
 * Does not know: how they are found or drawn.
 */

import type { Component } from 'svelte';

export interface Command {
  /** Tells it from the others of the screen. */
  readonly key: string;
  readonly text: string;
  readonly icon: Component<{ size?: number | string }>;
  readonly run: () => void;
}

export class Commands {
  here: readonly Command[] = $state.raw([]);

  /** Until the returned function is called, or another screen offers its own. */
  offer(commands: readonly Command[]): () => void {
    this.here = commands;
    return () => {
      if (this.here === commands) this.here = [];
    };
  }
}
