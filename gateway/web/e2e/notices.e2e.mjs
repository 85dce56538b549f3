// A client of somebody else writes to one's own number (IDN-6): whoever was written to learns whose client that is and reads
// that one message; nothing else of the lead ever reaches their page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { ADMIN, EMAIL, PASSWORD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

const AGENT = { email: EMAIL, password: PASSWORD };
const TO_ANA = 'We are three, with a dog.';
const TO_BEN = 'Are you the one for the flat by the park?';
const from = newNumber();
const digits = String(Date.now()).slice(-6);
const BEN = { email: `ben.${digits}@tests.example`, password: 'password-of-ben' };

let browser;
let anaName;
const complaints = [];

before(async () => {
  browser = await launch();
  const { access_token } = await ask('POST', '/v1/sessions', ADMIN);
  const { user: ana } = await ask('POST', '/v1/sessions', AGENT);
  anaName = ana.name;
  const person = { ...BEN, name: 'Ben Carter', role: 'agent', team_id: ana.team_id, language: 'en' };
  const ben = await ask('POST', '/v1/users', person, access_token);
  const settings = {
    account_sid: `AC${'4'.repeat(32)}`,
    auth_token: 'auth-token-of-ben',
    number: `+1646555${digits.slice(-4)}`,
  };
  const made = { kind: 'twilio_sms', owner_id: ben.id, settings };
  const { webhook_url } = await ask('POST', '/v1/connections', made, access_token);
  const his = {
    hookUrl: webhook_url,
    authToken: settings.auth_token,
    accountSid: settings.account_sid,
    number: settings.number,
  };
  await deliverSms(TWILIO, from, TO_ANA);
  const waits = await openPhone(browser);
  const way = new Way(waits.page);
  await way.signIn(URL_OF_SERVER, AGENT);
  await way.bringOnTop(TO_ANA);
  await waits.page.context().close();
  await deliverSms(his, from, TO_BEN);
});

after(async () => {
  await browser?.close();
});

async function device(who) {
  const opened = await openPhone(browser);
  complaints.push(opened.complaints);
  const heard = [];
  opened.page.on('response', async (response) => {
    if (response.url().includes('/v1/')) heard.push(await response.text().catch(() => ''));
  });
  const way = new Way(opened.page);
  await way.signIn(URL_OF_SERVER, who);
  return { ...opened, heard, way };
}

test('idn_6_whoever_was_written_to_learns_whose_client_that_is_and_reads_that_one_message', async () => {
  const { page, heard, way } = await device(BEN);
  assert.equal(await way.left(), 0);
  await way.goTo('More');
  await page.getByRole('link', { name: 'To sort out' }).click();
  const item = page.getByRole('article', { name: new RegExp(`A client of .*${anaName}`) });
  await item.waitFor();
  assert.equal(await page.getByText(TO_BEN).count(), 0);
  for (const body of heard) assert.equal(body.includes(TO_BEN) || body.includes(from), false);
  await settled(page);
  await inspect(page, 'notices');
  await item.getByRole('button', { name: 'Read the message' }).click();
  await item.getByText(TO_BEN).waitFor();
  await settled(page);
  await inspect(page, 'notice-read', { schemes: ['light'] });
  assert.equal(await item.getByRole('link').count(), 0);
  await item.getByRole('button', { name: 'Take it off the list' }).click();
  await page.getByText('It is off the list.').waitFor();
  await page.getByText('Nobody else’s client wrote to you.').waitFor();
  for (const body of heard) assert.equal(body.includes(TO_ANA), false);
  await page.context().close();
});

test('prv_4_who_has_the_lead_sees_who_read_that_message', async () => {
  const { page, way } = await device(AGENT);
  await way.bringOnTop(TO_BEN);
  await page.keyboard.press('r');
  await page.getByText(TO_ANA).waitFor();
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'Who read this' }).click();
  await page.getByRole('dialog').getByText('Ben Carter').first().waitFor();
  await page.context().close();
});

test('no_notice_breaks_a_rule_of_the_content_policy_or_logs_an_error', () => {
  assert.deepEqual(complaints.flat(), []);
});
