/**
 * What a signed-in visit needs from the server, asked for before the page's own files are there: `src/ahead.ts` does
 * it from within index.html, and hands it over by a name in the window.
 *
 * Promises: what is asked for here is handed over once, to the same user only.
 * Does not know: decks, sockets.
 */

import { call, type Answer, type Request } from './api';
import { refresh, type Access, type Refused } from './grant';
import { loadSession, type User } from './kept';

export interface Ahead {
  readonly userId: string;
  readonly access: Promise<Access>;
  readonly deck: Promise<Answer | Refused>;
  /** `null` once it is used: a ticket is for one socket. */
  readonly ticket: Promise<{ readonly reply: Answer | Refused; readonly atMs: number }> | null;
}

type Held = typeof globalThis & { hearthlineAhead?: Ahead };

export function askAhead(user: User): Ahead {
  const access = refresh(user);
  const ask = async (request: Request): Promise<Answer | Refused> => {
    const got = await access;
    return got.ok ? call({ ...request, accessToken: got.token.value }) : got;
  };
  const deck = ask({ method: 'GET', path: '/v1/deck' });
  const ticket = ask({ method: 'POST', path: '/v1/socket-tickets' });
  return { userId: user.id, access, deck, ticket: ticket.then((reply) => ({ reply, atMs: Date.now() })) };
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
