/**
 * How people are named on screen.
 *
 * Does not know: who they are.
 */

import { shownPhone } from './phones';

/** Initials for an avatar; `null` when the name has no letters (a phone number, say). */
export function initials(name: string | null): string | null {
  const words = (name ?? '').split(/\s+/u).filter((word) => /\p{L}/u.test(word));
  const first = words[0];
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  const letters = [first, last].map((word) => (word === undefined ? '' : firstLetter(word))).join('');
  return letters === '' ? null : letters.toUpperCase();
}

function firstLetter(word: string): string {
  return /\p{L}/u.exec(word)?.[0] ?? '';
}

/** The name to show; a bare E.164 number in its groups. `null` when there is none. */
export function displayName(name: string | null): string | null {
  const trimmed = (name ?? '').trim();
  if (trimmed === '') return null;
  return shownPhone(trimmed) ?? trimmed;
}

/** Who a lead is on screen: by name, else by how they can be reached. */
export function leadName(lead: {
  readonly name?: string | null;
  readonly phones: readonly string[];
  readonly emails: readonly string[];
  readonly handles: readonly { readonly value: string }[];
}): string | null {
  return displayName(lead.name ?? lead.phones[0] ?? lead.emails[0] ?? lead.handles[0]?.value ?? null);
}
