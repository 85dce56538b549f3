import type { Refusal } from '../core/live_state';
import { words } from '../i18n';

/** Why the card is back, in this visit's language; a code without words of its own gets the general reason. */
export function reasonOf(refusal: Refusal): string {
  const reason = words.refusal.reason(refusal.code) ?? words.refusal[refusal.result];
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
