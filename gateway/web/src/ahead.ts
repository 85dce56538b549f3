/**
 * Runs from within index.html, while the page's own files are still on their way (scripts/inlined.mjs): asks for the
 * words of the visit's language, and for what a signed-in visit needs from the server. Every way to a server costs a
 * phone what a whole screen costs it to draw.
 */

import { choose, type Language } from './i18n/languages';
import { DECK, leaveAhead } from './shell/ahead';
import { loadLanguage, loadSession } from './shell/kept';

/** Put in by the build: in which file the words of a language are. */
declare const FILES_OF_WORDS: Readonly<Record<Language, string>>;

// First what takes the longest, last what needs no line.
const ahead = leaveAhead();
const words = document.createElement('link');
words.rel = 'modulepreload';
words.crossOrigin = '';
words.href = FILES_OF_WORDS[choose([loadLanguage(), loadSession()?.user.language, ...navigator.languages])];
document.head.append(words);
ahead?.vault.warm(DECK);
