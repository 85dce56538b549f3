/**
 * How a connection is (ING-12): its state, what is wrong with it, worst first, and the figures that say so.
 *
 * Promises: a cause that a later server may name is left out rather than shown without words.
 * Does not know: words.
 */

import { asRecord, instant, number, oneOf, text } from './decode';

export const HEALTH_STATES = ['ok', 'degraded', 'failing', 'silent'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export const CAUSES = [
  'credentials_rejected',
  'signatures_refused',
  'sends_fail',
  'backlog_stuck',
  'not_durable',
  'dead_letters',
  'media_refused',
  'never_called',
  'quiet',
] as const;
export type CauseCode = (typeof CAUSES)[number];

export interface Cause {
  readonly code: CauseCode;
  readonly sinceMs: number | null;
  /** The provider's code, or the reason of a refused file: never text of anybody's. */
  readonly detail: string | null;
}

export interface Health {
  readonly state: HealthState;
  readonly causes: readonly Cause[];
  readonly events: number;
  readonly waiting: number;
  readonly sends: { readonly accepted: number; readonly attempts: number };
}

/** `null` when the server does not say how the connection is. */
export function readHealth(value: unknown): Health | null {
  const record = asRecord(value);
  const state = record === null ? null : oneOf(record, 'state', HEALTH_STATES);
  if (record === null || state === null) return null;
  const sends = asRecord(record['sends']);
  const backlog = asRecord(record['backlog']);
  const causes: readonly unknown[] = Array.isArray(record['causes']) ? record['causes'] : [];
  return {
    state,
    causes: causes.flatMap((cause) => readCause(cause) ?? []),
    events: number(record, 'events') ?? 0,
    waiting: backlog === null ? 0 : (number(backlog, 'waiting') ?? 0),
    sends: {
      accepted: sends === null ? 0 : (number(sends, 'accepted') ?? 0),
      attempts: sends === null ? 0 : (number(sends, 'attempts') ?? 0),
    },
  };
}

function readCause(value: unknown): Cause | null {
  const record = asRecord(value);
  const code = record === null ? null : oneOf(record, 'code', CAUSES);
  if (record === null || code === null) return null;
  return { code, sinceMs: instant(record, 'since'), detail: text(record, 'detail') };
}
