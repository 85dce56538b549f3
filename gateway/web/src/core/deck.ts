/**
 * The deck as the server last told it: cards at a position (DECK-3).
 *
 * Promises: after any sequence of snapshots, resumptions and deltas that were accepted, the cards are
 * exactly the server's at that position. A delta that does not follow is refused as a gap and changes
 * nothing; one that is already contained is ignored.
 * Does not know: sockets, actions that are still on their way, or which card lies on top.
 */

import type { Card } from './card';
import type { Delta, Op, Position } from './wire';

export interface Deck {
  /** `null` until the first snapshot. */
  readonly position: Position | null;
  readonly cards: ReadonlyMap<string, Card>;
  /** Of an earlier visit, without the cards acted on, or not all of it: shown, but nothing to resume from. */
  readonly remembered: boolean;
  /** Less urgent cards that the server has and did not tell yet. */
  readonly beyond: number;
}

export const NO_DECK: Deck = { position: null, cards: new Map(), remembered: false, beyond: 0 };

export function fromSnapshot(position: Position, cards: readonly Card[]): Deck {
  return { ...NO_DECK, position, cards: new Map(cards.map((card) => [card.id, card])) };
}

/** The deck of an earlier visit, or the beginning of one: for as long as the line has not told all of it. */
export function before(position: Position, cards: readonly Card[], beyond = 0): Deck {
  return { ...fromSnapshot(position, cards), remembered: true, beyond };
}

export function resume(deck: Deck, position: Position, ops: readonly Op[]): Deck {
  return { ...NO_DECK, position, cards: withOps(deck.cards, ops) };
}

/** `'gap'` when something between our offset and this delta was not seen. */
export function follow(deck: Deck, delta: Delta): Deck | 'gap' {
  if (deck.position === null) return 'gap';
  if (delta.offset <= deck.position.offset) return deck;
  if (delta.prev !== deck.position.offset) return 'gap';
  const position = { ...deck.position, offset: delta.offset };
  return { ...NO_DECK, position, cards: withOps(deck.cards, delta.ops) };
}

/** A card that came with an answer, outside the order of deltas: taken only if it is newer. */
export function learn(deck: Deck, card: Card): Deck {
  const known = deck.cards.get(card.id);
  if (known !== undefined && known.version >= card.version) return deck;
  return { ...deck, cards: withOps(deck.cards, [{ put: card }]) };
}

function withOps(cards: ReadonlyMap<string, Card>, ops: readonly Op[]): ReadonlyMap<string, Card> {
  const next = new Map(cards);
  for (const op of ops) {
    if ('put' in op) next.set(op.put.id, op.put);
    else next.delete(op.del);
  }
  return next;
}
