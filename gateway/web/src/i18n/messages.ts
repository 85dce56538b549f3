/**
 * Every word of the client, as one shape that each language fills (WEB: complete, one file each).
 *
 * Promises: a language that lacks a sentence does not compile. Counts, times and names are handed over as
 * values, so that each language puts and bends them its own way.
 */

import type { Channel, LeadState } from '../core/card';
import type { Span } from '../core/due';

export interface Messages {
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  readonly brand: string;
  readonly signIn: {
    readonly title: string;
    readonly lead: string;
    readonly email: string;
    readonly password: string;
    readonly submit: string;
    readonly busy: string;
    readonly showPassword: string;
    readonly hidePassword: string;
    readonly emailMissing: string;
    readonly passwordMissing: string;
    /** Signed out by the server; `waiting` actions are kept on this device. */
    readonly ended: (waiting: number) => string;
    readonly wrong: string;
    readonly tooMany: (retryAfterS: number | null) => string;
    readonly unreachable: string;
    readonly serverFault: string;
    readonly refused: string;
  };
  readonly account: {
    readonly menu: (name: string) => string;
    readonly signOut: string;
  };
  readonly deck: {
    readonly title: string;
    readonly nav: string;
    readonly left: (count: number) => string;
    readonly doneToday: (count: number) => string;
    readonly progress: (done: number, all: number) => string;
    readonly loading: string;
    readonly emptyTitle: string;
    readonly emptyText: (doneToday: number) => string;
    readonly next: string;
    readonly rest: string;
    readonly restEmpty: string;
    readonly more: (count: number) => string;
    readonly swipeHint: string;
    readonly keyDone: string;
    readonly keyNext: string;
    readonly keyPrevious: string;
  };
  readonly card: {
    readonly done: string;
    readonly unnamed: string;
    readonly region: (name: string) => string;
    readonly channel: Readonly<Record<Channel, string>>;
    readonly state: Readonly<Record<LeadState, string>>;
    readonly ago: (span: Span) => string;
    readonly writesIn: (languageName: string) => string;
    readonly firstReplyIn: (span: Span) => string;
    readonly firstReplyOverdue: string;
    readonly answerBy: (time: string) => string;
    readonly dueAt: (time: string) => string;
    readonly wasDueAt: (time: string) => string;
    readonly dueIn: (span: Span) => string;
    readonly overdue: (span: Span) => string;
    readonly noPreview: string;
  };
  readonly line: {
    readonly offline: string;
    readonly reconnecting: string;
    readonly waiting: (count: number) => string;
  };
  readonly refusal: {
    readonly title: (name: string) => string;
    readonly dismiss: string;
    /** By the server's stable code; `null` for a code these words do not know. */
    readonly reason: (code: string | null) => string | null;
    readonly conflict: string;
    readonly rejected: string;
  };
}
