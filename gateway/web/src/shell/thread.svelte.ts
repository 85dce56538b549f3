/**
 * One lead's thread as it is read: the lead, what was said, the leave to read it, and what the device kept of it.
 *
 * Promises: nothing of another lead is ever shown; leave to read is in memory alone, and what it opened is not kept
 * and goes with it; a thread that was read stays readable without a line, and one that is gone is forgotten here too.
 * Does not know: elements, words, or where one has scrolled to.
 */

import type { Event, Lead, MessageResult, Page } from '../api/schema';
import { isUnderWay } from '../core/draft';
import { rightsOn, type Rights } from '../core/rights';
import { days, merge, type Day } from '../core/thread';
import { Fetched } from './fetched.svelte';
import type { Refused, Session } from './session';
import type { Vault } from './vault';

const PAGE = 50;
/** What is on its way is looked after at this pace, each time a little later. */
const LOOK_MS = { first: 1500, most: 30_000 };

export class Thread {
  readonly lead = new Fetched<Lead>();
  readonly events = new Fetched<Page<Event>>();
  /** Pages before the newest one. */
  earlier = $state.raw<readonly Event[]>([]);
  /** Where the page before those begins; `null` at the beginning of all. */
  cursor = $state<string | null>(null);
  /** When what is shown was kept, by the server's clock; `null` while it comes from the server. */
  keptAtMs = $state<number | null>(null);
  /** Leave to read a Stale lead; gone with the visit, or the state that it needs. */
  grant = $state<string | null>(null);

  readonly #session: Session;
  readonly #vault: Vault;

  constructor(
    session: Session,
    vault: Vault,
    readonly leadId: string,
  ) {
    this.#session = session;
    this.#vault = vault;
  }

  get days(): readonly Day[] {
    return days(merge(this.events.value?.items ?? [], this.earlier));
  }

  /** `null` while the lead is not known. */
  get rights(): Rights | null {
    return this.lead.value === null ? null : rightsOn(this.lead.value, this.#session.user);
  }

  get refused(): Refused | null {
    return this.lead.refused ?? this.events.refused;
  }

  get isGone(): boolean {
    return this.lead.refused?.problem?.status === 404;
  }

  /** The lead that goes on with this one, if it was merged away (IDN-3). */
  get goesOnAs(): string | null {
    const problem = this.lead.refused?.problem;
    return problem?.code === 'lead_merged' ? problem.leadId : null;
  }

  async open(): Promise<void> {
    await this.refresh();
    this.cursor = this.events.value?.next_cursor ?? null;
  }

  async refresh(): Promise<void> {
    const path = { id: this.leadId };
    await Promise.all([this.lead.load(() => this.#session.ask('get_lead', { path })), this.newest()]);
    // The door has closed: nothing that it showed stays on the page.
    if (this.grant !== null && (this.events.refused !== null || this.rights?.openWithReason !== true)) {
      this.grant = null;
      this.earlier = [];
      await this.newest();
    }
    await this.keepOrRemember();
  }

  /** One page before what is shown. */
  async more(): Promise<void> {
    const { cursor, grant } = this;
    if (cursor === null) return;
    const query = { limit: PAGE, cursor };
    const reply = await this.#session.ask('list_events', { path: { id: this.leadId }, query, grant });
    // Leave that ended meanwhile leaves nothing behind.
    if (!reply.ok || grant !== this.grant) return;
    this.earlier = merge(this.earlier, reply.body.items);
    this.cursor = reply.body.next_cursor ?? null;
  }

  async openWith(grant: string): Promise<void> {
    this.grant = grant;
    await this.refresh();
  }

  /** What somebody found out of a message in doubt (OUT-3); `null` if the server took it. */
  async tell(eventId: string, result: MessageResult): Promise<Refused | null> {
    const path = { id: this.leadId, event_id: eventId };
    const reply = await this.#session.ask('tell_message_outcome', { path, body: { result } });
    return reply.ok ? null : reply;
  }

  /** How far a message got changes without the deck moving: when to look again; `null` if nothing is under way. */
  lookInMs(looks: number): number | null {
    if (!isUnderWay(this.events.value?.items ?? [], this.#session.time.nowMs())) return null;
    return Math.min(LOOK_MS.most, LOOK_MS.first * 1.5 ** looks);
  }

  private newest(): Promise<void> {
    const { grant } = this;
    const path = { id: this.leadId };
    return this.events.load(() => this.#session.ask('list_events', { path, query: { limit: PAGE }, grant }));
  }

  private async keepOrRemember(): Promise<void> {
    const name = `thread.${this.leadId}`;
    const { lead, events } = this;
    if (lead.refused === null && events.refused === null) {
      this.keptAtMs = null;
      // What was opened with a reason is read, and not kept.
      if (this.grant === null) void this.#vault.put(name, { lead: lead.value, events: events.value });
    } else if (this.isGone || this.goesOnAs !== null) void this.#vault.drop(name);
    else if (isUnreachable(lead.refused) && lead.value === null) await this.remember(name);
  }

  private async remember(name: string): Promise<void> {
    const kept = await this.#vault.get(name);
    if (kept === null) return;
    const { lead, events } = kept.value as { lead: Lead; events: Page<Event> };
    this.lead.set(lead, null);
    this.events.set(events, null);
    this.keptAtMs = this.#session.time.at(kept.atMs);
  }
}

function isUnreachable(refused: Refused | null): boolean {
  return refused !== null && refused.problem === null && !refused.ended;
}
