/** Cards and frames as a server would send them, for tests that care about one field at a time. */

import { readCard, type Card } from '../src/core/card';
import { step } from '../src/core/live';
import { begin, type Effect, type Input, type State } from '../src/core/live_state';

export interface CardSpec {
  readonly id: string;
  readonly urgency?: number;
  readonly due_at?: string;
  readonly version?: number;
  readonly lead_name?: string;
  readonly preview?: string;
}

export function wireCard(spec: CardSpec): Record<string, unknown> {
  return {
    task_id: spec.id,
    lead_id: `lead-of-${spec.id}`,
    kind: 'contact_now',
    due_at: '2025-05-03T10:41:00Z',
    urgency: 0.5,
    reason: 'First reply due in 12 min',
    lead_name: 'Maria Oliveira',
    language: 'pt',
    channel: 'sms',
    preview: 'Olá',
    state: 'new',
    version: 1,
    ...spec,
  };
}

export function card(spec: CardSpec): Card {
  const read = readCard(wireCard(spec));
  if (read === null) throw new Error('the test made a card that cannot be read');
  return read;
}

export function snapshot(offset: number, specs: readonly CardSpec[], epoch = 'e1'): string {
  return JSON.stringify({ snapshot: { epoch, offset, cards: specs.map(wireCard) } });
}

export type OpSpec = { readonly put: CardSpec } | { readonly del: string };

function wireOp(op: OpSpec): unknown {
  return 'put' in op ? { put: wireCard(op.put) } : op;
}

export function resumed(offset: number, ops: readonly OpSpec[], epoch = 'e1'): string {
  return JSON.stringify({ resumed: { epoch, offset, ops: ops.map(wireOp) } });
}

export function delta(prev: number, offset: number, ops: readonly OpSpec[]): string {
  return JSON.stringify({ delta: { prev, offset, ops: ops.map(wireOp) } });
}

export function acted(mutationId: string, body: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    acted: { mutation_id: mutationId, result: 'applied', offset: null, code: null, card: null, ...body },
  });
}

/** Drives the machine and remembers what it asked for. Time stands still unless moved. */
export class Driver {
  state: State;
  nowMs = 1_000_000;
  chance = 0.5;
  effects: readonly Effect[] = [];

  constructor(kept: Parameters<typeof begin>[1] = [], holdMs = 0) {
    this.state = begin('client-1', kept, holdMs);
  }

  /** What this one input made it ask for. */
  take(input: Input): readonly Effect[] {
    const made = step(this.state, input, { nowMs: this.nowMs, chance: this.chance });
    this.state = made.state;
    this.effects = made.effects;
    return made.effects;
  }

  receive(text: string): readonly Effect[] {
    return this.take({ type: 'received', text });
  }

  /** Connected, greeted and holding these cards at offset 10. */
  live(specs: readonly CardSpec[]): this {
    this.take({ type: 'started' });
    this.take({ type: 'opened' });
    this.receive(snapshot(10, specs));
    return this;
  }

  /** The frames sent by the last input, parsed. */
  sent(): readonly Record<string, Record<string, unknown>>[] {
    return this.effects.flatMap((effect) =>
      effect.do === 'send' ? [JSON.parse(effect.text) as Record<string, Record<string, unknown>>] : [],
    );
  }

  asked(): readonly Effect['do'][] {
    return this.effects.map((effect) => effect.do);
  }
}
