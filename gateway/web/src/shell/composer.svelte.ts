/**
 * The message being written to one lead: kept sealed on the device while it is typed, sent once, and taken
 * back while it can be.
 *
 * Promises: a text leaves the box only when the server has it; a send that was not answered is repeated under
 * the same key; nothing of another lead is ever shown or sent.
 * Does not know: which channels work, or words.
 */

import type { Channel } from '../core/card';
import { emptyDraft, isEmpty, readDraft, UNDO_SECONDS, whyNotFile, type Draft } from '../core/draft';
import { newId } from './ids';
import type { Refused, Session } from './session';
import type { Vault } from './vault';

const KEEP_AFTER_MS = 200;

/** What was sent last, for as long as it can be taken back. */
export interface Sent {
  readonly eventId: string;
  readonly draft: Draft;
  /** It leaves then: after the seconds for undo (by this device's clock), or after quiet hours (by the server's). */
  readonly leavesAtMs: number;
  /** Quiet hours hold it back, not undo. */
  readonly quiet: boolean;
}

export class Composer {
  draft: Draft = $state.raw(emptyDraft(newId()));
  busy = $state(false);
  uploading = $state(0);
  refused: Refused | null = $state.raw(null);
  /** A reason of our own, by its code: the file was not even uploaded. */
  wrong: string | null = $state(null);
  sent: Sent | null = $state.raw(null);
  /** What became of the last try to take something back. */
  taken: 'back' | 'too_late' | null = $state(null);

  readonly #session: Session;
  readonly #vault: Vault;
  readonly #leadId: string;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #touched = false;

  constructor(session: Session, vault: Vault, leadId: string) {
    this.#session = session;
    this.#vault = vault;
    this.#leadId = leadId;
  }

  /** Brings back what was not sent on an earlier visit. Returns how to stop. */
  start(): () => void {
    void this.remember();
    // A page that is put away may never run again.
    const leave = (): void => {
      if (this.#keeping !== undefined) this.keepNow();
    };
    document.addEventListener('visibilitychange', leave);
    return () => {
      document.removeEventListener('visibilitychange', leave);
      leave();
    };
  }

  write(text: string): void {
    this.change({ text });
  }

  /** A text that was sent before and never arrived, to be sent once more; what is being written goes before it. */
  again(text: string, channel: Channel): void {
    if (isEmpty(this.draft)) this.change({ text, channel });
  }

  choose(channel: Channel): void {
    this.change({ channel });
  }

  remove(fileId: string): void {
    this.change({ files: this.draft.files.filter(({ id }) => id !== fileId) });
  }

  async attach(files: readonly File[]): Promise<void> {
    for (const file of files) {
      this.wrong = whyNotFile(this.draft, file);
      if (this.wrong !== null) return;
      this.uploading += 1;
      const query = { lead_id: this.#leadId, filename: file.name.slice(0, 255) };
      const reply = await this.#session.ask('upload', { query, file });
      this.uploading -= 1;
      if (!reply.ok) {
        this.refused = reply;
        return;
      }
      const uploaded = { id: reply.body.id, name: file.name, sizeBytes: file.size };
      this.change({ files: [...this.draft.files, uploaded] });
    }
  }

  /** True once the server has it. */
  async send(channel: Channel): Promise<boolean> {
    const { draft } = this;
    if (this.busy || this.uploading > 0 || isEmpty(draft)) return false;
    this.busy = true;
    this.refused = null;
    this.taken = null;
    if (this.#keeping !== undefined) this.keepNow();
    const reply = await this.#session.ask('send', {
      path: { id: this.#leadId },
      key: draft.key,
      body: {
        channel,
        undo_seconds: UNDO_SECONDS,
        ...(draft.text.trim() === '' ? {} : { body: draft.text }),
        ...(draft.files.length === 0 ? {} : { attachment_ids: draft.files.map(({ id }) => id) }),
      },
    });
    this.busy = false;
    if (!reply.ok) {
      this.refused = reply;
      return false;
    }
    const holdMs = UNDO_SECONDS * 1000;
    const notBeforeMs = Date.parse(reply.body.not_before ?? '');
    // Longer than undo alone would hold it, by more than what is known of the server's clock is wrong.
    const quiet = this.#session.time.untilMs(notBeforeMs) > holdMs + 60_000;
    const leavesAtMs = quiet ? notBeforeMs : Date.now() + holdMs;
    this.sent = { eventId: reply.body.event_id, draft, leavesAtMs, quiet };
    this.draft = emptyDraft(newId());
    this.keepNow();
    return true;
  }

  /** Takes back what still waits; the text of the last one is in the box again, if nothing else is. */
  async takeBack(eventId: string): Promise<void> {
    const reply = await this.#session.ask('act', {
      body: { kind: 'undo', lead_id: this.#leadId, mutation_id: eventId },
    });
    if (!reply.ok) {
      this.refused = reply;
      return;
    }
    const back = reply.body.result === 'applied';
    this.taken = back ? 'back' : 'too_late';
    if (back && this.sent?.eventId === eventId && isEmpty(this.draft)) this.restore(this.sent.draft);
    if (this.sent?.eventId === eventId) this.sent = null;
  }

  /** The time is over. */
  settle(): void {
    this.sent = null;
  }

  private restore(draft: Draft): void {
    // Another message from now on: the server knows the old key as one that was taken back.
    this.change(draft);
  }

  private change(part: Partial<Draft>): void {
    this.#touched = true;
    this.draft = { ...this.draft, ...part, key: newId() };
    this.refused = null;
    this.wrong = null;
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => {
      this.keepNow();
    }, KEEP_AFTER_MS);
  }

  private keepNow(): void {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    const name = `draft.${this.#leadId}`;
    if (isEmpty(this.draft)) void this.#vault.drop(name);
    else void this.#vault.put(name, this.draft);
  }

  private async remember(): Promise<void> {
    const kept = await this.#vault.get(`draft.${this.#leadId}`);
    const draft = kept === null ? null : readDraft(kept.value);
    // Whoever began to type meanwhile goes on.
    if (draft !== null && !this.#touched) this.draft = draft;
  }
}
