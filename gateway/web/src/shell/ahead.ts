/**
 * What a signed-in visit needs from the server and the device, asked for before the page's own files are there:
 * `src/ahead.ts` does it from within index.html, and hands it over by a name in the window.
 *
 * Promises: one way to the server and back; what is asked for here is handed over once, to the same user only.
 * Does not know: what is in a deck, sockets.
 */

import type { Along } from '../api/schema';
import { refresh, type Renewed } from './grant';
import { loadSession, type User } from './kept';
import { Vault } from './vault';

/** Under this name the vault keeps the deck. */
export const DECK = 'deck';

export interface Ahead {
  readonly userId: string;
  readonly access: Promise<Renewed>;
  /** Reads, or is about to read, the deck of the last visit. */
  readonly vault: Vault;
}

/** What the first screen needs beside a token. */
export const ALONG: readonly Along[] = ['deck', 'ticket'];

type Held = typeof globalThis & { hearthlineAhead?: Ahead };

/** Asks for whoever is signed in on this device, and leaves it in the window. */
export function leaveAhead(): Ahead | null {
  const user = loadSession()?.user;
  if (user === undefined) return null;
  const ahead = askAhead(user);
  (globalThis as Held).hearthlineAhead = ahead;
  return ahead;
}

/** What was left there for this user, or else is asked for now. */
export function takeAhead(user: User): Ahead {
  const held = globalThis as Held;
  const left = held.hearthlineAhead;
  delete held.hearthlineAhead;
  if (left?.userId === user.id) return left;
  const ahead = askAhead(user);
  ahead.vault.warm(DECK);
  return ahead;
}

function askAhead(user: User): Ahead {
  return { userId: user.id, access: refresh(user, ALONG), vault: new Vault(user.id) };
}
