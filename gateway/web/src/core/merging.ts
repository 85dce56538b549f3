/**
 * Two leads that are one person (IDN-3): which other ones can be chosen, and which are part of a lead already.
 *
 * Does not know: what a merge does; that is the server's.
 */

import type { Lead, MergedLead } from '../api/schema';

/** All but the lead itself, in the order in which they were found. */
export function others(found: readonly Lead[], lead: Pick<Lead, 'id'>): readonly Lead[] {
  return found.filter(({ id }) => id !== lead.id);
}

/** What was merged into a lead, the newest first: what was done last is what one takes back. */
export function mergedInto(lead: Pick<Lead, 'merged'>): readonly MergedLead[] {
  return [...lead.merged].reverse();
}

/** How else one tells two leads of one name apart: by where they are written to. */
export function addressesOf(lead: Pick<Lead, 'phones' | 'emails' | 'handles'>): readonly string[] {
  return [...lead.phones, ...lead.emails, ...lead.handles.map(({ value }) => value)];
}
