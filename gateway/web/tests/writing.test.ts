import { describe, expect, it } from 'vitest';
import type { Connection, Event, Lead } from '../src/api/schema';
import { openCall } from '../src/core/calls';
import { readCard } from '../src/core/card';
import { isOfTheChannel, preferred, ways, type Known } from '../src/core/channels';
import { emptyDraft, isEmpty, isUnderWay, readDraft, roomLeft, whyNotFile } from '../src/core/draft';
import { rightsOn } from '../src/core/rights';
import { wireCard } from './build';

const ME = { id: 'ana' };

function lead(part: Partial<Lead> = {}): Lead {
  const usual: Partial<Lead> = {
    id: 'l1',
    team_id: 'north',
    owner_id: 'ana',
    phones: ['+14155550117'],
    emails: [],
    handles: [],
    channels: [],
    status: 'lead',
    state: 'active',
  };
  return { ...usual, ...part } as Lead;
}

function connection(part: Partial<Connection>): Connection {
  return { kind: 'twilio_sms', owner_id: null, team_id: 'north', ...part } as Connection;
}

function known(part: Partial<Known> = {}): Known {
  return {
    lead: lead(),
    me: ME,
    connections: [connection({})],
    closed: [],
    refused: new Map(),
    ...part,
  };
}

function why(part: Partial<Known>, channel = 'sms'): string | null | undefined {
  return ways(known(part)).find((way) => way.channel === channel)?.why;
}

function event(part: Partial<Event>): Event {
  return { kind: 'message', direction: 'out', occurred_at: '2025-05-03T10:00:00Z', ...part } as Event;
}

describe('where a message can go', () => {
  it('out_2_meta_s_channels_work_while_the_server_says_that_their_reply_window_is_open', () => {
    const standing = (closed_by: string | null): Lead =>
      lead({
        handles: [{ kind: 'whatsapp', value: '1' }],
        channels: [
          { channel: 'whatsapp', open: closed_by === null, closed_by },
        ] as unknown as Lead['channels'],
      });
    const connections = [connection({ kind: 'whatsapp' })];
    expect(why({ lead: standing(null), connections }, 'whatsapp')).toBeNull();
    expect(why({ lead: standing('window_closed'), connections }, 'whatsapp')).toBe('window_closed');
    const kept = { ...standing(null), channels: undefined } as unknown as Lead;
    expect(why({ lead: kept, connections }, 'whatsapp')).toBeNull();
  });

  it('out_10_sms_works_through_ones_own_connection_or_the_teams_and_never_through_a_colleagues', () => {
    expect(why({})).toBeNull();
    expect(why({ connections: [connection({ owner_id: 'ana', team_id: 'south' })] })).toBeNull();
    expect(why({ connections: [connection({ owner_id: 'leo' })] })).toBe('no_connection');
    expect(why({ connections: [connection({ team_id: 'south' })] })).toBe('no_connection');
    expect(why({ connections: [connection({ kind: 'whatsapp' })] })).toBe('no_connection');
  });

  it('out_10_nothing_is_refused_for_connections_that_are_not_known_yet', () => {
    expect(why({ connections: null })).toBeNull();
    expect(why({ connections: [] })).toBe('no_connection');
  });

  it('ing_1_a_channel_they_closed_says_so_from_the_card_or_from_a_refusal', () => {
    expect(why({ closed: ['sms'] })).toBe('opted_out');
    expect(why({ refused: new Map([['sms', 'opted_out']]) })).toBe('opted_out');
    const card = { ...wireCard({ id: 'a' }), reason_key: 'opted_out', reason_params: { closed: 'sms' } };
    expect(readCard(card)?.closed).toBe('sms');
    expect(readCard({ ...card, reason_key: 'new' })?.closed).toBeNull();
  });

  it('other_channels_are_named_where_there_is_an_address_with_why_they_do_not_work_yet', () => {
    const mail = lead({ emails: ['maria@example.org'], handles: [{ kind: 'whatsapp', value: '1' }] });
    expect(ways(known({ lead: mail })).map(({ channel }) => channel)).toEqual(['sms', 'whatsapp', 'email']);
    expect(why({ lead: mail }, 'email')).toBe('channel_not_supported');
    expect(why({ lead: mail }, 'whatsapp')).toBe('no_connection');
    expect(why({ lead: lead({ phones: [], emails: ['a@b.example'] }) })).toBe('no_address');
  });

  it('nothing_is_sent_to_an_archived_lead', () => {
    expect(why({ lead: lead({ status: 'archived' }) })).toBe('lead_archived');
  });

  it('the_channel_they_wrote_on_last_comes_first_if_it_works', () => {
    const both = [
      { channel: 'sms', why: null },
      { channel: 'whatsapp', why: null },
    ] as const;
    const events = [
      event({ direction: 'in', channel: 'sms', occurred_at: '2025-05-01T10:00:00Z' }),
      event({ direction: 'in', channel: 'whatsapp', occurred_at: '2025-05-02T10:00:00Z' }),
      event({ direction: 'out', channel: 'sms', occurred_at: '2025-05-03T10:00:00Z' }),
    ];
    expect(preferred(both, events)).toBe('whatsapp');
    expect(preferred([{ channel: 'sms', why: null }], events)).toBe('sms');
    expect(preferred([{ channel: 'sms', why: 'opted_out' }], events)).toBeNull();
  });

  it('only_what_is_said_of_a_channel_closes_it_for_the_next_message_too', () => {
    expect(isOfTheChannel('opted_out')).toBe(true);
    expect(isOfTheChannel('too_many_sends')).toBe(false);
  });
});

