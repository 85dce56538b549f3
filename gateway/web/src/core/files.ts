/**
 * Files of a thread: which are shown where they stand, and which are saved.
 *
 * Promises: only pictures that every browser draws, and that can hold no script, are shown; all else is saved.
 * Does not know: how a file is fetched, or words.
 */

import type { Attachment } from '../api/schema';

const PICTURES: readonly string[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

export function isPicture({ mime_type }: Attachment): boolean {
  return PICTURES.includes(mime_type?.split(';')[0]?.trim().toLowerCase() ?? '');
}

/** "340 kB", "2.1 MB"; empty while the size is not known. */
export function sizeOf(bytes: number | null | undefined): string {
  if (bytes == null) return '';
  if (bytes >= 1_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${Math.max(1, Math.round(bytes / 1000))} kB`;
}
