/**
 * Who is signed in, a fresh access token for whoever asks, and what the server says with it.
 *
 * Promises: the access token is in memory only. A server that cannot be reached signs nobody out.
 * Does not know: decks.
 */

import type { Json } from '../core/decode';
import type { Problem } from '../core/problem';
import { OPERATIONS, type Operations } from '../api/schema';
import { ALONG, takeAhead } from './ahead';
import { call, download, type Answer, type FileAnswer, type Request } from './api';
import {
  later,
  readGrant,
  refreshInTurn,
  type Access,
  type Brought,
  type Refused,
  type Renewed,
  type Token,
} from './grant';
import { newId } from './ids';
import * as kept from './kept';
import { ServerTime } from './server_time';
import type { Vault } from './vault';

/** A token this close to its end is not handed out any more. */
const MARGIN_MS = 30_000;
/** A ticket that was fetched ahead is used within this time: the server forgets it soon. */
const FIRST_TICKET_MS = 10_000;

export type { Refused } from './grant';

export type Reply<T> = { readonly ok: true; readonly body: T; readonly etag: string | null } | Refused;

export type FileReply = { readonly ok: true; readonly file: Blob } | Refused;

type Good<T> = Extract<T, { readonly ok: true }>;

interface Failed {
  readonly ok: false;
  readonly problem: Problem | null;
}

interface AnyOperation {
  readonly path: Readonly<Record<string, string>> | undefined;
  readonly query: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly body: unknown;
}

/** What an operation needs, and nothing it does not. */
type Given<Op extends { readonly path: unknown; readonly query: unknown; readonly body: unknown }> = {
  readonly [Part in 'path' | 'body' as Op[Part] extends undefined ? never : Part]: Op[Part];
} & {
  readonly query?: Op['query'];
  readonly ifMatch?: string | null;
  /** Kept by whoever may have to ask again: asked twice under one key, a write happens once. */
  readonly key?: string;
  readonly file?: Blob;
  readonly grant?: string | null;
} & {
  readonly [Part in 'path' | 'body']?: Op[Part];
};

export type SignInResult =
  | { readonly ok: true; readonly session: Session }
  /** `null`: the server could not be reached. */
  | { readonly ok: false; readonly problem: Problem | null };

export class Session {
  #token: Token | null;
  #refreshing: Promise<Access> | null = null;
  /** What came with the first token; a ticket of it is used once. */
  #brought: Promise<Brought | null> = Promise.resolve(null);
  /** The server's time, as it says whenever it is asked for a token. */
  readonly time = new ServerTime();

  constructor(
    readonly user: kept.User,
    token: Token | null,
  ) {
    this.#token = token;
  }

  /** The session of an earlier visit; its first access token is fetched when somebody asks. */
  static restore(): Session | null {
    const session = kept.loadSession();
    return session === null ? null : new Session(session.user, null);
  }

  /**
   * Takes up what was asked for before the page's own files were there, or asks for it now. Answers with what this person's
   * device keeps of the last visit.
   */
  warm(): Vault {
    const { access, vault } = takeAhead(this.user);
    const taken = this.taken(access);
    this.#refreshing = taken;
    this.#brought = taken.then((got) => (got.ok ? got.brought : null));
    return vault;
  }

