/**
 * Which card lies on top, and what lies below it.
 *
 * Promises: the top card stays under the thumb until it is gone or the person moves on; new cards, however
 * urgent, slide in below it (experience.md "Live means calm"). A card that came back from a refused action
 * lies next. Passing a card lays it at the bottom; going back takes it up again.
 * Does not know: offsets, actions or reasons.
 */

import { byUrgency, type Card } from './card';

export interface Pile {
  readonly topId: string | null;
  /** Laid at the bottom by "next", oldest first. */
  readonly passed: readonly string[];
  /** Came back from a refused action, newest first. */
  readonly returned: readonly string[];
}

export const NO_PILE: Pile = { topId: null, passed: [], returned: [] };

/** The cards in the order they lie, top first. */
export function arrange(cards: readonly Card[], pile: Pile): readonly Card[] {
  const byId = new Map(cards.map((card) => [card.id, card]));
  const top = pile.topId === null ? undefined : byId.get(pile.topId);
  const returned = pick(byId, pile.returned, top);
  const passed = pick(byId, pile.passed, top);
  const placed = new Set([top, ...returned, ...passed]);
  const fresh = cards.filter((card) => !placed.has(card)).sort(byUrgency);
  return [...(top === undefined ? [] : [top]), ...returned, ...fresh, ...passed];
}

/** Call after the cards changed: forgets those that left, and puts the next one on top if the top left. */
export function settle(cards: readonly Card[], pile: Pile): Pile {
  const here = new Set(cards.map((card) => card.id));
  const kept: Pile = {
    topId: pile.topId !== null && here.has(pile.topId) ? pile.topId : null,
    passed: pile.passed.filter((id) => here.has(id)),
    returned: pile.returned.filter((id) => here.has(id)),
  };
  return kept.topId === null ? raise(kept, arrange(cards, kept)[0]?.id ?? null) : kept;
}

/** Lays the top card at the bottom. */
export function next(cards: readonly Card[], pile: Pile): Pile {
  if (pile.topId === null || cards.length < 2) return pile;
  const following = arrange(cards, pile)[1];
  return raise({ ...pile, passed: [...pile.passed, pile.topId] }, following?.id ?? null);
}

/** Takes the card laid down last up again. */
export function previous(pile: Pile): Pile {
  const last = pile.passed[pile.passed.length - 1];
  return last === undefined ? pile : raise(pile, last);
}

export function choose(cards: readonly Card[], pile: Pile, cardId: string): Pile {
  return cards.some((card) => card.id === cardId) ? raise(pile, cardId) : pile;
}

/** A refused card returns right below the top one. */
export function giveBack(pile: Pile, cardId: string): Pile {
  return { ...pile, returned: [cardId, ...pile.returned.filter((id) => id !== cardId)] };
}

function raise(pile: Pile, topId: string | null): Pile {
  return {
    topId,
    passed: pile.passed.filter((id) => id !== topId),
    returned: pile.returned.filter((id) => id !== topId),
  };
}

function pick(
  byId: ReadonlyMap<string, Card>,
  ids: readonly string[],
  except: Card | undefined,
): readonly Card[] {
  return ids.flatMap((id) => {
    const card = byId.get(id);
    return card === undefined || card === except ? [] : [card];
  });
}
