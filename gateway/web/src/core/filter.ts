/**
 * What the list of leads is narrowed to, in the address and in the question to the server.
 *
 * Promises: an address keeps only what the server knows; an empty part asks for nothing.
 * Does not know: leads.
 */

import type { LeadSource, LeadStatus } from '../api/schema';

export interface Filter {
  readonly q: string;
  readonly state: string;
  readonly status: string;
  readonly source: string;
  readonly owner_id: string;
}

export const NO_FILTER: Filter = { q: '', state: '', status: '', source: '', owner_id: '' };

export const STATUSES = ['lead', 'active_client', 'archived'] as const satisfies readonly LeadStatus[];
export const SOURCES = [
  ...(['sms', 'whatsapp', 'messenger', 'instagram', 'email', 'call', 'manual', 'import'] as const),
] as const satisfies readonly LeadSource[];

export function filterOf(address: string): Filter {
  const given = new URLSearchParams(address);
  const part = (name: keyof Filter): string => given.get(name) ?? '';
  return {
    q: part('q'),
    state: part('state'),
    status: part('status'),
    source: part('source'),
    owner_id: part('owner_id'),
  };
}

export function queryOf(filter: Filter): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));
}
