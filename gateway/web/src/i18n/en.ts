/** English. Short, human, specific (experience.md "Words"). */

import type { Span } from '../core/due';
import type { Messages } from './messages';

function long(span: Span): string {
  switch (span.unit) {
    case 'now':
      return 'less than a minute';
    case 'minute':
      return `${span.count} min`;
    case 'hour':
      return `${span.count} h`;
    case 'day':
      return `${span.count} days`;
  }
}

function actions(count: number): string {
  return count === 1 ? '1 action' : `${count} actions`;
}

/** By the engine's stable codes (`Rejected::code`), as far as an action on a card can meet them. */
const REASONS: Readonly<Record<string, string>> = {
  card_changed: 'something new came in meanwhile. Have a look and decide again.',
  card_not_open: 'it was already finished elsewhere.',
  outcome_missing: 'the call needs its outcome first.',
  lead_not_found: 'this lead is no longer yours.',
  lead_merged: 'this lead was merged into another one; its card comes with that one.',
  lead_archived: 'this lead was archived meanwhile.',
  lead_deleted: 'this lead was deleted meanwhile.',
};

export const en: Messages = {
  language: 'en',
  direction: 'ltr',
  brand: 'Hearthline',
  signIn: {
    title: 'Sign in',
    lead: 'Your day is one deck of cards.',
    email: 'Email',
    password: 'Password',
    submit: 'Sign in',
    busy: 'Signing in…',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    emailMissing: 'Type the email you were invited with.',
    passwordMissing: 'Type your password.',
    ended: (waiting) =>
      waiting === 0
        ? 'You were signed out. Sign in to go on.'
        : `You were signed out. ${actions(waiting)} wait on this device and leave when you are back.`,
    wrong: 'That email and password do not go together. Check both and try again.',
    tooMany: (retryAfterS) =>
      retryAfterS === null
        ? 'Too many tries. Wait a moment, then try again.'
        : `Too many tries. Try again in ${retryAfterS} s.`,
    unreachable: 'The server cannot be reached. Check your connection; what you typed is still here.',
    serverFault: 'The server has a problem. Nothing was lost; try again in a moment.',
    refused: 'The server did not accept this. Check both fields and try again.',
  },
  account: {
    menu: (name) => `Account of ${name}`,
    signOut: 'Sign out',
  },
  deck: {
    title: 'Today',
    nav: 'Deck',
    left: (count) => `${count} left`,
    doneToday: (count) => `${count} done`,
    progress: (done, all) => `${done} of ${all} cards done`,
    loading: 'Laying out your cards…',
    emptyTitle: 'All clear',
    emptyText: (doneToday) =>
      doneToday === 0
        ? 'Nobody waits for you. New messages slide in here by themselves.'
        : `${doneToday === 1 ? 'One card' : `${doneToday} cards`} done, and nobody waits for you. Enjoy the quiet.`,
    next: 'Next',
    rest: 'Up next',
    restEmpty: 'This is the last one.',
    more: (count) => `and ${count} more`,
    swipeHint: 'swipe when done',
    keyDone: 'done',
    keyNext: 'next',
    keyPrevious: 'back',
  },
  card: {
    done: 'Done',
    unnamed: 'Unknown sender',
    region: (name) => `Card: ${name}`,
    channel: {
      sms: 'SMS',
      whatsapp: 'WhatsApp',
      messenger: 'Messenger',
      instagram: 'Instagram',
      email: 'Email',
      voice: 'Call',
      note: 'Note',
      task: 'Task',
      system: 'System',
    },
    state: { new: 'New', active: 'Active', at_risk: 'At risk', stale: 'Stale' },
    ago: (span) => (span.unit === 'now' ? 'just now' : `${long(span)} ago`),
    writesIn: (languageName) => `writes in ${languageName}`,
    firstReplyIn: (span) => `First reply due in ${long(span)}`,
    firstReplyOverdue: 'First reply is overdue',
    answerBy: (time) => `Answer by ${time}`,
    dueAt: (time) => `by ${time}`,
    wasDueAt: (time) => `was due ${time}`,
    dueIn: (span) => `Due in ${long(span)}`,
    overdue: (span) => (span.unit === 'now' ? 'Due now' : `Overdue by ${long(span)}`),
    noPreview: 'No text in this message.',
  },
  line: {
    offline: 'Offline',
    reconnecting: 'Reconnecting…',
    waiting: (count) => `${actions(count)} waiting`,
  },
  refusal: {
    title: (name) => `${name} is back`,
    dismiss: 'Got it',
    reason: (code) => (code === null ? null : (REASONS[code] ?? null)),
    conflict: 'something changed meanwhile. Have a look and decide again.',
    rejected: 'the server did not accept that. Nothing else was changed.',
  },
};
