/**
 * Which languages there are, and which of them is a person's.
 *
 * Does not know: a single word of them; `ahead.ts` asks here before any of the page is there.
 */

/** Each in its own words, for the list to choose from. */
export const LANGUAGES = [
  { tag: 'en', name: 'English' },
  { tag: 'fr', name: 'Français' },
  { tag: 'es', name: 'Español' },
  { tag: 'pt', name: 'Português' },
  { tag: 'ar', name: 'العربية' },
  { tag: 'vi', name: 'Tiếng Việt' },
] as const;
export type Language = (typeof LANGUAGES)[number]['tag'];

/** The first of these that we speak; English if none. */
export function choose(preferred: readonly (string | null | undefined)[]): Language {
  for (const tag of preferred) {
    const base = tag?.toLowerCase().split('-')[0];
    const found = LANGUAGES.find((language) => language.tag === base);
    if (found !== undefined) return found.tag;
  }
  return 'en';
}