describe('a draft', () => {
  it('out_4_a_kept_draft_is_read_whole_with_its_key_or_not_at_all', () => {
    const draft = {
      text: 'Olá',
      channel: 'sms',
      key: 'k1',
      files: [{ id: 'f1', name: 'plan.pdf', sizeBytes: 1200 }],
    };
    expect(readDraft(JSON.parse(JSON.stringify(draft)))).toEqual(draft);
    expect(readDraft({ ...draft, key: undefined })).toBeNull();
    expect(readDraft({ ...draft, files: [{}] })).toBeNull();
    expect(readDraft({ ...draft, channel: 'fax' })?.channel).toBeNull();
  });

  it('blanks_alone_are_no_message_and_a_file_alone_is_one', () => {
    expect(isEmpty({ ...emptyDraft('k'), text: ' \n ' })).toBe(true);
    expect(isEmpty({ ...emptyDraft('k'), files: [{ id: 'f', name: 'a', sizeBytes: 1 }] })).toBe(false);
  });

  it('room_is_told_near_the_end_of_an_sms_in_characters_as_the_server_counts_them', () => {
    const draft = emptyDraft('k');
    expect(roomLeft({ ...draft, text: 'x'.repeat(1000) }, 'sms')).toBeNull();
    expect(roomLeft({ ...draft, text: '🏡'.repeat(1590) }, 'sms')).toBe(10);
    expect(roomLeft({ ...draft, text: 'x'.repeat(1605) }, 'sms')).toBe(-5);
    expect(roomLeft({ ...draft, text: 'x'.repeat(1605) }, 'email')).toBeNull();
  });

  it('out_2_what_an_mms_cannot_carry_is_not_uploaded', () => {
    const draft = emptyDraft('k');
    expect(whyNotFile(draft, { type: 'image/jpeg', size: 5_000_000 })).toBeNull();
    expect(whyNotFile(draft, { type: 'image/jpeg', size: 5_000_001 })).toBe('file_too_large');
    expect(whyNotFile(draft, { type: 'application/pdf', size: 500_001 })).toBe('file_too_large');
    const files = Array.from({ length: 10 }, (_, n) => ({ id: String(n), name: 'a', sizeBytes: 1 }));
    expect(whyNotFile({ ...draft, files }, { type: 'image/png', size: 1 })).toBe('too_many_files');
  });

  it('out_5_a_message_is_under_way_until_its_last_state_and_not_for_ever', () => {
    const now = Date.parse('2025-05-03T10:05:00Z');
    expect(isUnderWay([event({ status: 'pending' })], now)).toBe(true);
    expect(isUnderWay([event({ status: 'sent' })], now)).toBe(true);
    for (const status of ['delivered', 'failed', 'canceled', 'unknown'] as const) {
      expect(isUnderWay([event({ status })], now)).toBe(false);
    }
    expect(isUnderWay([event({ status: 'received', direction: 'in' })], now)).toBe(false);
    expect(isUnderWay([event({ status: 'sent' })], now + 2 * 86_400_000)).toBe(false);
  });
});

describe('what one may do with a lead', () => {
  it('rsc_1_a_team_lead_acts_on_a_stale_lead_only_and_reads_it_with_a_reason', () => {
    const tom = { id: 'tom', role: 'team_lead' } as const;
    expect(rightsOn(lead(), tom)).toMatchObject({ act: false, openWithReason: false, reassign: true });
    expect(rightsOn(lead({ state: 'stale' }), tom)).toMatchObject({
      act: true,
      openWithReason: true,
      handBack: true,
      seeReaders: false,
    });
    expect(rightsOn(lead({ owner_id: 'tom', state: 'stale' }), tom)).toMatchObject({
      act: true,
      openWithReason: false,
      handBack: false,
    });
  });

  it('prv_1_an_administrator_never_reads_and_an_agent_never_reassigns', () => {
    const admin = { id: 'ada', role: 'admin' } as const;
    expect(rightsOn(lead({ state: 'stale' }), admin)).toMatchObject({
      act: false,
      openWithReason: false,
      reassign: true,
      seeReaders: true,
    });
    const ana = { id: 'ana', role: 'agent' } as const;
    expect(rightsOn(lead(), ana)).toMatchObject({ act: true, reassign: false, seeReaders: true });
  });
});

describe('calls', () => {
  it('out_6_the_call_placed_last_waits_until_its_own_outcome_is_told', () => {
    const placed = (call_id: string, occurred_at: string): Event =>
      event({ occurred_at, detail: { what: 'call_placed', call_id, task_id: 't' } });
    const ended = (call_id: string): Event =>
      event({ detail: { what: 'call_ended', call_id, result: 'spoke' } });
    const two = [placed('c1', '2025-05-03T10:00:00Z'), placed('c2', '2025-05-03T11:00:00Z')];
    expect(openCall([])).toBeNull();
    expect(openCall(two)).toBe('c2');
    expect(openCall([...two, ended('c2')])).toBe('c1');
    expect(openCall([...two, ended('c2'), ended('c1')])).toBeNull();
  });
});
