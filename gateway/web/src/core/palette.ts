/**
 * Finding a command by what one types of it.
 *
 * Promises: every word that is typed begins a word of what is found, whatever its case or accents; the order stays.
 * Does not know: what is found, or words.
 */

export function fits(typed: string, text: string): boolean {
  const words = wordsOf(text);
  return wordsOf(typed).every((part) =>
    words.some((word) => word.startsWith(part) || withoutArticle(word).startsWith(part)),
  );
}

/** Without case and accents: "Équipe" is found by "equ". */
function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.split(/[^\p{L}\p{N}+]+/u).filter((word) => word !== '');
}

/** Arabic writes "the" into its word. */
function withoutArticle(word: string): string {
  return word.replace(/^ال/u, '');
}

/** Where the mark goes by one key, around the ends; stays at the first of none. */
export function moved(at: number, by: 1 | -1, length: number): number {
  return length === 0 ? 0 : (at + by + length) % length;
}
