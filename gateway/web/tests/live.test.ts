import { describe, expect, it } from 'vitest';
import { HELLO_TIMEOUT_MS } from '../src/core/line';
import { wakeAtMs } from '../src/core/live_state';
import { ANSWER_TIMEOUT_MS, MAX_IN_FLIGHT, unanswered, visible } from '../src/core/outbox';
import { arrange } from '../src/core/pile';
import { acted, card, delta, Driver, resumed, snapshot } from './build';

function onTable(driver: Driver): readonly string[] {
  const { deck, outbox, pile } = driver.state;
  return arrange(visible(deck, outbox), pile).map((card) => card.id);
}

describe('a deck that came by another way than the line', () => {
  const fetched = {
    type: 'fetched',
    position: { epoch: 'e1', offset: 7 },
    cards: [card({ id: 'a' })],
    more: 0,
  } as const;

  it('web_1_it_is_shown_before_there_is_a_line_and_resumed_from', () => {
    const driver = new Driver();
    driver.take({ type: 'started' });
    driver.take(fetched);
    expect(onTable(driver)).toEqual(['a']);
    driver.take({ type: 'opened' });
    expect(driver.sent()).toEqual([{ hello: { client_id: 'client-1', epoch: 'e1', offset: 7 } }]);
    driver.receive(resumed(8, [{ put: { id: 'b' } }]));
    expect(onTable(driver)).toHaveLength(2);
  });

  it('web_1_it_takes_the_place_of_what_was_remembered_and_not_of_what_the_line_told', () => {
    const driver = new Driver();
    driver.take({ type: 'started' });
    driver.take({ type: 'remembered', position: { epoch: 'e1', offset: 5 }, cards: [card({ id: 'old' })] });
    driver.take(fetched);
    expect(onTable(driver)).toEqual(['a']);
    driver.take({ type: 'remembered', position: { epoch: 'e1', offset: 5 }, cards: [card({ id: 'old' })] });
    expect(onTable(driver)).toEqual(['a']);
    const live = new Driver().live([{ id: 'newer' }]);
    live.take(fetched);
    expect(onTable(live)).toEqual(['newer']);
  });

  it('web_1_the_beginning_of_a_deck_is_shown_and_counted_and_not_resumed_from', () => {
    const driver = new Driver();
    driver.take({ type: 'started' });
    driver.take({ ...fetched, more: 12 });
    expect(onTable(driver)).toEqual(['a']);
    expect(driver.state.deck.beyond).toBe(12);
    driver.take({ type: 'opened' });
    expect(driver.sent()).toEqual([{ hello: { client_id: 'client-1' } }]);
    driver.receive(snapshot(8, [{ id: 'a' }, { id: 'b' }]));
    expect(onTable(driver)).toEqual(['a', 'b']);
    expect(driver.state.deck.beyond).toBe(0);
  });

  it('deck_4_what_was_done_on_it_waits_for_the_line_and_leaves_once', () => {
    const driver = new Driver();
    driver.take({ type: 'started' });
    driver.take(fetched);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    expect(onTable(driver)).toEqual([]);
    driver.take(fetched);
    expect(onTable(driver)).toEqual([]);
    expect(unanswered(driver.state.outbox)).toBe(1);
  });
});

describe('the clock of the server', () => {
  const clock = { now: '2025-05-03T10:00:00Z', pace: 60 };
  const told = { nowMs: Date.parse(clock.now), pace: 60 };
  const greeting = (kind: string, more: object): string =>
    JSON.stringify({ [kind]: { epoch: 'e1', offset: 10, clock, ...more } });

  it('lif_2_every_answer_to_a_hello_says_what_time_it_is_and_when_that_was_asked', () => {
    const driver = new Driver();
    driver.take({ type: 'started' });
    driver.nowMs = 5000;
    driver.take({ type: 'opened' });
    driver.nowMs = 5300;
    driver.receive(greeting('snapshot', { cards: [] }));
    expect(driver.effects).toEqual([{ do: 'set_clock', told, askedMs: 5000 }]);
    driver.nowMs = 9000;
    driver.take({ type: 'looked_at' });
    driver.receive(greeting('resumed', { ops: [] }));
    expect(driver.effects).toEqual([{ do: 'set_clock', told, askedMs: 9000 }]);
  });

  it('lif_2_a_snapshot_that_nobody_asked_for_and_a_server_that_says_nothing_change_no_clock', () => {
    const driver = new Driver().live([]);
    expect(driver.asked()).toEqual([]);
    driver.receive(greeting('snapshot', { cards: [] }));
    expect(driver.asked()).toEqual([]);
  });
});

