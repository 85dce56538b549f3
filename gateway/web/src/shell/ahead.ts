/**
 * What a signed-in visit needs from the server, asked for before the page's own files are there: `src/ahead.ts` does
 * it from within index.html, and hands it over by a name in the window.
 *
 * Promises: one way to the server and back; what is asked for here is handed over once, to the same user only.
 * Does not know: decks, sockets.
 */

import type { Along } from '../api/schema';
import { refresh, type Renewed } from './grant';
import { loadSession, type User } from './kept';

export interface Ahead {
  readonly userId: string;
  readonly access: Promise<Renewed>;
}

/** What the first screen needs beside a token. */
export const ALONG: readonly Along[] = ['deck', 'ticket'];

type Held = typeof globalThis & { hearthlineAhead?: Ahead };

export function askAhead(user: User): Ahead {
  return { userId: user.id, access: refresh(user, ALONG) };
}

/** Asks for whoever is signed in on this device, and leaves it in the window. */
export function leaveAhead(): void {
  const session = loadSession();
  if (session !== null) (globalThis as Held).hearthlineAhead = askAhead(session.user);
}

/** What was left there for this user. */
export function takeAhead(userId: string): Ahead | null {
  const held = globalThis as Held;
  const ahead = held.hearthlineAhead;
  delete held.hearthlineAhead;
  return ahead?.userId === userId ? ahead : null;
}
