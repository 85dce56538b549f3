/**
 * A seeded world: a model server that follows surface.md, a line that breaks, loses, conflates and skips, and
 * the real client machine. Whatever happened, once the line holds the client shows exactly the server's deck
 * and every action was applied once, in the order it was made. A failing seed is in the test's name.
 */

import { describe, expect, it } from 'vitest';
import type { Effect, Input } from '../src/core/live_state';
import { begin, wakeAtMs, type State } from '../src/core/live_state';
import { step } from '../src/core/live';
import { visible, type Entry } from '../src/core/outbox';
import { wireCard, type OpSpec } from './build';

type Frame = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** mulberry32: small, good enough, and the same everywhere. */
function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The server's side, written from the specification and not from the client. */
class ModelServer {
  epoch = 1;
  offset = 0;
  floor = 0;
  cards = new Map<string, { id: string; version: number; urgency: number }>();
  log: { offset: number; op: OpSpec }[] = [];
  results = new Map<string, Readonly<Record<string, unknown>>>();
  applied: string[] = [];
  #made = 0;

  change(chance: () => number): void {
    const ids = [...this.cards.keys()];
    const chosen = ids[Math.floor(chance() * ids.length)];
    const dice = chance();
    if (chosen === undefined || dice < 0.6)
      this.put({ id: `c${(this.#made += 1)}`, version: 1, urgency: chance() });
    else if (dice < 0.8)
      this.put({ id: chosen, version: (this.cards.get(chosen)?.version ?? 0) + 1, urgency: chance() });
    else this.del(chosen);
  }

  put(card: { id: string; version: number; urgency: number }): void {
    this.cards.set(card.id, card);
    this.log.push({ offset: (this.offset += 1), op: { put: card } });
  }

  del(id: string): void {
    this.cards.delete(id);
    this.log.push({ offset: (this.offset += 1), op: { del: id } });
  }

  rebuild(): void {
    this.epoch += 1;
    this.offset = 0;
    this.log = [];
  }

  hello(epoch: unknown, offset: unknown): Frame {
    const position = { epoch: `e${this.epoch}`, offset: this.offset };
    if (
      epoch === position.epoch &&
      typeof offset === 'number' &&
      offset >= this.floor &&
      offset <= this.offset
    ) {
      return { resumed: { ...position, ops: this.since(offset) } };
    }
    return { snapshot: { ...position, cards: [...this.cards.values()].map(wireCard) } };
  }

  since(offset: number): readonly unknown[] {
    const latest = new Map<string, OpSpec>();
    for (const entry of this.log.filter((logged) => logged.offset > offset)) {
      const id = 'put' in entry.op ? entry.op.put.id : entry.op.del;
      latest.delete(id);
      latest.set(id, entry.op);
    }
    return [...latest.values()].map((op) => ('put' in op ? { put: wireCard(op.put) } : op));
  }

  act(act: Readonly<Record<string, unknown>>): Frame {
    const id = String(act['mutation_id']);
    const known = this.results.get(id);
    if (known !== undefined) return { acted: known };
    const cardId = String(act['card_id']);
    const card = this.cards.get(cardId);
    const answer = (result: string, code: string | null, offset: number | null) => {
      const made = { mutation_id: id, result, code, offset, card: null };
      this.results.set(id, made);
      return { acted: made };
    };
    if (card === undefined) return answer('conflict', 'card_not_open', null);
    if (card.version !== act['expected_version']) return answer('conflict', 'card_changed', null);
    this.applied.push(id);
    this.del(cardId);
    return answer('applied', null, this.offset);
  }
}

class World {
  readonly server = new ModelServer();
  state: State;
  /** What survives a reload of the page. */
  kept = new Map<string, Entry>();
  made: string[] = [];
  undone = new Set<string>();
  nowMs = 0;
  #toServer: string[] = [];
  #toClient: string[] = [];
  #connected = false;
  #greeted = false;
  #told = 0;
  #connecting = false;

  constructor(
    readonly chance: () => number,
    readonly holdMs: number,
  ) {
    this.state = begin('client', [], holdMs);
    this.take({ type: 'started' });
  }

  take(input: Input): void {
    const made = step(this.state, input, { nowMs: this.nowMs, chance: this.chance() });
    this.state = made.state;
    for (const effect of made.effects) this.perform(effect);
  }