describe('following the deck (DECK-3)', () => {
  it('deck_3_the_first_hello_has_no_position_and_the_answer_lays_out_the_cards', () => {
    const driver = new Driver();
    expect(driver.take({ type: 'started' })).toEqual([{ do: 'connect' }]);
    driver.take({ type: 'opened' });
    expect(driver.sent()).toEqual([{ hello: { client_id: 'client-1' } }]);
    driver.receive(snapshot(10, [{ id: 'a' }]));
    expect(driver.state.link.phase).toBe('live');
    expect(onTable(driver)).toEqual(['a']);
  });

  it('deck_3_a_delta_that_follows_is_applied_and_moves_the_offset', () => {
    const driver = new Driver().live([{ id: 'a' }, { id: 'b' }]);
    driver.receive(delta(10, 11, [{ put: { id: 'c', urgency: 0.1 } }, { del: 'b' }]));
    expect(onTable(driver)).toEqual(['a', 'c']);
    expect(driver.state.deck.position).toEqual({ epoch: 'e1', offset: 11 });
  });

  it('deck_3_a_conflated_delta_over_many_offsets_is_one_step', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.receive(delta(10, 57, [{ put: { id: 'a', version: 9, preview: 'the latest' } }]));
    expect(driver.state.deck.position?.offset).toBe(57);
    expect(driver.state.deck.cards.get('a')?.preview).toBe('the latest');
  });

  it('deck_3_a_delta_seen_before_is_ignored', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.receive(delta(10, 11, [{ del: 'a' }]));
    driver.receive(delta(9, 10, [{ put: { id: 'a' } }]));
    expect(onTable(driver)).toEqual([]);
    expect(driver.sent()).toEqual([]);
  });

  it('deck_3_a_gap_changes_nothing_and_asks_to_resume_from_our_position', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.receive(delta(11, 12, [{ del: 'a' }]));
    expect(driver.sent()).toEqual([{ hello: { client_id: 'client-1', epoch: 'e1', offset: 10 } }]);
    expect(onTable(driver)).toEqual(['a']);
    driver.receive(delta(12, 13, [{ put: { id: 'late' } }]));
    expect(onTable(driver)).toEqual(['a']);
    expect(driver.sent()).toEqual([]);
    driver.receive(resumed(13, [{ del: 'a' }, { put: { id: 'late' } }]));
    expect(onTable(driver)).toEqual(['late']);
    driver.receive(delta(13, 14, [{ put: { id: 'next', urgency: 0.1 } }]));
    expect(onTable(driver)).toEqual(['late', 'next']);
  });

  it('deck_3_a_second_gap_asks_for_everything_and_a_third_gives_the_line_up', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.receive(delta(20, 21, []));
    driver.receive(resumed(10, []));
    driver.receive(delta(20, 21, []));
    expect(driver.sent()).toEqual([{ hello: { client_id: 'client-1' } }]);
    driver.receive(snapshot(15, [{ id: 'a' }]));
    driver.receive(delta(20, 21, []));
    expect(driver.asked()).toEqual(['hang_up']);
    expect(driver.state.link.phase).toBe('down');
  });

  it('deck_3_a_resumption_in_another_epoch_is_not_laid_over_old_cards', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'looked_at' });
    driver.receive(resumed(3, [{ put: { id: 'b' } }], 'e2'));
    expect(driver.sent()).toHaveLength(1);
    driver.receive(snapshot(3, [{ id: 'b' }], 'e2'));
    expect(onTable(driver)).toEqual(['b']);
  });

  it('a_frame_of_a_later_server_is_ignored_and_a_broken_one_gives_the_line_up', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.receive(JSON.stringify({ event: { lead_id: 'x' } }));
    expect(driver.effects).toEqual([]);
    driver.receive(JSON.stringify({ delta: { prev: 10, offset: 11, ops: [{ put: { id: 'no version' } }] } }));
    expect(driver.asked()).toEqual(['hang_up']);
    expect(driver.state.deck.position?.offset).toBe(10);
  });
});

