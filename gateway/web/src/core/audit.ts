/**
 * What the audit log is narrowed to, in the address and in the question to the server, and how an entry is read.
 *
 * Promises: an address keeps only what the server knows; a day is a day of the device's own calendar.
 * Does not know: words.
 */

import type { AuditField } from '../api/schema';

export interface AuditFilter {
  readonly actor_id: string;
  readonly lead_id: string;
  /** The beginning of the names that are asked for, such as `raw.` */
  readonly action: string;
  /** `YYYY-MM-DD`, both days included. */
  readonly from: string;
  readonly to: string;
}

export const NO_AUDIT_FILTER: AuditFilter = { actor_id: '', lead_id: '', action: '', from: '', to: '' };

/** What is asked for together, by how its names begin. */
export const TOPICS = ['raw.', 'lead.', 'message.', 'rescue.', 'team.', 'user.', 'connection.'] as const;

export function auditFilterOf(address: string): AuditFilter {
  const given = new URLSearchParams(address);
  const part = (name: keyof AuditFilter): string => given.get(name) ?? '';
  return {
    actor_id: part('actor_id'),
    lead_id: part('lead_id'),
    action: part('action'),
    from: isDay(part('from')) ? part('from') : '',
    to: isDay(part('to')) ? part('to') : '',
  };
}

export function auditAddressOf(filter: AuditFilter): string {
  const set = Object.entries(filter).filter(([, value]) => value !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set).toString()}`;
}

export function auditQueryOf(filter: AuditFilter): Readonly<Record<string, string>> {
  const { from, to, ...rest } = filter;
  const moments = {
    from: from === '' ? '' : new Date(`${from}T00:00`).toISOString(),
    to: to === '' ? '' : nextDay(to).toISOString(),
  };
  return Object.fromEntries(Object.entries({ ...rest, ...moments }).filter(([, value]) => value !== ''));
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00`));
}

/** The day after, also where a clock changes in between. */
function nextDay(day: string): Date {
  const date = new Date(`${day}T00:00`);
  date.setDate(date.getDate() + 1);
  return date;
}

/** A field's value as it is shown: the name of whom it names, if that is known. */
export function valueOf({ value }: AuditField, names: ReadonlyMap<string, string>): string | null {
  return value == null ? null : (names.get(value) ?? value);
}
