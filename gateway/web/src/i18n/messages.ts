/**
 * Every word of the client, as one shape that each language fills (WEB: complete, one file each).
 *
 * Promises: a language that lacks a sentence does not compile. Counts, times and names are handed over as
 * values, so that each language puts and bends them its own way.
 */

import type { en } from './en';

export type Messages = typeof en;
