/** English, and the shape that every other language fills. Short, human, specific (experience.md "Words"). */

import type {
  CardKind,
  ConnectionStatus,
  Delivery,
  EventKind,
  LeadSource,
  LeadStatus,
  Role,
} from '../api/schema';
import type { Channel, LeadState } from '../core/card';
import type { Span } from '../core/due';
import type { Preset } from '../core/snooze';

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
  snooze_in_the_past: 'that time has passed already. Choose a later one.',
};

export const en = {
  language: 'en',
  direction: 'ltr' as 'ltr' | 'rtl',
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
    ended: (waiting: number) =>
      waiting === 0
        ? 'You were signed out. Sign in to go on.'
        : `You were signed out. ${actions(waiting)} wait on this device and leave when you are back.`,
    wrong: 'That email and password do not go together. Check both and try again.',
    tooMany: (retryAfterS: number | null) =>
      retryAfterS === null
        ? 'Too many tries. Wait a moment, then try again.'
        : `Too many tries. Try again in ${retryAfterS} s.`,
    unreachable: 'The server cannot be reached. Check your connection; what you typed is still here.',
    serverFault: 'The server has a problem. Nothing was lost; try again in a moment.',
    refused: 'The server did not accept this. Check both fields and try again.',
  },
  account: {
    menu: (name: string) => `Account of ${name}`,
    signOut: 'Sign out',
  },
  deck: {
    title: 'Today',
    left: (count: number) => `${count} left`,
    doneToday: (count: number) => `${count} done`,
    progress: (done: number, all: number) => `${done} of ${all} cards done`,
    loading: 'Laying out your cards…',
    emptyTitle: 'All clear',
    emptyText: (doneToday: number) =>
      doneToday === 0
        ? 'Nobody waits for you. New messages slide in here by themselves.'
        : `${doneToday === 1 ? 'One card' : `${doneToday} cards`} done, and nobody waits for you. Enjoy the quiet.`,
    next: 'Next',
    rest: 'Up next',
    restEmpty: 'This is the last one.',
    more: (count: number) => `and ${count} more`,
    minutes: (count: number) => `about ${count} min`,
    swipeHint: 'swipe when done',
    snoozeHint: 'swipe to snooze',
    keyDone: 'done',
    keyNext: 'next',
    keyPrevious: 'back',
    keySnooze: 'snooze',
    keyOpen: 'open',
    keyHelp: 'all keys',
  },
  card: {
    done: 'Done',
    unnamed: 'Unknown sender',
    region: (name: string) => `Card: ${name}`,
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
    } satisfies Record<Channel, string>,
    state: { new: 'New', active: 'Active', at_risk: 'At risk', stale: 'Stale' } satisfies Record<
      LeadState,
      string
    >,
    ago: (span: Span) => (span.unit === 'now' ? 'just now' : `${long(span)} ago`),
    writesIn: (languageName: string) => `writes in ${languageName}`,
    firstReplyIn: (span: Span) => `First reply due in ${long(span)}`,
    firstReplyOverdue: 'First reply is overdue',
    answerBy: (time: string) => `Answer by ${time}`,
    dueAt: (time: string) => `by ${time}`,
    wasDueAt: (time: string) => `was due ${time}`,
    dueIn: (span: Span) => `Due in ${long(span)}`,
    overdue: (span: Span) => (span.unit === 'now' ? 'Due now' : `Overdue by ${long(span)}`),
    noPreview: 'No text in this message.',
    open: 'Open conversation',
    replyBy: (channel: string) => `Reply by ${channel}`,
    snooze: 'Snooze',
    /** Why the card is there, for languages the server does not write. */
    why: {
      reply: 'Waiting for your answer',
      contact_now: 'First reply is due',
      at_risk: 'At risk: no touch for a while',
      rescue: 'Stale: win this lead back',
      follow_up: 'A follow-up you planned',
      call_outcome: 'How did the call go?',
    } satisfies Record<CardKind, string>,
  },
  line: {
    offline: 'Offline',
    reconnecting: 'Reconnecting…',
    waiting: (count: number) => `${actions(count)} waiting`,
  },
  nav: {
    label: 'Main',
    deck: 'Deck',
    leads: 'Leads',
    connections: 'Connections',
    rules: 'Team rules',
    people: 'People',
    more: 'More',
    back: 'Back',
    skip: 'Skip to content',
  },
  snooze: {
    title: (name: string) => `Snooze ${name}`,
    lead: 'The card comes back by itself. A new message brings it back sooner.',
    preset: { later_today: 'Later today', tomorrow: 'Tomorrow', next_week: 'Next week' } satisfies Record<
      Preset,
      string
    >,
    custom: 'Another time',
    submit: 'Snooze until then',
    past: 'Choose a time that is still to come.',
    cancel: 'Cancel',
  },
  undo: {
    done: (name: string) => `${name}: done`,
    snoozed: (name: string, time: string) => `${name}: back ${time}`,
    button: 'Undo',
  },
  keys: {
    title: 'All keys',
    close: 'Close',
    next: 'Next card',
    previous: 'Previous card',
    done: 'Done',
    snooze: 'Snooze',
    open: 'Open the conversation',
    undo: 'Undo',
    search: 'Search leads',
    help: 'This list',
  },
  thread: {
    loading: 'Opening the conversation…',
    empty: 'Nothing has been said yet.',
    earlier: 'Show earlier',
    today: 'Today',
    yesterday: 'Yesterday',
    you: 'You',
    hidden: 'Message. Only its owner can read it.',
    subject: (subject: string) => `Subject: ${subject}`,
    quoted: 'Show quoted text',
    attachment: 'Attachment',
    offline: (time: string) => `Offline. This is how it stood ${time}.`,
    status: {
      received: 'received',
      pending: 'waiting to leave',
      sending: 'sending',
      sent: 'sent',
      delivered: 'delivered',
      read: 'read',
      failed: 'not delivered',
      unknown: 'no word yet',
      canceled: 'taken back',
    } satisfies Record<Delivery, string>,
    kind: {
      message: 'Message',
      reaction: 'Reaction',
      unsend: 'Message taken back',
      edit: 'Message changed',
      location: 'Location',
      contacts: 'Contact',
      call: 'Call',
      note: 'Note',
      state_change: 'State changed',
      task: 'Task',
      outcome: 'Outcome of the call',
      unsupported: 'A message of a kind that cannot be shown',
    } satisfies Record<EventKind, string>,
  },
  composer: {
    label: 'Your message',
    by: (channel: string) => `Message by ${channel}`,
    channels: 'Send by',
    send: 'Send',
    sending: 'Sending…',
    sent: (channel: string) => `Sent by ${channel}. You see below how far it got.`,
    kept: 'Not sent; your text is still here.',
    none: 'No channel works for this lead yet.',
    /** Why a channel does not work, by the server's codes. */
    why: {
      opted_out: 'They asked for no more messages here.',
      no_address: 'No address is known there.',
      no_connection: 'Nothing is connected that you may send from.',
      channel_not_supported: 'Messages cannot be sent there yet.',
      too_many_sends: 'Too many messages to them are still under way.',
      body_too_long: 'That is too long for one message.',
    } as Readonly<Record<string, string>>,
  },
  lead: {
    panel: 'What matters',
    updated: (span: Span) => (span.unit === 'now' ? 'updated just now' : `updated ${long(span)} ago`),
    lastTouch: 'Last touch',
    never: 'none yet',
    nextAction: 'Next action',
    noAction: 'none planned',
    atRisk: 'At risk',
    stale: 'Stale',
    lastInteraction: 'Last contact',
    phone: 'Phone',
    email: 'Email',
    tags: 'Tags',
    call: 'Call',
    owner: (name: string) => `with ${name}`,
    nobody: 'no owner yet',
    yours: 'yours',
    /** By state, for languages the server does not write. */
    stands: {
      new: 'New: nobody has answered yet.',
      active: 'Active: the conversation is going.',
      at_risk: 'At risk: it needs a touch soon.',
      stale: 'Stale: it has waited too long.',
    } satisfies Record<LeadState, string>,
    missing: 'This lead is not here, or not yours to see.',
  },
  leads: {
    title: 'Leads',
    search: 'Search',
    searchHint: 'Name, email or phone',
    count: (count: number, more: boolean) =>
      more ? `${count} shown, there are more` : count === 1 ? '1 lead' : `${count} leads`,
    all: 'All',
    state: 'State',
    status: 'Status',
    source: 'Came by',
    owner: 'Owner',
    everyone: 'Everyone',
    statuses: { lead: 'Lead', active_client: 'Client', archived: 'Archived' } satisfies Record<
      LeadStatus,
      string
    >,
    sources: {
      sms: 'SMS',
      whatsapp: 'WhatsApp',
      messenger: 'Messenger',
      instagram: 'Instagram',
      email: 'Email',
      call: 'Call',
      manual: 'Added by hand',
      import: 'Import',
    } satisfies Record<LeadSource, string>,
    empty: 'No lead fits this.',
    clear: 'Show all',
    more: 'Show more',
    last: (span: Span) => (span.unit === 'now' ? 'just now' : `${long(span)} ago`),
  },
  connections: {
    title: 'Connections',
    lead: 'Where messages come in.',
    empty: 'Nothing is connected yet. Connect a Twilio number and the first text becomes a card.',
    add: 'Connect a number',
    kind: 'Twilio SMS',
    status: { unverified: 'Not verified yet' } satisfies Record<ConnectionStatus, string>,
    healthy: 'Messages arrive',
    quiet: 'Nothing has arrived since the server started',
    failing: (count: number) =>
      `${count === 1 ? 'One request' : `${count} requests`} with a wrong signature: check the auth token and the webhook URL.`,
    otherAccount: (count: number) => `${count} of them named another account SID.`,
    repeated: (count: number) => `${count} could not be kept and will be repeated by Twilio.`,
    received: (count: number) => `${count} received`,
    lastAt: (time: string) => `last ${time}`,
    webhook: 'Webhook URL',
    webhookHelp:
      'Paste this into Twilio, under the number: "A message comes in", by POST. With #rc=5&rp=all Twilio tries again when it cannot reach us.',
    copy: 'Copy',
    copied: 'Copied',
    accountSid: 'Account SID',
    authToken: 'Auth token',
    authTokenHelp: 'Kept sealed and never shown again.',
    number: 'Number',
    numberHelp: 'As +14155550100.',
    messagingService: 'Messaging service SID (optional)',
    owner: 'Leads go to',
    team: 'The team, without an owner',
    submit: 'Connect',
    created: 'Connected. One step is left: the webhook.',
  },
  rules: {
    title: 'Team rules',
    lead: 'When a lead needs someone.',
    firstContact: 'First reply within',
    staleAfter: 'Stale after',
    atRiskShare: 'At risk after (% of the time)',
    followUp: 'Follow up after the first message in',
    minutes: 'minutes',
    hours: 'hours',
    noAnswer: 'A call that nobody answers counts as a touch',
    restarts: 'A new owner starts the clock again',
    preview: 'With these rules',
    previewNew: (atRisk: string, due: string) =>
      `A lead who writes now is at risk at ${atRisk} and late at ${due}.`,
    previewTouch: (atRisk: string, stale: string) =>
      `A lead touched now is at risk ${atRisk} and Stale ${stale}.`,
    save: 'Save rules',
    saved: 'Saved. Every lead follows from now on.',
    changed: 'Somebody else changed these rules meanwhile. Here is what they are now; yours were not saved.',
    readOnly: 'Only an administrator can change these.',
    zone: (zone: string) => `The team keeps the time of ${zone}; the times above are yours.`,
    businessHours: 'This team counts business hours only: deadlines fall later than that.',
    order: 'Stale must come after the first reply is due.',
    share: 'Between 5 and 95.',
    positive: 'At least one.',
  },
  people: {
    title: 'People',
    lead: 'Who works here.',
    roles: { agent: 'Agent', team_lead: 'Team lead', admin: 'Administrator' } satisfies Record<Role, string>,
    invited: 'invited',
    add: 'Add someone',
    name: 'Name',
    email: 'Email',
    role: 'Role',
    team: 'Team',
    language: 'Language',
    password: 'First password (8 characters or more)',
    passwordHelp: 'Left empty, they are invited and cannot sign in yet.',
    submit: 'Add',
    added: (name: string) => `${name} is in.`,
    you: 'you',
  },
  more: {
    title: 'More',
    language: 'Language',
    install: 'Install on this device',
    installHelp: 'Opens like an app, and the deck works offline.',
    device: 'On this device',
    deviceText: 'The deck and recent threads are kept sealed for offline, and go when you sign out.',
  },
  problem: {
    unreachable: 'The server cannot be reached. What you typed is still here.',
    tooMany: (retryAfterS: number | null) =>
      retryAfterS === null
        ? 'Too much at once. Try again in a moment.'
        : `Too much at once. Try again in ${retryAfterS} s.`,
    fault: 'The server has a problem. Nothing was lost; try again in a moment.',
    forbidden: 'Your role does not allow this.',
    missing: 'This is not here any more.',
    refused: 'The server did not accept this.',
    retry: 'Try again',
    required: 'This is needed.',
  },
  refusal: {
    title: (name: string) => `${name} is back`,
    dismiss: 'Got it',
    reason: (code: string | null): string | null => (code === null ? null : (REASONS[code] ?? null)),
    conflict: 'something changed meanwhile. Have a look and decide again.',
    rejected: 'the server did not accept that. Nothing else was changed.',
  },
};
