/**
 * When a snoozed card comes back (LIF-6), in the time zone of the device: three choices and one's own.
 *
 * Promises: every choice lies in the future; a choice that would say the same as another is left out.
 * Does not know: words.
 */

export const PRESETS = ['later_today', 'tomorrow', 'next_week'] as const;
export type Preset = (typeof PRESETS)[number];

export interface Choice {
  readonly preset: Preset;
  readonly atMs: number;
}

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
const MORNING_HOUR = 9;
const LAST_HOUR = 21;
const MONDAY = 1;

/** Three hours from now on the quarter, while that is still today's work; tomorrow and Monday at nine. */
export function choices(nowMs: number): readonly Choice[] {
  const later = Math.ceil((nowMs + 3 * HOUR_MS) / QUARTER_MS) * QUARTER_MS;
  const laterHour = new Date(later).getHours();
  const isToday = new Date(later).toDateString() === new Date(nowMs).toDateString();
  const today: readonly Choice[] =
    isToday && laterHour < LAST_HOUR ? [{ preset: 'later_today', atMs: later }] : [];
  return [
    ...today,
    { preset: 'tomorrow', atMs: morning(nowMs, 1) },
    { preset: 'next_week', atMs: morning(nowMs, daysToMonday(nowMs)) },
  ];
}

/** Next week's Monday; on a Sunday that is the one after tomorrow's. */
function daysToMonday(nowMs: number): number {
  const days = (MONDAY - new Date(nowMs).getDay() + 7) % 7;
  return days <= 1 ? days + 7 : days;
}

function morning(nowMs: number, days: number): number {
  const day = new Date(nowMs);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, MORNING_HOUR).getTime();
}

/** What `<input type="datetime-local">` takes and gives: local time to the minute. */
export function localField(ms: number): string {
  const time = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** `null` for a time that is none, or not in the future. */
export function fromLocalField(value: string, nowMs: number): number | null {
  const ms = new Date(value).getTime();
  return Number.isNaN(ms) || ms <= nowMs ? null : ms;
}
