import { describe, expect, it } from 'vitest';
import { madeAtMs, readCard } from '../src/core/card';
import { share, span } from '../src/core/due';
import { displayName, initials } from '../src/core/names';
import { readProblem } from '../src/core/problem';
import { delayMs, verdictOf } from '../src/core/reconnect';
import { axisOf, commitment, isDone, shiftPx } from '../src/core/swipe';
import { readFrame } from '../src/core/wire';
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
      retryAfterS: 7,
    });
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
    expect(displayName('+33612345678')).toBe('+33612345678');
    expect(displayName('  ')).toBeNull();
  });
});

describe('swiping (DECK-2)', () => {
  it('deck_2_a_drag_is_a_swipe_only_when_it_goes_across', () => {
    expect(axisOf(3, 3)).toBe('undecided');
    expect(axisOf(12, 4)).toBe('across');
    expect(axisOf(4, 12)).toBe('along');
  });

  it('deck_2_far_enough_or_fast_enough_to_the_right_is_done', () => {
    expect(isDone(140, 0, 358, false)).toBe(true);
    expect(isDone(60, 0.8, 358, false)).toBe(true);
    expect(isDone(60, 0.1, 358, false)).toBe(false);
    expect(isDone(20, 2, 358, false)).toBe(false);
    expect(isDone(-300, -2, 358, false)).toBe(false);
  });

  it('deck_2_right_to_left_scripts_swipe_the_other_way', () => {
    expect(isDone(-140, 0, 358, true)).toBe(true);
    expect(isDone(140, 1, 358, true)).toBe(false);
    expect(shiftPx(-50, true)).toBe(-50);
    expect(shiftPx(-50, false)).toBeCloseTo(-7.5);
    expect(commitment(-1000, 358, true)).toBe(1);
  });
});
