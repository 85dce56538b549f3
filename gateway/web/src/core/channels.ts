/**
 * Where a message to a lead can go, and why not (OUT-10, ING-1): what is known before it is sent.
 *
 * Promises: a channel that would be refused for a reason known here is offered with that reason, by the
 * server's own code for it; the first that works is the one they wrote on last, if that one does.
 * Does not know: words. The server has the last word: what it refuses is learned (`refused`).
 */

import type { ChannelState, Connection, ConnectionKind, Event, Lead } from '../api/schema';
import type { Channel } from './card';

/** Shown in this order. */
const ALL = ['sms', 'whatsapp', 'messenger', 'instagram', 'email'] as const satisfies readonly Channel[];
/** Messages can be sent there; the server refuses the others with `channel_not_supported`. */
const SENDS: readonly Channel[] = ['sms', 'whatsapp', 'messenger', 'instagram'];

/** Characters that one message takes: Twilio's limit (error 21617), and Meta's for each of its products. */
export const LONGEST: Readonly<Partial<Record<Channel, number>>> = {
  sms: 1600,
  whatsapp: 4096,
  messenger: 2000,
  instagram: 1000,
};

export interface Way {
  readonly channel: Channel;
  /** The server's code for why it does not work; `null` if it does, as far as is known. */
  readonly why: string | null;
}

export interface Known {
  readonly lead: Lead;
  readonly me: { readonly id: string };
  /** `null` while they are not known: none is refused for their lack then. */
  readonly connections: readonly Connection[] | null;
  /** Where they asked not to be written to, as their card says it. */
  readonly closed: readonly Channel[];
  /** What the server said of a channel on this visit. */
  readonly refused: ReadonlyMap<Channel, string>;
}

export function ways(known: Known): readonly Way[] {
  return ALL.filter((channel) => channel === 'sms' || hasAddress(known.lead, channel)).map((channel) => ({
    channel,
    why: whyNot(known, channel),
  }));
}

/** The channel to write on if nobody chooses another; `null` if none works. */
export function preferred(all: readonly Way[], events: readonly Event[]): Channel | null {
  const working = all.filter(({ why }) => why === null).map(({ channel }) => channel);
  const last = newest(events.filter((event) => event.direction === 'in'));
  return working.find((channel) => channel === last?.channel) ?? working[0] ?? null;
}

/** Codes that are about the channel itself, and hold for the next message too. */
const OF_THE_CHANNEL: readonly string[] = [
  'opted_out',
  'no_address',
  'no_connection',
  'channel_not_supported',
];

export function isOfTheChannel(code: string): boolean {
  return OF_THE_CHANNEL.includes(code);
}

function whyNot(known: Known, channel: Channel): string | null {
  if (known.lead.status === 'archived') return 'lead_archived';
  if (!hasAddress(known.lead, channel)) return 'no_address';
  if (!SENDS.includes(channel)) return 'channel_not_supported';
  if (known.connections?.some((connection) => isMine(connection, channel, known)) === false) {
    return 'no_connection';
  }
  // What the server says of the channel as it is now: a reply window, an opt-out.
  const standing = standingOf(known.lead, channel);
  if (standing?.closed_by != null) return standing.closed_by;
  return known.closed.includes(channel) ? 'opted_out' : (known.refused.get(channel) ?? null);
}

function standingOf({ channels }: Lead, channel: Channel): ChannelState | undefined {
  // A lead that an older page kept on this device does not say.
  return (channels as Lead['channels'] | undefined)?.find((state) => state.channel === channel);
}

function hasAddress(lead: Lead, channel: Channel): boolean {
  const { phones, emails, handles } = lead;
  // An address that serves two channels, such as a phone that writes by WhatsApp, is listed once.
  if (standingOf(lead, channel) !== undefined) return true;
  switch (channel) {
    case 'sms':
      return phones.length > 0 || handles.some(({ kind }) => kind === 'sms_sender');
    case 'email':
      return emails.length > 0;
    case 'whatsapp':
    case 'messenger':
    case 'instagram':
      return handles.some(({ kind }) => kind === channel);
    case 'voice':
    case 'note':
    case 'task':
    case 'system':
      return false;
  }
}

const CARRIES: Readonly<Record<ConnectionKind, Channel>> = {
  twilio_sms: 'sms',
  whatsapp: 'whatsapp',
  messenger: 'messenger',
  instagram: 'instagram',
};

/** One's own, or one that belongs to the lead's team and to nobody in it (OUT-10). */
function isMine(connection: Connection, channel: Channel, { me, lead }: Known): boolean {
  if (CARRIES[connection.kind] !== channel) return false;
  if (connection.owner_id != null) return connection.owner_id === me.id;
  return connection.team_id === lead.team_id;
}

function newest(events: readonly Event[]): Event | null {
  return events.reduce<Event | null>(
    (best, event) =>
      best === null || Date.parse(event.occurred_at) > Date.parse(best.occurred_at) ? event : best,
    null,
  );
}
