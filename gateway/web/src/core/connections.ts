/**
 * What a connection is called on screen, and the address that its provider is to call.
 *
 * Does not know: the words around them.
 */
import type { Connection, ConnectionSettings } from '../api/schema';

/** The number or account that is connected, as its provider names it. */
export function accountOf(settings: ConnectionSettings): string {
  if ('number' in settings) return settings.number;
  if ('phone_number_id' in settings) return settings.phone_number_id;
  return settings.page_id ?? settings.account_id ?? '';
}

/** Meta's products have names that are the same in every language; `null` for a number, which has words of its own. */
export function productOf(kind: Connection['kind']): string | null {
  switch (kind) {
    case 'twilio_sms':
      return null;
    case 'whatsapp':
      return 'WhatsApp';
    case 'messenger':
      return 'Messenger';
    case 'instagram':
      return 'Instagram';
  }
}

/** Twilio repeats what was not answered well only if the address says so; Meta takes the address as it is. */
export function hookOf(connection: Connection): string {
  return connection.kind === 'twilio_sms' ? `${connection.webhook_url}#rc=5&rp=all` : connection.webhook_url;
}
