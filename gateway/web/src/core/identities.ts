/**
 * The addresses by which a client is known: which there are, and which can be linked by hand (IDN-3).
 *
 * Does not know: whether one is another lead's; that is the server's to say.
 */

import type { HandleKind, IdentityLink, Lead } from '../api/schema';

/** What a person can type. Where an SMS came from without a number is for the provider alone to know. */
export const KINDS = [
  'phone',
  'email',
  'whatsapp',
  'messenger',
  'instagram',
] as const satisfies readonly HandleKind[];

export function identitiesOf(lead: Pick<Lead, 'phones' | 'emails' | 'handles'>): readonly IdentityLink[] {
  return [
    ...lead.phones.map((value) => ({ kind: 'phone', value }) as const),
    ...lead.emails.map((value) => ({ kind: 'email', value }) as const),
    ...lead.handles,
  ];
}

/** As the server takes it: people write numbers with spaces and brackets, and copy the spaces around an address. */
export function typed(kind: HandleKind, value: string): IdentityLink {
  const trimmed = value.trim();
  if (kind !== 'phone') return { kind, value: trimmed };
  return { kind, value: trimmed.replace(/[\s().-]/g, '').replace(/^00/, '+') };
}
