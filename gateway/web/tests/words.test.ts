import { describe, expect, it } from 'vitest';
import { choose, foreignLanguage, LANGUAGES, speak, timeOf, words } from '../src/i18n';
import { ar } from '../src/i18n/ar';
import { en } from '../src/i18n/en';
import { es } from '../src/i18n/es';
import { fr } from '../src/i18n/fr';
import type { Messages } from '../src/i18n/messages';
import { plural } from '../src/i18n/plural';
import { pt } from '../src/i18n/pt';
import { vi } from '../src/i18n/vi';
import type { Event, EventDetail } from '../src/api/schema';
import { happened } from '../src/parts/happened';

const ALL: readonly Messages[] = [en, fr, es, pt, ar, vi];

/** Every sentence by its path; functions are called with plausible values. */
function sentences(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, said(value as (...values: unknown[]) => unknown, path)]];
  return Object.entries(value as Record<string, unknown>).flatMap(([key, inner]) =>
    sentences(inner, path === '' ? key : `${path}.${key}`),
  );
}

const SPANS = new Set([
  'card.ago',
  'card.firstReplyIn',
  'card.dueIn',
  'card.overdue',
  'lead.updated',
  'leads.last',
  'rescue.figures.took',
]);

function said(word: (...values: unknown[]) => unknown, path: string): string {
  if (path === 'refusal.reason') return String(word('card_changed'));
  if (SPANS.has(path)) return String(word({ unit: 'day', count: 4 }));
  if (path === 'leads.count') return String(word(7, false));
  return String(word(7, 9));
}

describe('the words', () => {
  it('are_there_in_all_six_languages', () => {
    expect(ALL.map(({ language }) => language)).toEqual(LANGUAGES.map(({ tag }) => tag));
    const paths = sentences(en).map(([path]) => path);
    expect(paths.length).toBeGreaterThan(250);
    for (const messages of ALL) {
      const found = sentences(messages);
      expect(found.map(([path]) => path).sort()).toEqual([...paths].sort());
      for (const [path, text] of found) expect(text.trim(), `${messages.language} ${path}`).not.toBe('');
    }
  });

  it('name_a_day_of_the_week_as_the_language_itself_does', async () => {
    const nowMs = new Date(2025, 4, 14, 9, 41).getTime();
    for (const { tag } of LANGUAGES) {
      await speak(tag);
      const locale = tag === 'ar' ? 'ar-u-nu-latn' : tag;
      const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
      const format = new Intl.DateTimeFormat(locale, { weekday: 'short', ...time });
      for (const days of [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5]) {
        const ms = nowMs + days * 86_400_000;
        expect(timeOf(ms, nowMs)).toBe(format.format(ms));
      }
    }
  });

  it('name_other_languages_as_the_language_itself_does', async () => {
    for (const { tag } of LANGUAGES) {
      await speak(tag);
      const names = new Intl.DisplayNames([tag], { type: 'language' });
      const others = [...LANGUAGES.map((other) => other.tag), 'it', 'zh'].filter((other) => other !== tag);
      for (const other of others) expect(foreignLanguage(`${other}-XX`)).toBe(names.of(other));
      for (const none of [tag, 'und', '', null]) expect(foreignLanguage(none)).toBeNull();
      expect(words.languages[tag]).toBe(names.of(tag));
    }
  });

  it('deck_8_say_in_the_thread_what_was_planned_done_and_taken_back', async () => {
    await speak('en');
    const nowMs = new Date(2025, 4, 14, 9, 41).getTime();
    const due_at = new Date(2025, 4, 16, 10, 30).toISOString();
    const told = (kind: Event['kind'], detail?: EventDetail): string =>
      happened({ kind, ...(detail === undefined ? {} : { detail }) } as Event, nowMs);
    expect(told('task', { what: 'task_planned', task_id: 't', due_at })).toBe(
      'Follow-up planned for Fri 10:30',
    );
    expect(told('task', { what: 'task_done', task_id: 't' })).toBe('Done');
    expect(told('task', { what: 'undone', deed: 'done' })).toBe('Taken back');
    expect(told('outcome', { what: 'call_ended', call_id: 'c', result: 'no_answer' })).toBe(
      'Call: No answer',
    );
    expect(told('state_change', { what: 'record_changed', fields: ['birthday'] })).toBe('Details noted');
    expect(told('reaction')).toBe('Reaction');
  });

  it('are_each_in_their_own_language', () => {
    const english = new Map(sentences(en));
    // Names, and words that two languages share.
    const shared = /^(brand|direction|language)$|\.channel\.|\.sources\.|identities\.kinds\.|WhatsApp/;
    for (const messages of ALL.filter(({ language }) => language !== 'en')) {
      const same = sentences(messages).filter(
        ([path, text]) => !shared.test(path) && english.get(path) === text,
      );
      expect(same.length, `${messages.language}: ${same.map(([path]) => path).join(', ')}`).toBeLessThan(6);
    }
  });

  it('say_why_an_action_was_refused_in_every_language', () => {
    for (const code of ['card_changed', 'card_not_open', 'lead_not_found', 'snooze_in_the_past']) {
      for (const messages of ALL) expect(messages.refusal.reason(code), messages.language).not.toBeNull();
    }
    for (const messages of ALL) expect(messages.refusal.reason('a_code_of_tomorrow')).toBeNull();
  });

  it('use_no_arabic_that_runs_left_to_right_and_nothing_else_that_does_not', () => {
    for (const messages of ALL) {
      expect(messages.direction).toBe(messages.language === 'ar' ? 'rtl' : 'ltr');
      const arabic = sentences(messages).filter(([, text]) => /\p{Script=Arabic}/u.test(text));
      expect(arabic.length > 200).toBe(messages.language === 'ar');
    }
  });

  it('bend_with_their_count', () => {
    expect(fr.deck.left(1)).toBe('1 restante');
    expect(fr.deck.left(2)).toBe('2 restantes');
    expect(ar.leads.count(1, false)).toBe('عميل واحد');
    expect(ar.leads.count(2, false)).toBe('عميلان');
    expect(ar.leads.count(3, false)).toBe('3 عملاء');
    expect(ar.leads.count(11, false)).toBe('11 عميلًا');
    expect(plural('vi', 1, { other: 'thẻ' })).toBe('thẻ');
  });

  it('are_chosen_by_the_first_language_that_is_spoken_here', () => {
    expect(choose([null, 'de-CH', 'pt-BR', 'en'])).toBe('pt');
    expect(choose([undefined, 'tlh'])).toBe('en');
    expect(choose(['ar-EG'])).toBe('ar');
  });
});
