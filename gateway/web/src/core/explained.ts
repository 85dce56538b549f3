/**
 * Sentences that the server writes, in the language of whoever asks; a page in another language says it in its own words.
 *
 * Does not know: those words.
 */

import { asRecord, instant } from './decode';

/** The server's sentence, if the page speaks its language; otherwise `otherwise`. */
export function explainedIn(
  page: string,
  user: { readonly language: string },
  sentence: string,
  otherwise: string,
): string {
  return sentence !== '' && user.language.split('-')[0] === page ? sentence : otherwise;
}

/** A moment that an explanation speaks of, by its name there; `null` if it speaks of none. */
export function momentOf(params: unknown, name: string): number | null {
  const record = asRecord(params);
  return record === null ? null : instant(record, name);
}
