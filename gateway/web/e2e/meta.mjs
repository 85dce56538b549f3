// Delivers a WhatsApp message exactly as Meta does: JSON, signed with HMAC-SHA256 over the raw body.
import assert from 'node:assert/strict';
import { createHmac, randomInt } from 'node:crypto';

/** What Meta does when its console is told to verify: the address must answer with the challenge. */
export async function verify(webhookUrl, token) {
  const challenge = String(randomInt(1_000_000_000));
  const asked = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.verify_token': token,
    'hub.challenge': challenge,
  });
  const response = await fetch(`${webhookUrl}?${asked}`);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), challenge);
}

/** Resolves when the server has answered 2xx. */
export async function deliverWhatsapp(
  { webhookUrl, appSecret, accountId, phoneNumberId },
  from,
  text,
  { name } = {},
) {
  const metadata = { display_phone_number: '15550001111', phone_number_id: phoneNumberId };
  const message = {
    from,
    id: `wamid.${Buffer.from(`${from}${Date.now()}`).toString('base64')}`,
    timestamp: String(Math.floor(Date.now() / 1000)),
    type: 'text',
    text: { body: text },
  };
  const contacts = name === undefined ? {} : { contacts: [{ wa_id: from, profile: { name } }] };
  const value = { messaging_product: 'whatsapp', metadata, ...contacts, messages: [message] };
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: accountId, changes: [{ field: 'messages', value }] }],
  });
  const signature = createHmac('sha256', appSecret).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` };
  const response = await fetch(webhookUrl, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`the hook answered ${response.status}`);
}
