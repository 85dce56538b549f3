/**
 * What time it is for the server, told from this device's clock: all moments of the API are by that one.
 *
 * Promises: a device whose clock agrees with the server's, as far as can be told, keeps its own; one that is off, and a
 * server whose time runs fast (a demo), are followed; what is believed does not jump about with every slow answer.
 * Does not know: where the time comes from.
 */

import { instant, number, type Json } from './decode';

/** What the server's clock showed at a moment of this device's, and how many of its seconds pass in one here. */
export interface Reading {
  readonly serverMs: number;
  readonly deviceMs: number;
  readonly pace: number;
}

/** The device's own clock, until the server has said otherwise. */
export const OWN_CLOCK: Reading = { serverMs: 0, deviceMs: 0, pace: 1 };

/** What the server said, somewhere between the question and the answer. */
export interface Told {
  readonly nowMs: number;
  readonly pace: number;
}

/** `null` for a server that says nothing, or nonsense. */
export function readClock(record: Json | null): Told | null {
  const nowMs = record === null ? null : instant(record, 'now');
  const pace = record === null ? null : number(record, 'pace');
  return nowMs === null || pace === null || pace < 1 ? null : { nowMs, pace };
}

/** The server's time at that moment of the device's. */
export function serverMs(reading: Reading, deviceMs: number): number {
  return reading.serverMs + (deviceMs - reading.deviceMs) * reading.pace;
}

/** How long it is here until that moment of the server's; negative if it is over. */
export function untilMs(reading: Reading, atMs: number, deviceMs: number): number {
  return (atMs - serverMs(reading, deviceMs)) / reading.pace;
}

/**
 * What to believe after an answer. The server read its clock between `askedMs` and `heardMs` (of the device's): what was
 * believed stays if that fits, else the middle is taken, which is wrong by half the way at most.
 */
export function corrected(known: Reading, told: Told, askedMs: number, heardMs: number): Reading {
  const tookMs = Math.max(0, heardMs - askedMs) * told.pace;
  const believed = serverMs(known, heardMs);
  const fits = known.pace === told.pace && believed >= told.nowMs && believed <= told.nowMs + tookMs;
  return fits ? known : { serverMs: told.nowMs + tookMs / 2, deviceMs: heardMs, pace: told.pace };
}
