/**
 * What is about to be sent to one lead: text, channel and files, before anybody approved it.
 *
 * Promises: a draft that was kept by an earlier visit is read whole or not at all; every change of what
 * would be sent gets a key of its own, so that the same draft sent twice is one message (OUT-4).
 * Does not know: where drafts are kept, or the network.
 */

import type { Delivery, Event } from '../api/schema';
import { CHANNELS, type Channel } from './card';
import { LONGEST } from './channels';
import { asRecord, list, number, oneOf, text } from './decode';

/** An uploaded file. */
export interface DraftFile {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
}

export interface Draft {
  readonly text: string;
  /** `null`: whichever is preferred. */
  readonly channel: Channel | null;
  readonly files: readonly DraftFile[];
  /** Names this message to the server, however often it is sent. */
  readonly key: string;
}

/** What one message carries (`POST /v1/attachments`). */
export const MAX_FILES = 10;
export const MAX_PICTURE_BYTES = 5_000_000;
export const MAX_OTHER_BYTES = 500_000;
export const ACCEPTED =
  'image/jpeg,image/png,image/gif,audio/*,video/*,text/vcard,text/calendar,application/pdf';
/** How long a message can be taken back (experience.md: "Undo stays five seconds"). */
export const UNDO_SECONDS = 5;
/** The end of the text is near: say how much is left. */
const NEAR_THE_END = 160;

export function emptyDraft(key: string): Draft {
  return { text: '', channel: null, files: [], key };
}

export function isEmpty(draft: Draft): boolean {
  return draft.text.trim() === '' && draft.files.length === 0;
}

export function readDraft(value: unknown): Draft | null {
  const record = asRecord(value);
  const files = record === null ? null : list(record, 'files', readFile);
  const key = record === null ? null : text(record, 'key');
  if (record === null || files === null || key === null) return null;
  return { text: text(record, 'text') ?? '', channel: oneOf(record, 'channel', CHANNELS), files, key };
}

function readFile(value: unknown): DraftFile | null {
  const record = asRecord(value);
  const id = record === null ? null : text(record, 'id');
  if (record === null || id === null) return null;
  return { id, name: text(record, 'name') ?? '', sizeBytes: number(record, 'sizeBytes') ?? 0 };
}

/** Characters that still fit; `null` while there is plenty of room. Counted as the server counts them. */
export function roomLeft(draft: Draft, channel: Channel | null): number | null {
  const longest = channel === null ? undefined : LONGEST[channel];
  if (longest === undefined) return null;
  // Instagram counts bytes, the others characters.
  const used =
    channel === 'instagram' ? new TextEncoder().encode(draft.text).length : Array.from(draft.text).length;
  const left = longest - used;
  return left > NEAR_THE_END ? null : left;
}

/** Why a file is not even uploaded, by a code of the messages; `null` if it may be. */
export function whyNotFile(
  draft: Draft,
  file: { readonly type: string; readonly size: number },
): string | null {
  if (draft.files.length >= MAX_FILES) return 'too_many_files';
  const isPicture = file.type.startsWith('image/');
  return file.size > (isPicture ? MAX_PICTURE_BYTES : MAX_OTHER_BYTES) ? 'file_too_large' : null;
}

const SETTLED: readonly Delivery[] = ['received', 'delivered', 'read', 'failed', 'canceled', 'unknown'];

/** Something of ours is still on its way: its state will change without the deck moving. */
export function isUnderWay(events: readonly Event[], nowMs: number): boolean {
  const DAY_MS = 86_400_000;
  return events.some(
    (event) =>
      event.direction === 'out' &&
      event.kind === 'message' &&
      !SETTLED.includes(event.status) &&
      nowMs - Date.parse(event.occurred_at) < DAY_MS,
  );
}
