/**
 * One HTTP request to our own server, answered with its JSON or with why not.
 *
 * Promises: never throws for what a server or a network does; a refusal carries its problem details.
 * Does not know: tokens.
 */

import { parseRecord, type Json } from '../core/decode';
import { readProblem, type Problem } from '../core/problem';

export type Answer =
  /** `etag` is what a change of this must be made from. */
  | { readonly ok: true; readonly body: Json; readonly etag: string | null }
  | { readonly ok: false; readonly problem: Problem }
  /** The server could not be reached. */
  | { readonly ok: false; readonly problem: null };

const TIMEOUT_MS = 12_000;

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface Request {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly accessToken?: string;
  /** Sent again with the same key, a write happens once. */
  readonly idempotencyKey?: string;
  /** The version that a change is made from. */
  readonly ifMatch?: string | null;
}

export async function call(request: Request): Promise<Answer> {
  const headers = new Headers({ accept: 'application/json' });
  if (request.body !== undefined) headers.set('content-type', 'application/json');
  if (request.accessToken !== undefined) headers.set('authorization', `Bearer ${request.accessToken}`);
  if (request.idempotencyKey !== undefined) headers.set('idempotency-key', request.idempotencyKey);
  if (request.ifMatch != null) headers.set('if-match', request.ifMatch);
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
  }, TIMEOUT_MS);
  try {
    const response = await fetch(request.path, {
      method: request.method,
      headers,
      body: request.body === undefined ? null : JSON.stringify(request.body),
      cache: 'no-store',
      credentials: 'omit',
      signal: abort.signal,
    });
    return await read(response);
  } catch {
    return { ok: false, problem: null };
  } finally {
    clearTimeout(timer);
  }
}

async function read(response: Response): Promise<Answer> {
  const body = await response.text();
  if (response.ok) return { ok: true, body: parseRecord(body) ?? {}, etag: response.headers.get('etag') };
  return { ok: false, problem: readProblem(response.status, body, response.headers.get('retry-after')) };
}
