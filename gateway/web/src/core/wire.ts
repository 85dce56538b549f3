/**
 * The frames of `/v1/live`, both ways, as JSON text (surface.md, architecture.md "The deck").
 *
 * Promises: `readFrame` answers with a whole frame, with `unknown` for a kind that a later server may
 * send, or with `null` for a frame that is broken; it never drops a part of one.
 * Does not know: sockets, positions, or what a frame does to a deck.
 */

import { readCard, type Card } from './card';
import { readClock, type Told } from './clock';
import { asRecord, list, number, oneOf, parseRecord, text, type Json } from './decode';

export type Op = { readonly put: Card } | { readonly del: string };

export const RESULTS = ['applied', 'conflict', 'rejected'] as const;
export type Result = (typeof RESULTS)[number];

export interface Acted {
  readonly mutationId: string;
  readonly result: Result;
  /** The deck offset at which the outcome is visible; `null` if the server could not look it up. */
  readonly offset: number | null;
  readonly code: string | null;
  readonly card: Card | null;
}

export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

export interface Snapshot {
  readonly position: Position;
  readonly cards: readonly Card[];
}

export interface Delta {
  readonly prev: number;
  readonly offset: number;
  readonly ops: readonly Op[];
}

export type Frame =
  | ({ readonly kind: 'snapshot'; readonly clock: Told | null } & Snapshot)
  | {
      readonly kind: 'resumed';
      readonly position: Position;
      readonly ops: readonly Op[];
      readonly clock: Told | null;
    }
  | { readonly kind: 'delta'; readonly delta: Delta }
  | { readonly kind: 'acted'; readonly acted: Acted }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown' };

export function readFrame(frame: string): Frame | null {
  const record = parseRecord(frame);
  if (record === null) return null;
  if ('snapshot' in record) return within(record, 'snapshot', readSnapshot);
  if ('resumed' in record) return within(record, 'resumed', readResumed);
  if ('delta' in record) return within(record, 'delta', readDelta);
  if ('acted' in record) return within(record, 'acted', readActed);
  if ('error' in record) return within(record, 'error', readError);
  return { kind: 'unknown' };
}

export function helloFrame(clientId: string, position: Position | null): string {
  return JSON.stringify({ hello: { client_id: clientId, ...(position ?? {}) } });
}

/** Asks for the new events of a lead's thread, until the line ends. */
export function watchFrame(leadId: string): string {
  return JSON.stringify({ watch: { lead_id: leadId } });
}

/** Whose thread a frame tells a new event of; `null` for every other frame. */
export function threadOf(frame: string): string | null {
  const event = asRecord(parseRecord(frame)?.['event']);
  return event === null ? null : text(event, 'lead_id');
}

export const ACT_KINDS = ['done', 'snooze'] as const;
export type ActKind = (typeof ACT_KINDS)[number];

export interface Act {
  readonly mutationId: string;
  readonly leadId: string;
  readonly cardId: string;
  readonly expectedVersion: number;
  readonly kind: ActKind;
  /** RFC 3339: when a snoozed card comes back; `null` for anything but a snooze. */
  readonly until: string | null;
}

export function actFrame(act: Act): string {
  return JSON.stringify({
    act: {
      mutation_id: act.mutationId,
      lead_id: act.leadId,
      card_id: act.cardId,
      expected_version: act.expectedVersion,
      kind: act.kind,
      ...(act.until === null ? {} : { until: act.until }),
    },
  });
}

function within(record: Json, field: string, read: (body: Json) => Frame | null): Frame | null {
  const body = asRecord(record[field]);
  return body === null ? null : read(body);
}

function readPosition(body: Json): Position | null {
  const epoch = text(body, 'epoch');
  const offset = number(body, 'offset');
  return epoch === null || offset === null ? null : { epoch, offset };
}

function readDeck(body: Json): Snapshot | null {
  const position = readPosition(body);
  const cards = list(body, 'cards', readCard);
  return position === null || cards === null ? null : { position, cards };
}

/** The beginning of a deck, as it comes with a session. */
export function readFirstDeck(body: Json): (Snapshot & { readonly more: number }) | null {
  const deck = readDeck(body);
  const more = number(body, 'more');
  return deck === null || more === null ? null : { ...deck, more };
}

function readSnapshot(body: Json): Frame | null {
  const snapshot = readDeck(body);
  return snapshot === null ? null : { kind: 'snapshot', ...snapshot, clock: clockOf(body) };
}

function clockOf(body: Json): Told | null {
  return readClock(asRecord(body['clock']));
}

function readResumed(body: Json): Frame | null {
  const position = readPosition(body);
  const ops = list(body, 'ops', readOp);
  return position === null || ops === null ? null : { kind: 'resumed', position, ops, clock: clockOf(body) };
}

function readDelta(body: Json): Frame | null {
  const prev = number(body, 'prev');
  const offset = number(body, 'offset');
  const ops = list(body, 'ops', readOp);
  if (prev === null || offset === null || ops === null) return null;
  return { kind: 'delta', delta: { prev, offset, ops } };
}

function readOp(value: unknown): Op | null {
  const record = asRecord(value);
  if (record === null) return null;
  const del = text(record, 'del');
  if (del !== null) return { del };
  const put = readCard(record['put']);
  return put === null ? null : { put };
}

function readActed(body: Json): Frame | null {
  const mutationId = text(body, 'mutation_id');
  const result = oneOf(body, 'result', RESULTS);
  if (mutationId === null || result === null) return null;
  return {
    kind: 'acted',
    acted: {
      mutationId,
      result,
      offset: number(body, 'offset'),
      code: text(body, 'code'),
      card: readCard(body['card']),
    },
  };
}

function readError(body: Json): Frame | null {
  return { kind: 'error', code: text(body, 'code') ?? '', message: text(body, 'message') ?? '' };
}
