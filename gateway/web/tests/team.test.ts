import { describe, expect, it } from 'vitest';
import { loadsOf, sizeOf, sumOf } from '../src/core/figures';
import { identitiesOf, typed } from '../src/core/identities';
import type { Held, User } from '../src/api/schema';

const held = (owner_id: string | null, stale: number): Held => ({
  owner_id,
  new: 1,
  active: 2,
  at_risk: 0,
  stale,
  awaiting_reply: 1,
});

function user(id: string, change: Partial<User> = {}): User {
  return { id, name: id.toUpperCase(), role: 'agent', status: 'active', team_id: 't1', ...change } as User;
}

describe('who has how much (RSC-4)', () => {
  it('rsc_4_the_order_of_the_server_is_kept_and_agents_with_nothing_come_last', () => {
    const users = [
      user('ana'),
      user('ben'),
      user('eve', { team_id: 't2' }),
      user('tom', { role: 'team_lead' }),
      user('gone', { status: 'left' }),
    ];
    const loads = loadsOf([held('ana', 3), held(null, 0)], users, 't1');
    expect(loads.map(({ ownerId, name, total }) => [ownerId, name, total])).toEqual([
      ['ana', 'ANA', 6],
      [null, null, 3],
      ['ben', 'BEN', 0],
    ]);
    expect(sumOf(loads)).toEqual({ new: 2, active: 4, at_risk: 0, stale: 3 });
    expect(sizeOf(sumOf(loads))).toBe(9);
  });
});

describe('addresses of a lead (IDN-3)', () => {
  it('idn_3_every_way_to_a_client_is_listed_once', () => {
    const handles = [{ kind: 'whatsapp', value: 'w1' }] as const;
    expect(identitiesOf({ phones: ['+1'], emails: ['a@b.c'], handles })).toEqual([
      { kind: 'phone', value: '+1' },
      { kind: 'email', value: 'a@b.c' },
      { kind: 'whatsapp', value: 'w1' },
    ]);
  });

  it('idn_3_a_number_is_taken_as_people_write_it_and_nothing_else_is_changed', () => {
    expect(typed('phone', ' +1 (415) 555-0100 ').value).toBe('+14155550100');
    expect(typed('phone', '0033 6 12.34').value).toBe('+3361234');
    expect(typed('email', ' a-b@c.example ').value).toBe('a-b@c.example');
    expect(typed('messenger', '12-3 4').value).toBe('12-3 4');
  });
});
