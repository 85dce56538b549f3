/**
 * What stays on this device between visits: who is signed in, actions the server has not confirmed, today's count, and
 * how its clock differs from the server's.
 *
 * Promises: no message text and no name of a lead is ever written here (what may be read offline is sealed in the
 * vault); each unconfirmed action has a key of its
 * own, so that two tabs never overwrite each other's; a browser without storage works, it only forgets.
 * Does not know: the network.
 */

import type { Role } from '../api/schema';
import { OWN_CLOCK, type Reading } from '../core/clock';
import { number, oneOf, parseRecord, text, type Json } from '../core/decode';
import type { Entry } from '../core/outbox';
import { NO_PACE, type Pace } from '../core/pace';
import { ACT_KINDS } from '../core/wire';

const SESSION = 'hearthline.session';
const OUTBOX = 'hearthline.outbox.';
const TALLY = 'hearthline.tally.';

const PACE = 'hearthline.pace.';
const LANGUAGE = 'hearthline.language';
const CLOCK = 'hearthline.clock';

export const ROLES = ['agent', 'team_lead', 'admin'] as const satisfies readonly Role[];

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Decides what is offered, never what is allowed: that is the server's. */
  readonly role: Role;
  readonly teamId: string | null;
  /** BCP 47: what this person chose in the product. */
  readonly language: string;
}

export interface KeptSession {
  readonly refreshToken: string;
  readonly user: User;
}

export function readUser(record: Json): User | null {
  const id = text(record, 'id');
  if (id === null) return null;
  return {
    id,
    name: text(record, 'name') ?? '',
    email: text(record, 'email') ?? '',
    role: oneOf(record, 'role', ROLES) ?? 'agent',
    teamId: text(record, 'team_id'),
    language: text(record, 'language') ?? '',
  };
}

export function loadSession(): KeptSession | null {
  return readSession(get(SESSION));
}

function readSession(kept: string | null): KeptSession | null {
  const record = parseRecord(kept ?? '');
  const refreshToken = record === null ? null : text(record, 'refresh_token');
  const user = record === null ? null : readUser(record);
  return refreshToken === null || user === null ? null : { refreshToken, user };
}

export function saveSession(session: KeptSession): void {
  const { teamId, ...user } = session.user;
  put(SESSION, JSON.stringify({ refresh_token: session.refreshToken, ...user, team_id: teamId }));
}

export function dropSession(): void {
  drop(SESSION);
}

/** Tells when another tab signed in, out, or as somebody else. Returns how to stop listening. */
export function onSessionChanged(listen: (session: KeptSession | null) => void): () => void {
  const heard = (event: StorageEvent): void => {
    if (event.key === SESSION || event.key === null) listen(loadSession());
  };
  window.addEventListener('storage', heard);
  return () => {
    window.removeEventListener('storage', heard);
  };
}

export function loadOutbox(userId: string): readonly Entry[] {
  return keys(`${OUTBOX}${userId}.`).flatMap((key) => readEntry(get(key)) ?? []);
}

export function keepEntry(userId: string, entry: Entry): void {
  put(`${OUTBOX}${userId}.${entry.mutationId}`, JSON.stringify(entry));
}

export function forgetEntry(userId: string, mutationId: string): void {
  drop(`${OUTBOX}${userId}.${mutationId}`);
}

function readEntry(kept: string | null): Entry | null {
  const record = parseRecord(kept ?? '');
  if (record === null) return null;
  const mutationId = text(record, 'mutationId');
  const leadId = text(record, 'leadId');
  const cardId = text(record, 'cardId');
  const expectedVersion = number(record, 'expectedVersion');
  const kind = oneOf(record, 'kind', ACT_KINDS);
  const until = text(record, 'until');
  const madeAtMs = number(record, 'madeAtMs');
  if (mutationId === null || leadId === null || cardId === null) return null;
  if (expectedVersion === null || kind === null || madeAtMs === null) return null;
  if (kind === 'snooze' && until === null) return null;
  return { mutationId, leadId, cardId, expectedVersion, kind, until, madeAtMs };
}

/** Cards finished here on `day` (any text that names the day). */
export function loadTally(userId: string, day: string): number {
  const record = parseRecord(get(TALLY + userId) ?? '');
  return record !== null && text(record, 'day') === day ? (number(record, 'done') ?? 0) : 0;
}

export function saveTally(userId: string, day: string, done: number): void {
  put(TALLY + userId, JSON.stringify({ day, done }));
}

export function loadPace(userId: string): Pace {
  const record = parseRecord(get(PACE + userId) ?? '');
  const meanMs = record === null ? null : number(record, 'mean_ms');
  const cards = record === null ? null : number(record, 'cards');
  return meanMs === null || cards === null ? NO_PACE : { cards, meanMs, lastAtMs: null };
}

export function savePace(userId: string, { cards, meanMs }: Pace): void {
  put(PACE + userId, JSON.stringify({ cards, mean_ms: meanMs }));
}

/** What the server's clock showed when it was last heard; the device's own if it never was. */
export function loadClock(): Reading {
  const record = parseRecord(get(CLOCK) ?? '');
  const serverMs = record === null ? null : number(record, 'server_ms');
  const deviceMs = record === null ? null : number(record, 'device_ms');
  const pace = record === null ? null : number(record, 'pace');
  return serverMs === null || deviceMs === null || pace === null ? OWN_CLOCK : { serverMs, deviceMs, pace };
}

export function saveClock({ serverMs, deviceMs, pace }: Reading): void {
  put(CLOCK, JSON.stringify({ server_ms: serverMs, device_ms: deviceMs, pace }));
}

/** The language chosen on this device, before anyone is signed in too. */
export function loadLanguage(): string | null {
  return get(LANGUAGE);
}

export function saveLanguage(tag: string): void {
  put(LANGUAGE, tag);
}

// Private windows and full disks refuse storage; the page then works for this visit only.

function get(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function put(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Kept in memory by the caller.
  }
}

function drop(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}

function keys(prefix: string): readonly string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}