  perform(effect: Effect): void {
    if (effect.do === 'connect') {
      this.cut();
      this.#connecting = true;
    } else if (effect.do === 'send' && this.#connected) this.#toServer.push(effect.text);
    else if (effect.do === 'hang_up') this.cut();
    else if (effect.do === 'keep') this.kept.set(effect.entry.mutationId, effect.entry);
    else if (effect.do === 'forget') this.kept.delete(effect.mutationId);
  }

  cut(): void {
    this.#connected = this.#greeted = this.#connecting = false;
    this.#toServer = [];
    this.#toClient = [];
  }

  /** One thing happens. `rough` is how often it is something bad. */
  turn(rough: number): void {
    this.nowMs += 1 + Math.floor(this.chance() * 400);
    const wake = wakeAtMs(this.state);
    if (wake !== null && wake <= this.nowMs) this.take({ type: 'woke' });
    if (this.chance() < rough) this.misfortune();
    else this.progress();
  }

  misfortune(): void {
    const dice = this.chance();
    if (dice < 0.35) {
      const live = this.#connected || this.#connecting;
      this.cut();
      const codes = [1006, 1011, 4000, 4100];
      if (live) this.take({ type: 'closed', code: codes[Math.floor(this.chance() * codes.length)] ?? null });
    } else if (dice < 0.5) this.#toClient.shift();
    // What we send on a socket arrives in order or not at all: it is lost in silence only with the rest.
    else if (dice < 0.6) this.cut();
    else if (dice < 0.65) this.server.rebuild();
    else if (dice < 0.75) this.server.floor = Math.floor(this.chance() * this.server.offset);
    else if (dice < 0.85) this.reload();
    else this.take({ type: this.chance() < 0.5 ? 'looked_at' : 'online' });
  }

  reload(): void {
    this.cut();
    this.state = begin('client', [...this.kept.values()], this.holdMs);
    this.take({ type: 'started' });
  }

  progress(): void {
    if (this.#connecting) {
      this.#connecting = false;
      this.#connected = true;
      this.take({ type: 'opened' });
      return;
    }
    this.serve();
    const frame = this.#toClient.shift();
    if (frame !== undefined) this.take({ type: 'received', text: frame });
  }

  serve(): void {
    const text = this.#toServer.shift();
    const frame = text === undefined ? {} : (JSON.parse(text) as Frame);
    if (frame['hello'] !== undefined) {
      this.tell(this.server.hello(frame['hello']['epoch'], frame['hello']['offset']));
      this.#greeted = true;
      this.#told = this.server.offset;
    }
    if (frame['act'] !== undefined) this.tell(this.server.act(frame['act']));
    // Sometimes late, so that many changes become one delta.
    if (this.#greeted && this.#told > this.server.offset) this.#told = this.server.offset;
    if (this.#greeted && this.server.offset > this.#told && this.chance() < 0.7) {
      const ops = this.server.since(this.#told);
      this.tell({ delta: { prev: this.#told, offset: this.server.offset, ops } });
      this.#told = this.server.offset;
    }
  }

  tell(frame: Frame): void {
    this.#toClient.push(JSON.stringify(frame));
  }

  act(): void {
    const cards = visible(this.state.deck, this.state.outbox);
    const card = cards[Math.floor(this.chance() * cards.length)];
    if (card === undefined) return;
    this.nowMs += 1;
    const mutationId = `m${this.made.length}`;
    this.made.push(mutationId);
    if (this.chance() < 0.5) this.take({ type: 'done', cardId: card.id, mutationId });
    else this.take({ type: 'snooze', cardId: card.id, mutationId, untilMs: this.nowMs + 3_600_000 });
  }

  /** Whatever the machine takes back must never have reached the server. */
  undo(): void {
    const before = this.state.outbox.map(({ entry }) => entry.mutationId);
    this.take({ type: 'undo' });
    const after = new Set(this.state.outbox.map(({ entry }) => entry.mutationId));
    for (const id of before) if (!after.has(id)) this.undone.add(id);
  }
}

function live(seed: number): World {
  const chance = chances(seed);
  const world = new World(chance, seed % 2 === 0 ? 0 : 2000);
  for (let turn = 0; turn < 600; turn += 1) {
    if (chance() < 0.25) world.server.change(chance);
    if (chance() < 0.15) world.act();
    if (chance() < 0.03) world.undo();
    if (chance() < 0.02) world.take({ type: 'left' });
    world.turn(0.12);
  }
  for (let turn = 0; turn < 400; turn += 1) {
    if (turn === 50) world.take({ type: 'looked_at' });
    world.turn(0);
  }
  return world;
}

describe('a rough world (DECK-3, DECK-4)', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    it(`deck_3_and_4_the_client_agrees_with_the_server_in_the_end_seed_${seed}`, () => {
      const world = live(seed);
      expect(world.state.link.phase).toBe('live');
      const shown = [...world.state.deck.cards.values()].map(({ id, version, urgency }) => ({
        id,
        version,
        urgency,
      }));
      const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
      expect(shown.sort(byId)).toEqual([...world.server.cards.values()].sort(byId));
      expect(world.state.outbox).toEqual([]);
      expect(world.kept.size).toBe(0);
      const left = world.made.filter((id) => !world.undone.has(id));
      expect([...world.server.results.keys()].sort()).toEqual([...left].sort());
      expect(world.undone.size > 0).toBe(world.holdMs > 0);
      expect(world.server.applied).toEqual(world.made.filter((id) => world.server.applied.includes(id)));
      expect(world.server.applied.length).toBeGreaterThan(5);
    });
  }
});
