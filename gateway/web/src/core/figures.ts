/**
 * A team's figures as a screen lays them out: who has how much of what, the fullest hands first.
 *
 * Does not know: how they are counted; that is the server's.
 */

import type { Held, User } from '../api/schema';
import type { LeadState } from './card';

export const STATES = ['new', 'active', 'at_risk', 'stale'] as const satisfies readonly LeadState[];

export type ByState = Readonly<Record<LeadState, number>>;

export interface Load {
  /** `null`: leads that nobody has. */
  readonly ownerId: string | null;
  readonly name: string | null;
  readonly leads: ByState;
  readonly total: number;
  readonly awaitingReply: number;
}

const NONE: ByState = { new: 0, active: 0, at_risk: 0, stale: 0 };

/** In the order of the server, then the agents of the team who have nothing. */
export function loadsOf(held: readonly Held[], users: readonly User[], teamId: string): readonly Load[] {
  const names = new Map(users.map((user) => [user.id, user.name]));
  const loaded = held.map(({ owner_id, new: fresh, active, at_risk, stale, awaiting_reply }) => {
    const leads: ByState = { new: fresh, active, at_risk, stale };
    const name = names.get(owner_id ?? '') ?? null;
    return { ownerId: owner_id ?? null, name, leads, total: sizeOf(leads), awaitingReply: awaiting_reply };
  });
  const busy = new Set(loaded.map(({ ownerId }) => ownerId));
  const free = users.filter(
    ({ id, role, status, team_id }) =>
      role === 'agent' && status === 'active' && team_id === teamId && !busy.has(id),
  );
  return [
    ...loaded,
    ...free.map(({ id, name }) => ({ ownerId: id, name, leads: NONE, total: 0, awaitingReply: 0 })),
  ];
}

export function sumOf(loads: readonly Load[]): ByState {
  return Object.fromEntries(
    STATES.map((state) => [state, loads.reduce((sum, load) => sum + load.leads[state], 0)]),
  ) as ByState;
}

export function sizeOf(leads: ByState): number {
  return STATES.reduce((sum, state) => sum + leads[state], 0);
}
