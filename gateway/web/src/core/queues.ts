/**
 * Which of the queues there are for whom.
 *
 * Does not know: what waits in them. What a role may see is the server's to decide; this only keeps what would be
 * refused, or is always empty, out of sight.
 */

import type { Role } from '../api/schema';
import { QUEUES, type Queue } from './route';

export function queuesOf(role: Role): readonly Queue[] {
  switch (role) {
    case 'agent':
      return ['notices', 'reviews', 'dead_letters'];
    case 'team_lead':
      return QUEUES;
    case 'admin':
      // Nobody writes to administrators, and they read no message.
      return QUEUES.filter((queue) => queue !== 'notices');
  }
}
