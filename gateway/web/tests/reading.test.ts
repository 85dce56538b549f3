import { describe, expect, it } from 'vitest';
import { madeAtMs, readCard } from '../src/core/card';
import { share, span } from '../src/core/due';
import { displayName, initials } from '../src/core/names';
import { readProblem } from '../src/core/problem';
import { delayMs, verdictOf } from '../src/core/reconnect';
import type { Event } from '../src/api/schema';
import { pathOf, routeOf, type Route } from '../src/core/route';
import { minutesFor, NO_PACE, withCard } from '../src/core/pace';
import { choices, fromLocalField, localField } from '../src/core/snooze';
import { axisOf, commitment, verdictOf as swipeOf } from '../src/core/swipe';
import { days, foldQuoted } from '../src/core/thread';
import { readFrame, threadOf } from '../src/core/wire';
import { wireCard } from './build';

describe('reading cards and frames', () => {
  it('a_card_needs_only_its_ids_and_version_to_be_shown', () => {
    const bare = readCard({ id: 'a', lead_id: 'l', version: 1 });
    expect(bare).toMatchObject({ id: 'a', leadName: null, preview: null, state: null, channel: null });
    expect(readCard({ id: 'a', lead_id: 'l' })).toBeNull();
    expect(readCard('a')).toBeNull();
  });

  it('a_state_or_channel_of_a_later_server_is_no_state_rather_than_a_wrong_one', () => {
    const later = readCard({ ...wireCard({ id: 'a' }), state: 'dormant', channel: 'fax' });
    expect(later).toMatchObject({ state: null, channel: null });
  });

  it('the_time_a_card_was_opened_is_read_from_its_uuid_when_the_server_does_not_say', () => {
    const id = '0196945f-9a00-7abc-8def-0123456789ab';
    expect(madeAtMs(id)).toBe(0x0196945f9a00);
    expect(madeAtMs('6f9619ff-8b86-4d01-b42d-00cf4fc964ff')).toBeNull();
    expect(readCard({ ...wireCard({ id: 'a' }), task_id: id })?.receivedAtMs).toBe(0x0196945f9a00);
    const told = readCard({ ...wireCard({ id: 'a' }), task_id: id, received_at: '2025-05-03T10:00:00Z' });
    expect(told?.receivedAtMs).toBe(Date.parse('2025-05-03T10:00:00Z'));
  });

  it('tells whose thread an event is of, and of nothing else', () => {
    expect(threadOf('{"event":{"lead_id":"l1","kind":"message"}}')).toBe('l1');
    expect(threadOf('{"watched":{"lead_id":"l1","raw":true}}')).toBeNull();
    expect(threadOf('{"event":1}')).toBeNull();
    expect(threadOf('{')).toBeNull();
  });

  it('what_is_no_frame_is_told_from_what_is_not_known_yet', () => {
    expect(readFrame('{')).toBeNull();
    expect(readFrame('[]')).toBeNull();
    expect(readFrame('{"delta":{"prev":1}}')).toBeNull();
    expect(readFrame('{"later":{}}')).toEqual({ kind: 'unknown' });
    expect(readFrame('{"error":{"code":"slow_down","message":"m"}}')).toMatchObject({ code: 'slow_down' });
  });

  it('problem_details_keep_their_fields_and_any_other_body_is_still_a_problem', () => {
    const body = JSON.stringify({
      code: 'invalid',
      detail: 'd',
      errors: [{ field: 'email', code: 'c', message: 'm' }],
    });
    expect(readProblem(422, body, '7')).toEqual({
      status: 422,
      code: 'invalid',
      detail: 'd',
      errors: [{ field: 'email', code: 'c', message: 'm' }],
      leadId: null,
      retryAfterS: 7,
    });
    expect(readProblem(409, '{"code":"identity_taken","lead_id":"l1"}', null).leadId).toBe('l1');
    expect(readProblem(502, '<html>', null)).toMatchObject({ status: 502, code: '', errors: [] });
  });
});

