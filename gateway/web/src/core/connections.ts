/**
 * What a connection is called on screen, and the address that its provider is to call.
 *
 * Does not know: the words around them.
 */
import type { Connection, ConnectionKind, ConnectionSettings } from '../api/schema';

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

/** What has to be given to connect one of a kind, in the order in which its provider shows it. */
export type SettingName =
  | 'number'
  | 'account_sid'
  | 'auth_token'
  | 'messaging_service_sid'
  | 'phone_number_id'
  | 'business_account_id'
  | 'page_id'
  | 'account_id'
  | 'app_secret'
  | 'access_token'
  | 'verify_token';

export const KINDS = [
  'twilio_sms',
  'whatsapp',
  'messenger',
  'instagram',
] as const satisfies readonly ConnectionKind[];

export const SETTINGS: Readonly<Record<ConnectionKind, readonly SettingName[]>> = {
  twilio_sms: ['number', 'account_sid', 'auth_token', 'messaging_service_sid'],
  whatsapp: ['phone_number_id', 'business_account_id', 'app_secret', 'access_token', 'verify_token'],
  messenger: ['page_id', 'app_secret', 'access_token', 'verify_token'],
  instagram: ['account_id', 'app_secret', 'access_token', 'verify_token'],
};

/** Never shown again once they are kept; the verify token is made here and has to be read while it is typed elsewhere. */
export const SECRETS: readonly SettingName[] = ['auth_token', 'app_secret', 'access_token'];

/** What is sent of what was typed: nothing that was left empty, so that the server names what is missing. */
export function settingsOf(
  kind: ConnectionKind,
  typed: Readonly<Partial<Record<SettingName, string>>>,
): Readonly<Record<string, string>> {
  const given = SETTINGS[kind].map((name) => [name, typed[name]?.trim() ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** Where the webhook is entered, as the provider's own console names it (in English everywhere). */
export const CONSOLE: Readonly<Record<ConnectionKind, string>> = {
  twilio_sms: 'console.twilio.com › Phone Numbers › Manage › Active numbers › Messaging',
  whatsapp: 'developers.facebook.com › My Apps › WhatsApp › Configuration',
  messenger: 'developers.facebook.com › My Apps › Messenger › Messenger API Settings',
  instagram: 'developers.facebook.com › My Apps › Instagram › API setup › Configure webhooks',
};

/** The webhook fields that are read; the provider sends only what it was told to. */
export const SUBSCRIBED: Readonly<Record<ConnectionKind, readonly string[]>> = {
  twilio_sms: [],
  whatsapp: ['messages'],
  messenger: [
    ...['messages', 'messaging_postbacks', 'message_echoes', 'message_reactions'],
    ...['message_edits', 'message_deliveries', 'message_reads'],
  ],
  instagram: ['messages', 'messaging_postbacks', 'message_reactions', 'message_edit', 'messaging_seen'],
};
