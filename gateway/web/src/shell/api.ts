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
/** A file takes as long as a phone's line needs for 5 MB. */
const FILE_TIMEOUT_MS = 60_000;

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface Request {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly file?: Blob;
  readonly accessToken?: string;
  /** Sent again with the same key, a write happens once. */
  readonly idempotencyKey?: string;
  /** The version that a change is made from. */
  readonly ifMatch?: string | null;
  /** Leave to read a Stale lead, from `open_raw_access`. */
  readonly grant?: string | null;
}

export type FileAnswer =
  { readonly ok: true; readonly file: Blob } | { readonly ok: false; readonly problem: Problem | null };

export function call(request: Request): Promise<Answer> {
  const waitMs = request.file === undefined ? TIMEOUT_MS : FILE_TIMEOUT_MS;
  return ask(request, waitMs, async (response) => {
    const body = await response.text();
    return { ok: true, body: parseRecord(body) ?? {}, etag: response.headers.get('etag') };
  });
}

/** A file, as it is. */
export function download(request: Request): Promise<FileAnswer> {
  return ask(request, FILE_TIMEOUT_MS, async (response) => ({ ok: true, file: await response.blob() }));
}

async function ask<T>(
  request: Request,
  waitMs: number,
  read: (response: Response) => Promise<T>,
): Promise<T | { readonly ok: false; readonly problem: Problem | null }> {
  const headers = new Headers({ accept: 'application/json' });
  const content = contentOf(request);
  if (content !== null) headers.set('content-type', content.type);
  if (request.accessToken !== undefined) headers.set('authorization', `Bearer ${request.accessToken}`);
  if (request.idempotencyKey !== undefined) headers.set('idempotency-key', request.idempotencyKey);
  if (request.ifMatch != null) headers.set('if-match', request.ifMatch);
  if (request.grant != null) headers.set('raw-access-grant', request.grant);
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
  }, waitMs);
  try {
    const response = await fetch(request.path, {
      method: request.method,
      headers,
      body: content?.body ?? null,
      cache: 'no-store',
      credentials: 'omit',
      signal: abort.signal,
    });
    if (response.ok) return await read(response);
    const retryAfter = response.headers.get('retry-after');
    return { ok: false, problem: readProblem(response.status, await response.text(), retryAfter) };
  } catch {
    return { ok: false, problem: null };
  } finally {
    clearTimeout(timer);
  }
}

function contentOf(request: Request): { readonly body: BodyInit; readonly type: string } | null {
  if (request.file !== undefined) {
    return { body: request.file, type: request.file.type || 'application/octet-stream' };
  }
  return request.body === undefined ? null : { body: JSON.stringify(request.body), type: 'application/json' };
}