describe('when to come back', () => {
  it('close_codes_are_read_by_their_range', () => {
    expect([4000, 4099].map((code) => verdictOf(code, true))).toEqual(['at_once', 'at_once']);
    expect([4100, 4199, 1006, 1011, 4300].map((code) => verdictOf(code, true))).toEqual(
      Array(5).fill('later'),
    );
    expect([4200, 4299].map((code) => verdictOf(code, false))).toEqual(['never', 'never']);
    expect([verdictOf(4000, false), verdictOf(null, true)]).toEqual(['later', 'later']);
  });

  it('the_delay_is_never_less_than_half_and_never_more_than_fifteen_seconds', () => {
    expect(delayMs(0, 0)).toBe(250);
    expect(delayMs(3, 0.5)).toBe(3000);
    expect(delayMs(1000, 1)).toBe(15_000);
  });
});

describe('what a person reads', () => {
  it('a_length_is_said_in_one_unit_and_rounded_down', () => {
    expect(span(59_999)).toEqual({ unit: 'now', count: 0 });
    expect(span(-12.9 * 60_000)).toEqual({ unit: 'minute', count: 12 });
    expect(span(119.9 * 60_000)).toEqual({ unit: 'minute', count: 119 });
    expect(span(47.9 * 3_600_000)).toEqual({ unit: 'hour', count: 47 });
    expect(span(51 * 3_600_000)).toEqual({ unit: 'day', count: 2 });
  });

  it('the_ring_runs_from_full_at_the_opening_to_empty_at_the_deadline', () => {
    expect(share(0, 100, 0)).toBe(1);
    expect(share(0, 100, 75)).toBe(0.25);
    expect(share(0, 100, 500)).toBe(0);
    expect(share(null, 7_200_000, 5_400_000)).toBe(0.5);
    expect(share(200, 100, 0)).toBeCloseTo(100 / 3_600_000);
  });

  it('initials_come_from_letters_of_any_script_and_numbers_have_none', () => {
    expect(initials('Maria Oliveira')).toBe('MO');
    expect(initials('  ana maria de souza ')).toBe('AS');
    expect(initials('عمر')).toBe('ع');
    expect(initials('+14155550100')).toBeNull();
    expect(initials(null)).toBeNull();
  });

  it('north_american_numbers_are_shown_in_groups_and_others_as_they_are', () => {
    expect(displayName('+14155550100')).toBe('+1-415-555-0100');
    expect(displayName('+33612345678')).toBe('+33 6 12 34 56 78'.replaceAll(' ', '\u00A0'));
    expect(displayName('  ')).toBeNull();
  });
});

describe('swiping (DECK-2)', () => {
  it('deck_2_a_drag_is_a_swipe_only_when_it_goes_across', () => {
    expect(axisOf(3, 3)).toBe('undecided');
    expect(axisOf(12, 4)).toBe('across');
    expect(axisOf(4, 12)).toBe('along');
  });

  it('deck_2_far_enough_or_fast_enough_to_the_right_is_done_and_to_the_left_is_snooze', () => {
    expect(swipeOf(140, 0, 358, false)).toBe('done');
    expect(swipeOf(60, 0.8, 358, false)).toBe('done');
    expect(swipeOf(60, 0.1, 358, false)).toBeNull();
    expect(swipeOf(60, -2, 358, false)).toBeNull();
    expect(swipeOf(20, 2, 358, false)).toBeNull();
    expect(swipeOf(-300, -2, 358, false)).toBe('snooze');
    expect(swipeOf(-60, -0.8, 358, false)).toBe('snooze');
  });

  it('deck_2_right_to_left_scripts_swipe_the_other_way', () => {
    expect(swipeOf(-140, 0, 358, true)).toBe('done');
    expect(swipeOf(140, 1, 358, true)).toBe('snooze');
    expect(commitment(-1000, 358, true)).toBe(1);
    expect(commitment(-1000, 358, false)).toBe(-1);
  });
});

