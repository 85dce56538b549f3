/**
 * Where one can go: each place once, for whom it is there.
 *
 * Does not know: how a bar or a menu draws it. What a role may do is the server's to decide; this only
 * keeps what would be refused out of sight.
 */

import Inbox from '@lucide/svelte/icons/inbox';
import Layers from '@lucide/svelte/icons/layers';
import LifeBuoy from '@lucide/svelte/icons/life-buoy';
import Plug from '@lucide/svelte/icons/plug';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal';
import UserRoundCog from '@lucide/svelte/icons/user-round-cog';
import Users from '@lucide/svelte/icons/users';
import type { Role } from '../api/schema';
import { queuesOf } from '../core/queues';
import type { Route, Screen } from '../core/route';

type Name = 'deck' | 'rescue' | 'leads' | 'connections' | 'rules' | 'people' | 'audit' | 'queues';

export interface Place {
  readonly name: Name;
  readonly route: Route;
  readonly icon: typeof Layers;
  /** The screens it stands for. */
  readonly screens: readonly Screen[];
}

const DECK: Place = { name: 'deck', route: { screen: 'deck' }, icon: Layers, screens: ['deck'] };
const RESCUE: Place = {
  name: 'rescue',
  route: { screen: 'rescue' },
  icon: LifeBuoy,
  screens: ['rescue'],
};
const LEADS: Place = {
  name: 'leads',
  route: { screen: 'leads', query: '' },
  icon: Users,
  screens: ['leads', 'lead'],
};
const CONNECTIONS: Place = {
  name: 'connections',
  route: { screen: 'connections' },
  icon: Plug,
  screens: ['connections'],
};
const RULES: Place = {
  name: 'rules',
  route: { screen: 'rules', teamId: null },
  icon: SlidersHorizontal,
  screens: ['rules'],
};
const PEOPLE: Place = {
  name: 'people',
  route: { screen: 'people' },
  icon: UserRoundCog,
  screens: ['people'],
};

/** What waits for somebody of this role, from what comes first. */
function queues(role: Role): Place {
  const queue = queuesOf(role)[0] ?? 'dead_letters';
  return { name: 'queues', route: { screen: 'queues', queue }, icon: Inbox, screens: ['queues'] };
}

const AUDIT: Place = {
  name: 'audit',
  route: { screen: 'audit', query: '' },
  icon: ScrollText,
  screens: ['audit'],
};

export function placesOf(role: Role): readonly Place[] {
  switch (role) {
    case 'agent':
      return [DECK, LEADS, CONNECTIONS, queues(role)];
    case 'team_lead':
      return [DECK, RESCUE, LEADS, queues(role), CONNECTIONS, RULES, PEOPLE];
    case 'admin':
      return [DECK, RESCUE, LEADS, queues(role), CONNECTIONS, RULES, PEOPLE, AUDIT];
  }
}
