// Delivers an SMS exactly as Twilio does: form parameters, signed with HMAC-SHA1 over the configured URL and
// the parameters in the order of their names.
import { createHmac, randomBytes, randomInt } from 'node:crypto';

/** A number nobody has used before, in the form of North America. */
export function newNumber() {
  return `+1415${randomInt(200, 1000)}${String(randomInt(0, 10_000)).padStart(4, '0')}`;
}

/** Resolves when the server has answered 2xx, so the message is durable. `without`: parameters that are left out. */
export async function deliverSms(
  { hookUrl, authToken, accountSid, number },
  from,
  body,
  { without = [] } = {},
) {
  const sid = `SM${randomBytes(16).toString('hex')}`;
  const parameters = {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    Body: body,
    From: from,
    MessageSid: sid,
    NumMedia: '0',
    NumSegments: '1',
    SmsMessageSid: sid,
    SmsSid: sid,
    SmsStatus: 'received',
    To: number,
  };
  for (const name of without) delete parameters[name];
  const signed = Object.keys(parameters)
    .sort()
    .reduce((text, name) => text + name + parameters[name], hookUrl);
  const response = await fetch(hookUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': createHmac('sha1', authToken).update(signed).digest('base64'),
    },
    body: new URLSearchParams(parameters),
  });
  if (!response.ok) throw new Error(`the hook answered ${response.status}`);
}