describe('losing and finding the line', () => {
  it('deck_3_after_a_lost_line_the_hello_resumes_where_it_was', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'closed', code: 1006 });
    expect(driver.state.link.phase).toBe('down');
    driver.nowMs = wakeAtMs(driver.state) ?? 0;
    expect(driver.take({ type: 'woke' })).toEqual([{ do: 'connect' }]);
    driver.take({ type: 'opened' });
    expect(driver.sent()).toEqual([{ hello: { client_id: 'client-1', epoch: 'e1', offset: 10 } }]);
    driver.receive(resumed(11, [{ put: { id: 'b', urgency: 0.1 } }]));
    expect(onTable(driver)).toEqual(['a', 'b']);
  });

  it('a_close_code_of_the_first_range_reconnects_at_once_but_only_after_a_live_line', () => {
    const driver = new Driver().live([]);
    expect(driver.take({ type: 'closed', code: 4001 })).toEqual([{ do: 'connect' }]);
    expect(driver.take({ type: 'closed', code: 4001 })).toEqual([]);
    expect(driver.state.link.phase).toBe('down');
  });

  it('a_close_code_of_the_second_range_waits_and_of_the_third_signs_out', () => {
    const later = new Driver().live([]);
    expect(later.take({ type: 'closed', code: 4100 })).toEqual([]);
    expect(wakeAtMs(later.state)).toBeGreaterThan(later.nowMs);
    const never = new Driver().live([]);
    never.take({ type: 'closed', code: 4200 });
    expect(never.asked()).toEqual(['hang_up', 'sign_out']);
    expect(never.take({ type: 'online' })).toEqual([]);
    expect(wakeAtMs(never.state)).toBeNull();
  });

  it('back_off_doubles_from_half_a_second_to_fifteen_and_a_live_line_starts_it_over', () => {
    const driver = new Driver();
    driver.chance = 0.999999;
    driver.take({ type: 'started' });
    const delays: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      driver.take({ type: 'connect_failed', verdict: 'later', retryAfterMs: null });
      const wake = wakeAtMs(driver.state) ?? 0;
      delays.push(wake - driver.nowMs);
      driver.nowMs = wake;
      driver.take({ type: 'woke' });
    }
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
    driver.take({ type: 'opened' });
    driver.receive(snapshot(1, []));
    expect(driver.state.link.attempt).toBe(0);
  });

  it('retry_after_is_respected_when_it_is_longer', () => {
    const driver = new Driver();
    driver.take({ type: 'started' });
    driver.take({ type: 'connect_failed', verdict: 'later', retryAfterMs: 30_000 });
    expect(wakeAtMs(driver.state)).toBe(driver.nowMs + 30_000);
  });

  it('a_line_that_does_not_answer_the_hello_is_given_up', () => {
    const driver = new Driver().live([]);
    driver.take({ type: 'looked_at' });
    driver.nowMs += HELLO_TIMEOUT_MS;
    driver.take({ type: 'woke' });
    expect(driver.asked()).toEqual(['hang_up']);
  });

  it('a_timer_that_fires_early_does_nothing', () => {
    const driver = new Driver().live([]);
    driver.take({ type: 'closed', code: 1006 });
    expect(driver.take({ type: 'woke' })).toEqual([]);
  });
});

