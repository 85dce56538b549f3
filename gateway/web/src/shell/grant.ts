/**
 * Tokens, and how an old one is turned into a new one.
 *
 * Promises: an answer that is lost, or comes when the page is gone, ends nobody's session, nor does a server that cannot be
 * reached: the token that was shown works until what it was turned into is used. Tabs that ask at the same moment get the
 * same one; those that are open already ask one after the other.
 * Does not know: who needs a token, or what for.
 */

import type { Along } from '../api/schema';
import { readClock, type Told } from '../core/clock';
import { asRecord, number, text, type Json } from '../core/decode';
import type { Problem } from '../core/problem';
import { call } from './api';
import * as kept from './kept';

export interface Token {
  readonly value: string;
  readonly expiresAtMs: number;
}

/** Why a call got nothing. `ended`: sign in again. Otherwise try later. */
export interface Refused {
  readonly ok: false;
  readonly ended: boolean;
  readonly retryAfterMs: number | null;
  /** What the server said; `null` if it could not be reached. */
  readonly problem: Problem | null;
}

/** What came with a token, and when. Each part may be missing: then it is to be had by its own way. */
export interface Brought {
  /** The first cards of the deck. */
  readonly deck: Json | null;
  /** For one socket. */
  readonly ticket: Json | null;
  readonly clock: Told | null;
  readonly askedMs: number;
  readonly heardMs: number;
}

export type Access = { readonly ok: true; readonly token: Token } | Refused;

export type Renewed = { readonly ok: true; readonly token: Token; readonly brought: Brought } | Refused;

interface Grant {
  readonly token: Token;
  readonly refreshToken: string;
  readonly user: kept.User | null;
  readonly brought: Brought;
}

/** A new access token for this user, by the refresh token that this device keeps. */
export async function refresh(user: kept.User, along: readonly Along[] = []): Promise<Renewed> {
  const session = kept.loadSession();
  if (session?.user.id !== user.id) return later(null, true);
  const askedMs = Date.now();
  const answer = await call({
    method: 'POST',
    path: '/v1/sessions/refresh',
    body: { refresh_token: session.refreshToken, with: along },
  });
  if (!answer.ok) return later(answer.problem, hasEnded(answer.problem));
  const grant = readGrant(answer.body, askedMs);
  if (grant === null) return later(null, false);
  // Another tab may have turned the token over, and over again, while this answer was on its way.
  if (kept.loadSession()?.refreshToken === session.refreshToken) {
    kept.saveSession({ refreshToken: grant.refreshToken, user: grant.user ?? user });
  }
  return { ok: true, token: grant.token, brought: grant.brought };
}

/**
 * The same for a page that has been open for a while: one tab at a time, and a tab that waited uses the newest token. A
 * visit that begins does not wait for the browser to say that it may.
 */
export async function refreshInTurn(user: kept.User): Promise<Renewed> {
  const locks = (navigator as { locks?: LockManager }).locks;
  // Browsers without locks (before 2022) run the small risk of signing in again.
  if (locks === undefined) return refresh(user);
  return await locks.request('hearthline.refresh', () => refresh(user));
}

export function readGrant(body: Json, askedMs: number): Grant | null {
  const value = text(body, 'access_token');
  const refreshToken = text(body, 'refresh_token');
  const expiresInS = number(body, 'expires_in');
  if (value === null || refreshToken === null || expiresInS === null) return null;
  const user = asRecord(body['user']);
  const heardMs = Date.now();
  return {
    token: { value, expiresAtMs: heardMs + expiresInS * 1000 },
    refreshToken,
    user: user === null ? null : kept.readUser(user),
    brought: {
      deck: asRecord(body['deck']),
      ticket: asRecord(body['ticket']),
      clock: readClock(asRecord(body['clock'])),
      askedMs,
      heardMs,
    },
  };
}

export function later(problem: Problem | null, ended: boolean): Refused {
  const retryAfterS = problem?.retryAfterS ?? null;
  return { ok: false, ended, retryAfterMs: retryAfterS === null ? null : retryAfterS * 1000, problem };
}

function hasEnded(problem: Problem | null): boolean {
  return problem !== null && [400, 401, 403, 404, 422].includes(problem.status);
}
