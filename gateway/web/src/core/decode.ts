/**
 * Reading JSON that came over the network, field by field.
 *
 * Promises: a missing or ill-typed field becomes `null` (or the stated default), never an exception.
 * Does not know: what the fields mean.
 */

export type Json = Readonly<Record<string, unknown>>;

export function asRecord(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

export function parseRecord(text: string): Json | null {
  // What was never kept is no failure: an exception costs a slow phone milliseconds.
  if (text === '') return null;
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return null;
  }
}

export function text(record: Json, field: string): string | null {
  const value = record[field];
  return typeof value === 'string' ? value : null;
}

export function number(record: Json, field: string): number | null {
  const value = record[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Milliseconds since 1970 of an RFC 3339 time. */
export function instant(record: Json, field: string): number | null {
  const value = text(record, field);
  const ms = value === null ? Number.NaN : Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

export function oneOf<T extends string>(record: Json, field: string, allowed: readonly T[]): T | null {
  const value = record[field];
  return allowed.find((known) => known === value) ?? null;
}

/** All entries read, or `null` if the field is no list or one entry cannot be read: never a silent gap. */
export function list<T>(
  record: Json,
  field: string,
  read: (entry: unknown) => T | null,
): readonly T[] | null {
  const value = record[field];
  if (!Array.isArray(value)) return null;
  const entries: T[] = [];
  for (const raw of value as unknown[]) {
    const entry = read(raw);
    if (entry === null) return null;
    entries.push(entry);
  }
  return entries;
}
