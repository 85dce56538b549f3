import { words } from '../i18n';
import type { Refused } from '../shell/session';

/** Why the server did not do it, in this visit's language: what happened, what was kept, what to do. */
export function sentenceOf(refused: Refused): string {
  const say = words.problem;
  const { problem } = refused;
  if (problem === null) return say.unreachable;
  if (problem.status === 429 || problem.status === 503) return say.tooMany(problem.retryAfterS);
  if (problem.status >= 500) return say.fault;
  if (problem.status === 403) return say.forbidden;
  if (problem.status === 404) return say.missing;
  const reason = words.refusal.reason(problem.code);
  return reason === null ? say.refused : reason.charAt(0).toUpperCase() + reason.slice(1);
}

/** What is wrong with one field of what was sent; `null` if that one is right. */
export function fieldError(refused: Refused | null, field: string): string | null {
  const error = refused?.problem?.errors.find((candidate) => candidate.field === field);
  if (error === undefined) return null;
  return error.code === 'required' ? words.problem.required : error.message || words.problem.refused;
}
