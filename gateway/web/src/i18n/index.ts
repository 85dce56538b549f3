/** The language of this visit, chosen once from what the browser prefers. */

import { en } from './en';
import type { Messages } from './messages';

const LANGUAGES: readonly Messages[] = [en];

export function choose(preferred: readonly string[]): Messages {
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    const found = LANGUAGES.find((messages) => messages.language === base);
    if (found !== undefined) return found;
  }
  return en;
}

export const words: Messages = choose(navigator.languages);

const TIME = new Intl.DateTimeFormat(words.language, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const DAY_AND_TIME = new Intl.DateTimeFormat(words.language, {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** "10:41" today, "Thu 10:41" on any other day; in the time zone of the device. */
export function timeOf(ms: number, nowMs: number): string {
  const time = new Date(ms);
  const sameDay = time.toDateString() === new Date(nowMs).toDateString();
  return (sameDay ? TIME : DAY_AND_TIME).format(time);
}

/** "Portuguese"; `null` for the language the client itself speaks, or a tag nobody knows. */
export function foreignLanguage(tag: string | null): string | null {
  const base = tag?.split('-')[0] ?? '';
  if (base === '' || base === words.language || base === 'und') return null;
  try {
    // Made here and not above: browsers before 2021 have no such names, and do well without.
    return new Intl.DisplayNames([words.language], { type: 'language' }).of(base) ?? null;
  } catch {
    return null;
  }
}
