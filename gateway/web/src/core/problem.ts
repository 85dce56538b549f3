/**
 * What a refused HTTP request said: `application/problem+json` (RFC 9457) with a stable `code` and
 * `errors: [{field, code, message}]`.
 *
 * Does not know: words. The messages turn codes into sentences; the server's own are the fallback.
 */

import { asRecord, list, parseRecord, text } from './decode';

export interface FieldError {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string | null;
  readonly errors: readonly FieldError[];
  /** The lead that is in the way, if one may know of it. */
  readonly leadId: string | null;
  /** Seconds, from `Retry-After`. */
  readonly retryAfterS: number | null;
}

export function readProblem(status: number, body: string, retryAfter: string | null): Problem {
  const record = parseRecord(body) ?? {};
  const seconds = Number.parseInt(retryAfter ?? '', 10);
  return {
    status,
    code: text(record, 'code') ?? '',
    detail: text(record, 'detail') ?? text(record, 'title'),
    errors: list(record, 'errors', readFieldError) ?? [],
    leadId: text(record, 'lead_id'),
    retryAfterS: Number.isNaN(seconds) ? null : seconds,
  };
}

function readFieldError(value: unknown): FieldError | null {
  const record = asRecord(value);
  const field = record === null ? null : text(record, 'field');
  if (record === null || field === null) return null;
  return { field, code: text(record, 'code') ?? '', message: text(record, 'message') ?? '' };
}