describe('actions (DECK-4)', () => {
  it('deck_4_done_takes_the_card_away_keeps_it_and_sends_it_with_its_version', () => {
    const driver = new Driver().live([
      { id: 'a', version: 7 },
      { id: 'b', urgency: 0.1 },
    ]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    expect(driver.asked()).toEqual(['keep', 'send']);
    expect(driver.sent()).toEqual([
      {
        act: { mutation_id: 'm1', lead_id: 'lead-of-a', card_id: 'a', expected_version: 7, kind: 'done' },
      },
    ]);
    expect(onTable(driver)).toEqual(['b']);
  });

  it('deck_4_the_card_stays_away_between_the_answer_and_the_delta', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.receive(acted('m1', { offset: 11 }));
    expect(driver.asked()).toEqual(['count_done']);
    expect(onTable(driver)).toEqual([]);
    driver.receive(delta(10, 11, [{ del: 'a' }]));
    expect(driver.effects).toEqual([{ do: 'forget', mutationId: 'm1' }]);
    expect(driver.state.outbox).toEqual([]);
  });

  it('deck_4_the_delta_may_come_before_the_answer', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.receive(delta(10, 11, [{ del: 'a' }]));
    driver.receive(acted('m1', { offset: 11 }));
    expect(driver.asked()).toEqual(['count_done', 'forget']);
    expect(driver.state.doneCount).toBe(1);
  });

  it('deck_4_an_answer_without_an_offset_holds_until_the_card_goes', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.receive(acted('m1', { offset: null }));
    expect(onTable(driver)).toEqual([]);
    driver.receive(delta(10, 11, [{ del: 'a' }]));
    expect(driver.asked()).toEqual(['forget']);
  });

  it('deck_4_an_answer_counts_once_however_often_it_comes', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.receive(acted('m1', { offset: 11 }));
    driver.receive(acted('m1', { offset: 11 }));
    expect(driver.effects).toEqual([]);
    expect(driver.state.doneCount).toBe(1);
  });

  it('deck_4_the_same_card_is_acted_on_once_while_the_answer_is_out', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    expect(driver.take({ type: 'done', cardId: 'a', mutationId: 'm2' })).toEqual([]);
  });

  it('deck_4_actions_made_offline_leave_in_order_after_the_hello_is_answered', () => {
    const driver = new Driver().live([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    driver.take({ type: 'closed', code: 1006 });
    for (const id of ['c', 'a', 'b']) {
      driver.nowMs += 1;
      driver.take({ type: 'done', cardId: id, mutationId: `m-${id}` });
      expect(driver.asked()).toEqual(['keep']);
    }
    expect(unanswered(driver.state.outbox)).toBe(3);
    driver.take({ type: 'online' });
    driver.take({ type: 'opened' });
    expect(driver.sent()).toHaveLength(1);
    driver.receive(resumed(10, []));
    expect(driver.sent().map((frame) => frame['act']?.['mutation_id'])).toEqual(['m-c', 'm-a', 'm-b']);
  });

  it('deck_4_after_a_lost_line_an_unanswered_action_is_sent_again_under_the_same_id', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.take({ type: 'closed', code: 4000 });
    driver.take({ type: 'opened' });
    driver.receive(resumed(11, [{ del: 'a' }]));
    expect(driver.sent().map((frame) => frame['act']?.['mutation_id'])).toEqual(['m1']);
    driver.receive(acted('m1', { offset: 11 }));
    expect(driver.state.outbox).toEqual([]);
  });

  it('deck_4_actions_of_an_earlier_visit_are_replayed_in_the_order_they_were_made', () => {
    const entry = { leadId: 'l', expectedVersion: 1, kind: 'done', until: null } as const;
    const driver = new Driver([
      { ...entry, mutationId: 'second', cardId: 'b', madeAtMs: 2 },
      { ...entry, mutationId: 'first', cardId: 'a', madeAtMs: 1 },
    ]);
    driver.take({ type: 'started' });
    driver.take({ type: 'opened' });
    driver.receive(snapshot(10, [{ id: 'a' }, { id: 'b' }, { id: 'c' }]));
    expect(onTable(driver)).toEqual(['c']);
    expect(driver.sent().map((frame) => frame['act']?.['mutation_id'])).toEqual(['first', 'second']);
  });

  it('deck_4_a_conflict_brings_the_card_back_below_the_top_one_with_its_reason', () => {
    const driver = new Driver().live([
      { id: 'a', urgency: 0.9, lead_name: 'Omar Haddad' },
      { id: 'b', urgency: 0.5 },
      { id: 'c', urgency: 0.4 },
    ]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.receive(acted('m1', { result: 'conflict', code: 'card_changed' }));
    expect(driver.asked()).toEqual(['forget']);
    expect(onTable(driver)).toEqual(['b', 'a', 'c']);
    expect(driver.state.refusals).toEqual([
      { cardId: 'a', leadName: 'Omar Haddad', result: 'conflict', code: 'card_changed' },
    ]);
    driver.take({ type: 'dismiss', cardId: 'a' });
    expect(driver.state.refusals).toEqual([]);
  });

  it('deck_4_a_refusal_may_bring_the_newer_card', () => {
    const driver = new Driver().live([{ id: 'a', version: 1 }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    const newer = { id: 'a', lead_id: 'lead-of-a', version: 2, preview: 'wait, one more thing' };
    driver.receive(acted('m1', { result: 'conflict', code: 'card_changed', card: newer }));
    expect(driver.state.deck.cards.get('a')?.preview).toBe('wait, one more thing');
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm2' });
    expect(driver.sent()[0]?.['act']?.['expected_version']).toBe(2);
    expect(driver.state.refusals).toEqual([]);
  });

  it('deck_4_a_refusal_about_a_card_that_is_gone_still_names_the_lead', () => {
    const driver = new Driver().live([{ id: 'a', lead_name: 'Omar Haddad' }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.receive(delta(10, 11, [{ del: 'a' }]));
    driver.receive(acted('m1', { result: 'rejected', code: 'lead_not_found' }));
    expect(driver.state.refusals[0]?.leadName).toBe('Omar Haddad');
    expect(onTable(driver)).toEqual([]);
  });

  it('deck_4_an_action_without_an_answer_gives_the_line_up_and_is_replayed', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.nowMs += ANSWER_TIMEOUT_MS;
    driver.take({ type: 'woke' });
    expect(driver.asked()).toEqual(['hang_up']);
    driver.take({ type: 'online' });
    driver.take({ type: 'opened' });
    driver.receive(resumed(10, []));
    expect(driver.sent().map((frame) => frame['act']?.['mutation_id'])).toEqual(['m1']);
  });

  it('deck_4_no_more_than_a_few_actions_are_out_at_once', () => {
    const many = Array.from({ length: MAX_IN_FLIGHT + 2 }, (_, index) => ({ id: `c${index}` }));
    const driver = new Driver().live(many);
    driver.take({ type: 'closed', code: 1006 });
    for (const { id } of many) driver.take({ type: 'done', cardId: id, mutationId: `m-${id}` });
    driver.take({ type: 'online' });
    driver.take({ type: 'opened' });
    driver.receive(resumed(10, []));
    expect(driver.sent()).toHaveLength(MAX_IN_FLIGHT);
    driver.receive(acted('m-c0', { offset: 11 }));
    expect(driver.sent()).toHaveLength(1);
  });

  it('deck_4_a_rebuilt_deck_does_not_bring_back_what_was_applied', () => {
    const driver = new Driver().live([{ id: 'a', version: 3 }]);
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.receive(acted('m1', { offset: 4000 }));
    driver.take({ type: 'looked_at' });
    driver.receive(snapshot(2, [{ id: 'a', version: 3 }], 'e2'));
    expect(onTable(driver)).toEqual([]);
    driver.receive(delta(2, 3, [{ put: { id: 'a', version: 4 } }]));
    expect(onTable(driver)).toEqual(['a']);
  });
});

describe('undo and snooze (DECK-2)', () => {
  const held = (): Driver => new Driver([], 5000).live([{ id: 'a', urgency: 0.9 }, { id: 'b' }]);

  it('deck_2_an_action_waits_five_seconds_for_its_undo_and_then_leaves', () => {
    const driver = held();
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    expect(driver.asked()).toEqual(['keep']);
    expect(onTable(driver)).toEqual(['b']);
    expect(wakeAtMs(driver.state)).toBe(driver.nowMs + 5000);
    driver.nowMs += 4999;
    driver.take({ type: 'woke' });
    expect(driver.sent()).toEqual([]);
    driver.nowMs += 1;
    driver.take({ type: 'woke' });
    expect(driver.sent()).toHaveLength(1);
  });

  it('deck_2_undo_lays_the_card_back_on_top_and_nothing_ever_leaves', () => {
    const driver = held();
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.take({ type: 'undo' });
    expect(driver.effects).toEqual([{ do: 'forget', mutationId: 'm1' }]);
    expect(onTable(driver)).toEqual(['a', 'b']);
    driver.nowMs += 6000;
    driver.take({ type: 'woke' });
    expect(driver.sent()).toEqual([]);
  });

  it('deck_2_undo_takes_back_one_action_after_the_other_newest_first', () => {
    const driver = held();
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.take({ type: 'done', cardId: 'b', mutationId: 'm2' });
    driver.take({ type: 'undo' });
    driver.take({ type: 'undo' });
    driver.take({ type: 'undo' });
    expect(onTable(driver)).toEqual(['a', 'b']);
  });

  it('deck_2_what_has_left_cannot_be_taken_back', () => {
    const driver = held();
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.nowMs += 5000;
    driver.take({ type: 'woke' });
    driver.take({ type: 'undo' });
    expect(driver.effects).toEqual([]);
    expect(onTable(driver)).toEqual(['b']);
  });

  it('deck_2_a_page_that_goes_out_of_sight_sends_what_it_held', () => {
    const driver = held();
    driver.take({ type: 'done', cardId: 'a', mutationId: 'm1' });
    driver.take({ type: 'left' });
    expect(driver.sent()).toHaveLength(1);
  });

  it('deck_2_a_snooze_says_until_when_and_is_not_counted_as_done', () => {
    const driver = new Driver().live([{ id: 'a', version: 3 }]);
    const untilMs = Date.parse('2025-05-04T09:00:00Z');
    driver.take({ type: 'snooze', cardId: 'a', mutationId: 'm1', untilMs });
    expect(driver.sent()).toEqual([
      {
        act: {
          mutation_id: 'm1',
          lead_id: 'lead-of-a',
          card_id: 'a',
          expected_version: 3,
          kind: 'snooze',
          until: '2025-05-04T09:00:00.000Z',
        },
      },
    ]);
    driver.receive(acted('m1', { offset: 11 }));
    expect(driver.asked()).not.toContain('count_done');
  });
});

describe('a deck that was kept (WEB-1)', () => {
  const kept = { type: 'remembered', position: { epoch: 'e1', offset: 7 } } as const;

  it('web_1_is_shown_until_the_server_says_how_it_is', () => {
    const driver = new Driver();
    driver.take({ type: 'started' });
    driver.take({ ...kept, cards: [card({ id: 'a' })] });
    expect(onTable(driver)).toEqual(['a']);
    driver.take({ type: 'opened' });
    // It lacks what was acted on: nothing can be resumed from it.
    expect(driver.sent()).toEqual([{ hello: { client_id: 'client-1' } }]);
    driver.receive(snapshot(8, [{ id: 'b' }]));
    expect(onTable(driver)).toEqual(['b']);
    driver.take({ type: 'looked_at' });
    expect(driver.sent()).toEqual([{ hello: { client_id: 'client-1', epoch: 'e1', offset: 8 } }]);
  });

  it('web_1_never_takes_the_place_of_what_the_server_said', () => {
    const driver = new Driver().live([{ id: 'a' }]);
    driver.take({ ...kept, cards: [card({ id: 'old' })] });
    expect(onTable(driver)).toEqual(['a']);
  });
});
