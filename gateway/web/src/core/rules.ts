/**
 * Team rules as one types them, and what they would mean for a lead.
 *
 * Promises: what is sent is in the server's units; the preview follows the life cycle's arithmetic (LIF-1).
 * Does not know: words, or who may change rules. The server checks everything again.
 */

import type { Routing, Rules, RulesChange } from '../api/schema';

/** As typed: minutes, hours, percent. */
export interface Draft {
  readonly firstContactMin: string;
  readonly staleAfterH: string;
  readonly atRiskPercent: string;
  readonly followUpH: string;
  readonly noAnswerCounts: boolean;
  readonly ownerRestarts: boolean;
  readonly routing: Routing;
}

export const ROUTINGS = [
  'owner',
  'round_robin',
  'least_loaded',
  'unassigned',
] as const satisfies readonly Routing[];

export type DraftError = 'positive' | 'order' | 'share';

export function draftOf(rules: Rules): Draft {
  return {
    firstContactMin: trimmed(rules.first_contact_s / 60),
    staleAfterH: trimmed(rules.stale_after_s / 3600),
    atRiskPercent: trimmed(rules.at_risk_share * 100),
    followUpH: trimmed(rules.default_follow_up_s / 3600),
    noAnswerCounts: rules.no_answer_counts,
    ownerRestarts: rules.owner_change_restarts_clock,
    routing: rules.routing,
  };
}

function trimmed(value: number): string {
  return String(Math.round(value * 100) / 100);
}

interface Spans {
  readonly firstContactS: number;
  readonly staleAfterS: number;
  readonly share: number;
  readonly followUpS: number;
}

function spansOf(draft: Draft): Spans {
  return {
    firstContactS: Math.round(Number(draft.firstContactMin) * 60),
    staleAfterS: Math.round(Number(draft.staleAfterH) * 3600),
    share: Number(draft.atRiskPercent) / 100,
    followUpS: Math.round(Number(draft.followUpH) * 3600),
  };
}

/** By field; nothing for what may be sent. */
export function errorsOf(draft: Draft): Readonly<Partial<Record<keyof Draft, DraftError>>> {
  const { firstContactS, staleAfterS, share, followUpS } = spansOf(draft);
  const bad = (value: number): boolean => !(value >= 1);
  return {
    ...(bad(firstContactS) ? { firstContactMin: 'positive' as const } : {}),
    ...(bad(staleAfterS)
      ? { staleAfterH: 'positive' as const }
      : staleAfterS <= firstContactS
        ? { staleAfterH: 'order' as const }
        : {}),
    ...(share >= 0.05 && share <= 0.95 ? {} : { atRiskPercent: 'share' as const }),
    ...(bad(followUpS) ? { followUpH: 'positive' as const } : {}),
  };
}

export function changeOf(draft: Draft): RulesChange {
  const { firstContactS, staleAfterS, share, followUpS } = spansOf(draft);
  return {
    first_contact_s: firstContactS,
    stale_after_s: staleAfterS,
    at_risk_share: share,
    default_follow_up_s: followUpS,
    no_answer_counts: draft.noAnswerCounts,
    owner_change_restarts_clock: draft.ownerRestarts,
    routing: draft.routing,
  };
}

export interface Preview {
  /** A lead who writes at `fromMs`. */
  readonly newAtRiskMs: number;
  readonly newDueMs: number;
  /** A lead who is touched at `fromMs`. */
  readonly touchedAtRiskMs: number;
  readonly touchedStaleMs: number;
}

export function previewOf(draft: Draft, fromMs: number): Preview {
  const { firstContactS, staleAfterS, share } = spansOf(draft);
  return {
    newAtRiskMs: fromMs + firstContactS * share * 1000,
    newDueMs: fromMs + firstContactS * 1000,
    touchedAtRiskMs: fromMs + staleAfterS * share * 1000,
    touchedStaleMs: fromMs + staleAfterS * 1000,
  };
}