describe('snoozing (LIF-6)', () => {
  const at = (text: string): number => new Date(text).getTime();

  it('lif_6_the_choices_are_later_today_tomorrow_and_next_monday_morning', () => {
    expect(choices(at('2025-05-01T10:07:00'))).toEqual([
      { preset: 'later_today', atMs: at('2025-05-01T13:15:00') },
      { preset: 'tomorrow', atMs: at('2025-05-02T09:00:00') },
      { preset: 'next_week', atMs: at('2025-05-05T09:00:00') },
    ]);
  });

  it('lif_6_in_the_evening_there_is_no_later_today', () => {
    expect(choices(at('2025-05-01T18:30:00')).map(({ preset }) => preset)).toEqual(['tomorrow', 'next_week']);
  });

  it('lif_6_on_a_sunday_next_week_is_not_the_same_as_tomorrow', () => {
    expect(choices(at('2025-05-04T10:00:00'))[2]?.atMs).toBe(at('2025-05-12T09:00:00'));
    expect(choices(at('2025-05-05T10:00:00'))[2]?.atMs).toBe(at('2025-05-12T09:00:00'));
  });

  it('lif_6_a_time_of_ones_own_must_be_still_to_come', () => {
    const now = at('2025-05-01T10:00:00');
    expect(fromLocalField(localField(now + 60_000), now)).toBe(now + 60_000);
    expect(fromLocalField(localField(now), now)).toBeNull();
    expect(fromLocalField('', now)).toBeNull();
  });
});

describe('addresses', () => {
  it('every_screen_has_an_address_that_leads_back_to_it', () => {
    const routes: readonly Route[] = [
      { screen: 'deck' },
      { screen: 'leads', query: '?state=stale' },
      { screen: 'lead', id: '01a1-b', reply: false },
      { screen: 'lead', id: '01a1-b', reply: true },
      { screen: 'rescue' },
      { screen: 'connections' },
      { screen: 'rules', teamId: null },
      { screen: 'rules', teamId: 't1' },
      { screen: 'people' },
      { screen: 'more' },
    ];
    for (const route of routes) {
      const url = new URL(pathOf(route), 'http://x');
      expect(routeOf(url.pathname, url.search)).toEqual(route);
    }
    expect(routeOf('/nothing/here')).toEqual({ screen: 'deck' });
  });
});

describe('a thread', () => {
  const event = (id: string, occurred_at: string, more: Partial<Event> = {}): Event => ({
    id,
    lead_id: 'l',
    channel: 'sms',
    kind: 'message',
    direction: 'in',
    received_at: occurred_at,
    occurred_at,
    status: 'received',
    provider: 'twilio',
    ...more,
  });

  it('is_read_oldest_first_in_days_and_every_event_appears_once', () => {
    const events = [
      event('c', '2025-05-02T12:00:00Z'),
      event('b', '2025-05-01T12:05:00Z', { kind: 'state_change' }),
      event('a', '2025-05-01T12:00:00Z'),
      event('c', '2025-05-02T12:00:00Z'),
    ];
    const found = days(events).map((day) => day.entries.map((entry) => [entry.event.id, entry.as]));
    expect(found).toEqual([
      [
        ['a', 'message'],
        ['b', 'line'],
      ],
      [['c', 'message']],
    ]);
  });

  it('folds_the_quoted_past_of_a_mail_and_nothing_else', () => {
    expect(foldQuoted('Yes.\n\n> Is it free?\n> Ana')).toEqual({
      said: 'Yes.',
      quoted: '> Is it free?\n> Ana',
    });
    expect(foldQuoted('> only quoted')).toEqual({ said: '> only quoted', quoted: null });
    expect(foldQuoted('> a\nanswer below')).toEqual({ said: '> a\nanswer below', quoted: null });
  });
});

describe('the pace', () => {
  it('says_nothing_before_five_intervals_and_does_not_count_pauses', () => {
    let pace = NO_PACE;
    for (let card = 0; card <= 4; card += 1) pace = withCard(pace, card * 60_000);
    expect(minutesFor(pace, 9)).toBeNull();
    pace = withCard(pace, 10_000_000);
    expect(minutesFor(pace, 9)).toBeNull();
    pace = withCard(pace, 10_060_000);
    expect(minutesFor(pace, 9)).toBe(9);
    expect(minutesFor(pace, 0)).toBe(1);
  });
});
