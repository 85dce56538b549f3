import { describe, expect, it } from 'vitest';
import { corrected, OWN_CLOCK, readClock, serverMs, untilMs, type Reading } from '../src/core/clock';

const HOUR_MS = 3_600_000;
const NOON = Date.parse('2025-05-03T12:00:00Z');

describe('the clock of the server (LIF-2)', () => {
  it('lif_2_a_device_that_agrees_as_far_as_can_be_told_keeps_its_own_clock', () => {
    const told = { nowMs: NOON + 120, pace: 1 };
    expect(corrected(OWN_CLOCK, told, NOON, NOON + 200)).toBe(OWN_CLOCK);
    expect(serverMs(OWN_CLOCK, NOON)).toBe(NOON);
  });

  it('lif_2_a_device_that_is_hours_off_is_corrected_to_within_half_the_way', () => {
    for (const off of [-5 * HOUR_MS, 3 * HOUR_MS]) {
      for (const readAfter of [0, 100, 400]) {
        const reading = corrected(
          OWN_CLOCK,
          { nowMs: NOON + readAfter, pace: 1 },
          NOON + off,
          NOON + off + 400,
        );
        expect(Math.abs(serverMs(reading, NOON + off + 10_000) - (NOON + 10_000))).toBeLessThanOrEqual(200);
      }
    }
  });

  it('lif_2_a_slow_answer_does_not_make_what_is_known_worse', () => {
    const known = corrected(OWN_CLOCK, { nowMs: NOON, pace: 1 }, NOON + HOUR_MS, NOON + HOUR_MS + 10);
    const slow = corrected(
      known,
      { nowMs: NOON + 60_000, pace: 1 },
      NOON + HOUR_MS + 60_000,
      NOON + HOUR_MS + 69_000,
    );
    expect(slow).toBe(known);
  });

  it('lif_2_a_device_whose_clock_is_set_right_meanwhile_is_believed_again', () => {
    const wrong = corrected(OWN_CLOCK, { nowMs: NOON, pace: 1 }, NOON - HOUR_MS, NOON - HOUR_MS + 20);
    const right = corrected(wrong, { nowMs: NOON + 1000, pace: 1 }, NOON + 1000, NOON + 1020);
    expect(Math.abs(serverMs(right, NOON + 2000) - (NOON + 2000))).toBeLessThanOrEqual(10);
  });

  it('lif_2_a_demo_that_runs_sixty_times_as_fast_is_followed_and_waited_for', () => {
    const reading = corrected(OWN_CLOCK, { nowMs: NOON - 50 * HOUR_MS, pace: 60 }, NOON, NOON + 100);
    const after = serverMs(reading, NOON + 60_000 + 50);
    expect(Math.abs(after - (NOON - 49 * HOUR_MS))).toBeLessThanOrEqual(3000);
    expect(Math.round(untilMs(reading, after + HOUR_MS, NOON + 60_000 + 50))).toBe(60_000);
    // Another pace is news, however near the time is.
    const slower: Reading = corrected(
      reading,
      { nowMs: serverMs(reading, NOON + 200), pace: 1 },
      NOON + 200,
      NOON + 200,
    );
    expect(slower.pace).toBe(1);
  });

  it('lif_2_what_is_no_clock_is_not_read_as_one', () => {
    const now = '2025-05-03T12:00:00.000Z';
    expect(readClock({ now, pace: 60 })).toEqual({ nowMs: NOON, pace: 60 });
    for (const body of [null, {}, { now }, { pace: 1 }, { now: 'noon', pace: 1 }, { now, pace: 0 }]) {
      expect(readClock(body)).toBeNull();
    }
  });
});
