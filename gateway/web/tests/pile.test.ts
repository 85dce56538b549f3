import { describe, expect, it } from 'vitest';
import { arrange, choose, giveBack, next, NO_PILE, previous, settle } from '../src/core/pile';
import { card } from './build';

const A = card({ id: 'a', urgency: 0.9 });
const B = card({ id: 'b', urgency: 0.5 });
const C = card({ id: 'c', urgency: 0.1 });
const ALL = [C, A, B];

function ids(cards: readonly { readonly id: string }[]): string {
  return cards.map(({ id }) => id).join('');
}

describe('the order of cards (DECK-1)', () => {
  it('deck_1_the_most_urgent_comes_first_then_the_earliest_deadline_then_the_id', () => {
    const cards = [
      card({ id: '4', urgency: 0.2, due_at: '2025-05-03T10:00:00Z' }),
      card({ id: '3', urgency: 0.8, due_at: '2025-05-03T11:00:00Z' }),
      card({ id: '2', urgency: 0.8, due_at: '2025-05-03T11:00:00Z' }),
      card({ id: '1', urgency: 0.8, due_at: '2025-05-03T12:00:00Z' }),
    ];
    expect(ids(arrange(cards, NO_PILE))).toBe('2314');
  });

  it('a_new_card_slides_in_below_the_top_one_however_urgent_it_is', () => {
    const pile = settle([B, C], NO_PILE);
    expect(ids(arrange(ALL, settle(ALL, pile)))).toBe('bac');
  });

  it('the_top_card_gives_way_only_when_it_is_gone', () => {
    const pile = settle(ALL, { ...NO_PILE, topId: 'b' });
    expect(ids(arrange([A, C], settle([A, C], pile)))).toBe('ac');
  });
});

describe('going through the pile', () => {
  it('next_lays_the_top_card_at_the_bottom_and_goes_round', () => {
    let pile = settle(ALL, NO_PILE);
    const seen: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      seen.push(ids(arrange(ALL, pile)));
      pile = next(ALL, pile);
    }
    expect(seen).toEqual(['abc', 'bca', 'cab', 'abc']);
  });

  it('previous_takes_the_last_one_up_again_and_stops_at_the_beginning', () => {
    let pile = next(ALL, next(ALL, settle(ALL, NO_PILE)));
    pile = previous(pile);
    expect(pile.topId).toBe('b');
    pile = previous(pile);
    expect(pile.topId).toBe('a');
    expect(previous(pile)).toBe(pile);
  });

  it('next_with_a_single_card_leaves_it_where_it_is', () => {
    const pile = settle([A], NO_PILE);
    expect(next([A], pile)).toBe(pile);
  });

  it('choosing_lays_a_card_on_top_and_the_old_top_back_in_its_place', () => {
    const pile = choose(ALL, settle(ALL, NO_PILE), 'c');
    expect(ids(arrange(ALL, pile))).toBe('cab');
    expect(choose(ALL, pile, 'nobody')).toBe(pile);
  });

  it('deck_4_a_card_given_back_lies_right_below_the_top_one', () => {
    const pile = giveBack(settle(ALL, NO_PILE), 'c');
    expect(ids(arrange(ALL, pile))).toBe('acb');
    expect(settle([A, B], pile).returned).toEqual([]);
  });
});