  /** The first cards of the deck, if they came with the first token. */
  async firstDeck(): Promise<Json | null> {
    return (await this.#brought)?.deck ?? null;
  }

  /** A ticket for one socket. */
  async ticket(): Promise<Reply<Json>> {
    const brought = await this.#brought;
    const first = brought?.ticket ?? null;
    if (brought === null || first === null) return this.call('POST', '/v1/socket-tickets');
    this.#brought = Promise.resolve({ ...brought, ticket: null });
    const isFresh = Date.now() - brought.heardMs < FIRST_TICKET_MS;
    return isFresh ? { ok: true, body: first, etag: null } : this.ticket();
  }

  static async signIn(email: string, password: string): Promise<SignInResult> {
    const askedMs = Date.now();
    const body = { email, password, with: ALONG };
    const answer = await call({ method: 'POST', path: '/v1/sessions', body });
    if (!answer.ok) return answer;
    const grant = readGrant(answer.body, askedMs);
    if (grant?.user == null) return { ok: false, problem: null };
    kept.saveSession({ refreshToken: grant.refreshToken, user: grant.user });
    const session = new Session(grant.user, grant.token);
    session.hearTime(grant.brought);
    session.#brought = Promise.resolve(grant.brought);
    return { ok: true, session };
  }

  /** Calls with a token, and once more with a new one if the server no longer takes it. */
  async call(method: 'POST' | 'DELETE', path: string): Promise<Reply<Json>> {
    return this.request({ method, path });
  }

  /** One operation of the API, by its name in the served document. */
  async ask<Name extends keyof Operations>(
    name: Name,
    given: Given<Operations[Name]>,
  ): Promise<Reply<Operations[Name]['answer']>> {
    const { method, path } = OPERATIONS[name];
    const { path: parts, query, body, ifMatch, key, file, grant } = given as Given<AnyOperation>;
    const request: Request = {
      method,
      path: fill(path, parts) + queryOf(query),
      ...(body === undefined ? {} : { body }),
      ...(file === undefined ? {} : { file }),
      ...(method === 'POST' ? { idempotencyKey: key ?? newId() } : {}),
      ifMatch: ifMatch ?? null,
      grant: grant ?? null,
    };
    // The shape is the document's promise, which CI holds the server to.
    return (await this.request(request)) as Reply<Operations[Name]['answer']>;
  }

  /** A file of a thread, with the leave that reading it takes. */
  file(id: string, grant: string | null): Promise<FileReply> {
    const { method, path } = OPERATIONS.download;
    return this.withToken<Good<FileAnswer>>((accessToken) =>
      download({ method, path: fill(path, { id }), grant, accessToken }),
    );
  }

  private request(request: Request): Promise<Reply<Json>> {
    return this.withToken<Good<Answer>>((accessToken) => call({ ...request, accessToken }));
  }

  /** Asks with a token, and once more with a new one if the server no longer takes it. */
  private async withToken<T extends { readonly ok: true }>(
    ask: (token: string) => Promise<T | Failed>,
  ): Promise<T | Refused> {
    const access = await this.access();
    if (!access.ok) return access;
    const answer = await ask(access.token.value);
    if (answer.ok) return answer;
    if (answer.problem?.status !== 401) return later(answer.problem, false);
    this.#token = null;
    const renewed = await this.access();
    if (!renewed.ok) return renewed;
    const again = await ask(renewed.token.value);
    return again.ok ? again : later(again.problem, false);
  }

  async signOut(): Promise<void> {
    await this.call('DELETE', '/v1/sessions');
    this.forget();
  }

  /** Leaves nothing of this session on the device. */
  forget(): void {
    this.#token = null;
    if (kept.loadSession()?.user.id === this.user.id) kept.dropSession();
  }

  private access(): Promise<Access> {
    const token = this.#token;
    if (token !== null && token.expiresAtMs - MARGIN_MS > Date.now()) {
      return Promise.resolve({ ok: true, token });
    }
    this.#refreshing ??= this.taken(refreshInTurn(this.user));
    return this.#refreshing;
  }

  private async taken(asked: Promise<Renewed>): Promise<Renewed> {
    const access = await asked;
    if (access.ok) {
      this.#token = access.token;
      this.hearTime(access.brought);
    }
    this.#refreshing = null;
    return access;
  }

  private hearTime({ clock, askedMs, heardMs }: Brought): void {
    if (clock !== null) this.time.hear(clock, askedMs, heardMs);
  }
}

function fill(path: string, parts: Readonly<Record<string, string>> | undefined): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts?.[name] ?? ''));
}

function queryOf(query: Readonly<Record<string, string | number | undefined>> | undefined): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  return pairs.length === 0
    ? ''
    : `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()}`;
}
