/** What a line between the messages of a thread says happened, where the server has no sentence for it. */

import type { Event } from '../api/schema';
import { timeOf, words } from '../i18n';

export function happened({ kind, detail }: Event, nowMs: number): string {
  const say = words.thread;
  if (detail?.what === 'state_changed') return `${say.kind[kind]}: ${words.card.state[detail.state]}`;
  if (detail?.what === 'task_planned') return say.told.planned(timeOf(Date.parse(detail.due_at), nowMs));
  if (detail?.what === 'task_done') return say.told.done;
  if (detail?.what === 'record_changed') return say.told.noted;
  if (detail?.what === 'undone') return say.told.undone;
  if (detail?.what === 'call_ended') return `${say.kind.call}: ${words.deeds.results[detail.result]}`;
  return say.kind[kind];
}
