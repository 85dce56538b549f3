/**
 * A card of the deck as this client uses it, and the order of cards (DECK-1).
 *
 * Promises: a card that can be identified can be shown; fields the server adds later are ignored.
 * Does not know: decks, offsets, or what may be done with a card.
 */

import type { Role } from '../api/schema';
import { asRecord, instant, number, oneOf, text } from './decode';

export const CHANNELS = [
  'sms',
  'whatsapp',
  'messenger',
  'instagram',
  'email',
  'voice',
  'note',
  'task',
  'system',
] as const;
export type Channel = (typeof CHANNELS)[number];

/** Where messages go out, too. */
const WRITTEN: readonly (Channel | null)[] = ['sms', 'whatsapp', 'messenger', 'instagram'];

export function isWritten(channel: Channel | null): boolean {
  return WRITTEN.includes(channel);
}

export const STATES = ['new', 'active', 'at_risk', 'stale'] as const;
export type LeadState = (typeof STATES)[number];

export interface Card {
  readonly id: string;
  readonly leadId: string;
  /** `contact_now`, `at_risk`, `rescue`, `reply`, … An unknown kind shows the server's reason. */
  readonly kind: string;
  readonly dueAtMs: number | null;
  /** 0 to 1; the higher one comes first. */
  readonly urgency: number;
  readonly reason: string;
  readonly leadName: string | null;
  readonly language: string | null;
  readonly channel: Channel | null;
  /** Owner only, up to 140 characters. Raw content: shown, never stored, never logged. */
  readonly preview: string | null;
  readonly state: LeadState | null;
  readonly version: number;
  /** When the task was opened: where the ring starts. */
  readonly openedAtMs: number | null;
  /** When the message of the preview was received. */
  readonly receivedAtMs: number | null;
  /** Where they asked for no more messages, if that is why the card is there (ING-1). */
  readonly closed: Channel | null;
}

/** `null` when the card cannot be identified. */
export function readCard(value: unknown): Card | null {
  const record = asRecord(value);
  if (record === null) return null;
  const id = text(record, 'id');
  const leadId = text(record, 'lead_id');
  const version = number(record, 'version');
  if (id === null || leadId === null || version === null) return null;
  const openedAtMs = instant(record, 'opened_at') ?? madeAtMs(text(record, 'task_id') ?? id);
  return {
    id,
    leadId,
    version,
    kind: text(record, 'kind') ?? '',
    dueAtMs: instant(record, 'due_at'),
    urgency: number(record, 'urgency') ?? 0,
    reason: text(record, 'reason') ?? '',
    leadName: text(record, 'lead_name'),
    language: text(record, 'language'),
    channel: oneOf(record, 'channel', CHANNELS),
    preview: text(record, 'preview'),
    state: oneOf(record, 'state', STATES),
    openedAtMs,
    receivedAtMs: instant(record, 'received_at') ?? openedAtMs,
    closed: text(record, 'reason_key') === 'opted_out' ? closedBy(record['reason_params']) : null,
  };
}

/** Why there is no text on a card. */
export type Untold = 'hidden' | 'no_text' | 'no_message';

/**
 * Nobody wrote yet; or what they wrote is for the lead's owner, who is not the team lead that a rescue is shown to (PRV-1);
 * or there was no text in it. `null` where nobody expects one.
 */
export function untold(card: Card, me: { readonly role: Role }): Untold | null {
  // These are about something that we do ourselves, whatever was written.
  if (card.kind === 'call_outcome' || card.kind === 'follow_up') return null;
  if (!isWritten(card.channel)) return 'no_message';
  return card.kind === 'rescue' && me.role === 'team_lead' ? 'hidden' : 'no_text';
}

function closedBy(params: unknown): Channel | null {
  const record = asRecord(params);
  return record === null ? null : oneOf(record, 'closed', CHANNELS);
}

/** The time inside a UUIDv7 (RFC 9562, 5.7); `null` for any other id. */
export function madeAtMs(id: string): number | null {
  const v7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(id);
  return v7 === null ? null : Number.parseInt(`${v7[1] ?? ''}${v7[2] ?? ''}`, 16);
}

/** Most urgent first, then the earliest deadline, then the id, so that two screens show one order. */
export function byUrgency(a: Card, b: Card): number {
  if (a.urgency !== b.urgency) return b.urgency - a.urgency;
  const dueA = a.dueAtMs ?? Number.POSITIVE_INFINITY;
  const dueB = b.dueAtMs ?? Number.POSITIVE_INFINITY;
  if (dueA !== dueB) return dueA < dueB ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
