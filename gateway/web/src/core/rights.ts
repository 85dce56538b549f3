/**
 * What one may do with a lead, to keep out of sight what would be refused (RSC-1, PRV-1).
 *
 * Does not know: whether the server agrees. What is allowed is the server's to decide.
 */

import type { Lead, Role } from '../api/schema';

export interface Rights {
  /** Send, call, plan, note. */
  readonly act: boolean;
  readonly reassign: boolean;
  readonly changeStatus: boolean;
  /** Link and unlink addresses. */
  readonly edit: boolean;
  /** The content is closed, and a reason opens it. */
  readonly openWithReason: boolean;
  readonly handBack: boolean;
  /** Who read it. */
  readonly seeReaders: boolean;
}

export function rightsOn(lead: Lead, me: { readonly id: string; readonly role: Role }): Rights {
  const leads = me.role !== 'agent';
  if (lead.owner_id === me.id) {
    return {
      act: true,
      reassign: leads,
      changeStatus: true,
      edit: true,
      openWithReason: false,
      handBack: false,
      seeReaders: true,
    };
  }
  const rescues = me.role === 'team_lead' && lead.state === 'stale';
  return {
    act: rescues,
    reassign: leads,
    changeStatus: rescues || me.role === 'admin',
    edit: me.role === 'admin',
    openWithReason: rescues,
    handBack: rescues && lead.owner_id != null,
    seeReaders: me.role === 'admin',
  };
}
