import { describe, expect, it } from 'vitest';
import type { Lead } from '../src/api/schema';
import { readCard, untold } from '../src/core/card';
import { explainedIn, momentOf } from '../src/core/explained';
import { addressesOf, mergedInto, others } from '../src/core/merging';
import { shownPhone } from '../src/core/phones';
import { queuesOf } from '../src/core/queues';
import { pathOf, QUEUES, routeOf } from '../src/core/route';

describe('a phone number', () => {
  it('stands_in_the_groups_of_its_country', () => {
    const shown: Readonly<Record<string, string>> = {
      '+14155550100': '+1-415-555-0100',
      '+33612345678': '+33 6 12 34 56 78',
      '+351912345678': '+351 912 345 678',
      '+5511987654321': '+55 11 98765 4321',
      '+551133334444': '+55 11 3333 4444',
      '+34612345678': '+34 612 345 678',
      '+84912345678': '+84 91 234 56 78',
      '+966501234567': '+966 50 123 4567',
      '+442071838750': '+44 2071 838750',
      // No usual groups are known: threes, and no digit alone.
      '+4915112345678': '+49 151 123 456 78',
      '+3725123456': '+372 512 3456',
    };
    for (const [number, text] of Object.entries(shown))
      expect(shownPhone(number)).toBe(text.replaceAll(' ', '\u00A0'));
  });

  it('keeps_every_digit_in_its_place_whatever_its_country_and_length', () => {
    for (let code = 1; code < 1000; code += 1) {
      for (let length = 7; length <= 15; length += 1) {
        const number = `+${`${code}234567890123456`.slice(0, length)}`;
        const shown = shownPhone(number) ?? '';
        expect(shown.replace(/[\u00A0-]/g, ''), number).toBe(number);
        expect(shown, number).not.toMatch(/\u00A0\d$/);
      }
    }
  });

  it('is_left_alone_where_it_is_none', () => {
    for (const name of ['Maria', '33612345678', '+33', '+0612345678', '+336 12 34 56 78', '']) {
      expect(shownPhone(name), name).toBeNull();
    }
  });
});

describe('one person on two leads (IDN-3)', () => {
  const lead = (id: string): Lead =>
    ({
      id,
      phones: [`+1415555010${id}`],
      emails: [`${id}@x.example`],
      handles: [{ kind: 'messenger', value: `m${id}` }],
    }) as unknown as Lead;

  it('idn_3_every_lead_but_the_open_one_can_be_the_same_person', () => {
    expect(others([lead('1'), lead('2'), lead('3')], lead('2')).map(({ id }) => id)).toEqual(['1', '3']);
    expect(addressesOf(lead('1'))).toEqual(['+14155550101', '1@x.example', 'm1']);
  });

  it('idn_3_what_was_merged_last_is_taken_apart_first', () => {
    const merged = ['a', 'b'].map((lead_id) => ({ lead_id, by: 'u', at: '2026-05-01T09:00:00Z' }));
    expect(mergedInto({ merged }).map(({ lead_id }) => lead_id)).toEqual(['b', 'a']);
  });
});

describe('what the server explains', () => {
  it('is_said_by_its_own_words_where_the_page_speaks_another_language', () => {
    const user = { language: 'pt-BR' };
    expect(explainedIn('pt', user, 'Novo desde as 9:41.', 'Novo.')).toBe('Novo desde as 9:41.');
    expect(explainedIn('en', user, 'Novo desde as 9:41.', 'New.')).toBe('New.');
    expect(explainedIn('pt', user, '', 'Novo.')).toBe('Novo.');
  });

  it('names_moments_by_their_names', () => {
    const params = { tried_at: '2026-05-01T09:41:00.000Z', channel: 'sms' };
    expect(momentOf(params, 'tried_at')).toBe(Date.UTC(2026, 4, 1, 9, 41));
    expect(momentOf(params, 'channel')).toBeNull();
    expect(momentOf(null, 'tried_at')).toBeNull();
  });
});

describe('a card without a text (PRV-1)', () => {
  const card = (change: object) => {
    const read = readCard({ id: 'c', lead_id: 'l', version: 1, kind: 'rescue', channel: 'sms', ...change });
    if (read === null) throw new Error('a card');
    return read;
  };

  it('prv_1_tells_a_team_lead_that_the_text_is_its_owners', () => {
    expect(untold(card({}), { role: 'team_lead' })).toBe('hidden');
    expect(untold(card({}), { role: 'agent' })).toBe('no_text');
    expect(untold(card({ kind: 'reply' }), { role: 'team_lead' })).toBe('no_text');
  });

  it('of_somebody_who_never_wrote_says_that_nothing_was_said', () => {
    expect(untold(card({ channel: undefined }), { role: 'team_lead' })).toBe('no_message');
    expect(untold(card({ kind: 'call_outcome', channel: 'voice' }), { role: 'agent' })).toBeNull();
  });
});

describe('the queues of a role', () => {
  it('idn_6_agents_begin_with_who_wrote_to_them_and_administrators_read_no_message', () => {
    expect(queuesOf('agent')).toEqual(['notices', 'reviews', 'dead_letters']);
    expect(queuesOf('team_lead')).toEqual(QUEUES);
    expect(queuesOf('admin')).not.toContain('notices');
  });

  it('each_has_an_address', () => {
    for (const queue of QUEUES) {
      const route = { screen: 'queues', queue } as const;
      expect(routeOf(pathOf(route))).toEqual(route);
    }
  });
});
