/**
 * The language of this visit: chosen on this device, else the person's own, else what the browser prefers.
 *
 * Promises: `words` is set before any screen is made, and stays for the visit; only that language is
 * downloaded.
 */

import { LANGUAGES, type Language } from './languages';
import type { Messages } from './messages';

export { choose, LANGUAGES, type Language } from './languages';

const LOAD: Readonly<Record<Language, () => Promise<Messages>>> = {
  en: async () => (await import('./en')).en,
  fr: async () => (await import('./fr')).fr,
  es: async () => (await import('./es')).es,
  pt: async () => (await import('./pt')).pt,
  ar: async () => (await import('./ar')).ar,
  vi: async () => (await import('./vi')).vi,
};

export let words: Messages;

/** A name within a sentence, kept in its own direction: a number does not turn around in Arabic. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

export async function speak(language: Language): Promise<void> {
  words = await LOAD[language]();
}

/** Western digits everywhere, so that counts and times look alike. */
function locale(): string {
  return words.language === 'ar' ? 'ar-u-nu-latn' : words.language;
}

// Made once each: making a formatter is slow, and lists need many times.
const made = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions, ms: number): string {
  const key = JSON.stringify(options);
  const known = made.get(key) ?? new Intl.DateTimeFormat(locale(), options);
  made.set(key, known);
  return known.format(new Date(ms));
}

/** "09:41", alike in every language that we speak. By hand: the first formatter costs a phone as much as a whole screen. */
function clock(at: Date): string {
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

const TIME = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const WEEK_MS = 6 * 86_400_000;

/** "10:41" today, "Thu 10:41" within a week, "3 May 10:41" otherwise; in the time zone of the device. */
export function timeOf(ms: number, nowMs: number): string {
  const at = new Date(ms);
  if (at.toDateString() === new Date(nowMs).toDateString()) return clock(at);
  if (Math.abs(ms - nowMs) < WEEK_MS) return words.onDay(words.weekdays[at.getDay()] ?? '', clock(at));
  return format({ day: 'numeric', month: 'short', ...TIME }, ms);
}

/** "Today", "Yesterday", "Thursday", "3 May 2025". */
export function dayOf(ms: number, nowMs: number): string {
  const day = new Date(ms).toDateString();
  if (day === new Date(nowMs).toDateString()) return words.thread.today;
  if (day === new Date(nowMs - 86_400_000).toDateString()) return words.thread.yesterday;
  if (Math.abs(ms - nowMs) < WEEK_MS) return format({ weekday: 'long' }, ms);
  return format({ day: 'numeric', month: 'long', year: 'numeric' }, ms);
}

/** "Portuguese"; `null` for the language the client itself speaks, or a tag nobody knows. */
export function foreignLanguage(tag: string | null): string | null {
  const base = tag?.split('-')[0] ?? '';
  if (base === '' || base === words.language || base === 'und') return null;
  const known = LANGUAGES.find((language) => language.tag === base);
  if (known !== undefined) return words.languages[known.tag];
  try {
    // Made here and not above: browsers before 2021 have no such names, and do well without.
    return new Intl.DisplayNames([words.language], { type: 'language' }).of(base) ?? null;
  } catch {
    return null;
  }
}
