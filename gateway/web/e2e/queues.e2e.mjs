// What waits for a person: a lead that nobody has is given to an agent, and what could not be read is sent through again
// or thrown away, with not a word of it on anybody's page but its owner's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { ADMIN, EMAIL, PASSWORD, TEAM_LEAD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

const WORDS = 'We look for three rooms by the river';
const AGENT = { email: EMAIL, password: PASSWORD };
const from = newNumber();
const shown = from.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1-$1-$2-$3');

let browser;
let agentName;
const complaints = [];

before(async () => {
  browser = await launch();
  const { access_token } = await ask('POST', '/v1/sessions', ADMIN);
  const { user } = await ask('POST', '/v1/sessions', TEAM_LEAD);
  agentName = (await ask('POST', '/v1/sessions', AGENT)).user.name;
  const settings = {
    account_sid: `AC${'3'.repeat(32)}`,
    auth_token: 'auth-token-of-queues',
    number: `+1718555${String(Date.now()).slice(-4)}`,
  };
  const made = { kind: 'twilio_sms', team_id: user.team_id, settings };
  const { webhook_url } = await ask('POST', '/v1/connections', made, access_token);
  const ofTeam = {
    hookUrl: webhook_url,
    authToken: settings.auth_token,
    accountSid: settings.account_sid,
    number: settings.number,
  };
  await deliverSms(ofTeam, from, WORDS);
  await deliverSms(TWILIO, newNumber(), WORDS, { without: ['MessageSid', 'SmsSid', 'SmsMessageSid'] });
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

test('idn_5_a_lead_that_nobody_has_is_given_to_an_agent_and_is_on_their_deck', async () => {
  const agent = await device(AGENT);
  const { page, heard } = await device(TEAM_LEAD);
  await page.goto(`${URL_OF_SERVER}/unassigned`);
  const item = page.getByRole('listitem').filter({ hasText: shown });
  await item.waitFor();
  await settled(page);
  await inspect(page, 'unassigned');
  await item.getByLabel('Give to').selectOption({ label: agentName });
  await item.getByRole('button', { name: 'Give', exact: true }).click();
  await page.getByText(`${agentName} has it now.`).waitFor();
  await item.waitFor({ state: 'detached' });
  for (const body of heard) assert.equal(body.includes(WORDS), false);
  await agent.way.bringOnTop(WORDS);
  await agent.page.context().close();
  await page.context().close();
});

test('ing_10_what_could_not_be_read_is_sent_through_again_without_being_read', async () => {
  const { page, heard } = await device(TEAM_LEAD);
  await page.goto(`${URL_OF_SERVER}/dead-letters`);
  const letter = page.getByRole('article').filter({ hasText: 'MessageSid' }).first();
  await letter.getByText(/could not be read/).waitFor();
  assert.equal(await letter.getByRole('button', { name: 'Show what is in it' }).count(), 0);
  await settled(page);
  await inspect(page, 'dead-letters');
  await letter.getByRole('button', { name: 'Send through again' }).click();
  await page.getByText('On its way again.').first().waitFor();
  // Nothing was mended: it dies once more, and says how often it was tried.
  await letter.getByText(/sent through once/).waitFor({ timeout: 20_000 });
  for (const body of heard) assert.equal(body.includes(WORDS), false);
  await page.context().close();
});

test('prv_8_its_owner_reads_what_is_in_it_and_throws_it_away', async () => {
  const { page, way } = await device(AGENT);
  await way.goTo('More');
  await page.getByRole('link', { name: 'To sort out' }).click();
  await page.getByRole('heading', { level: 1, name: 'To sort out' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Unassigned' }).count(), 0);
  await page.getByRole('link', { name: 'Dead letters' }).click();
  const letter = page.getByRole('article').filter({ hasText: 'MessageSid' }).first();
  await letter.getByRole('button', { name: 'Show what is in it' }).click();
  await letter.getByText(WORDS.replaceAll(' ', '+')).waitFor();
  await inspect(page, 'dead-letter-open', { schemes: ['light'] });
  await letter.getByRole('button', { name: 'Throw away' }).click();
  await page.getByRole('dialog').getByText('gone for good').waitFor();
  await settled(page);
  await inspect(page, 'dead-letter-discard', { schemes: ['light'] });
  await page.getByRole('dialog').getByRole('button', { name: 'Throw away' }).click();
  await page.getByText('Everything that came in was taken.').waitFor();
  await page.context().close();
});

test('idn_5_a_message_of_nobody_is_said_to_be_a_leads_and_stands_in_its_thread_unread_on_the_way', async () => {
  const text = 'It is me, from another place';
  await deliverSms(TWILIO, '', text);
  const { page, heard } = await device(TEAM_LEAD);
  await page.goto(`${URL_OF_SERVER}/unassigned`);
  const item = page.getByRole('listitem').filter({ hasText: 'Nobody can tell who wrote it.' });
  await item.getByRole('button', { name: 'Say who wrote it' }).click();
  const sheet = page.getByRole('dialog', { name: 'Say who wrote it' });
  await sheet.getByRole('searchbox').fill(from);
  await sheet.getByRole('button').filter({ hasText: shown }).waitFor();
  await settled(page);
  await inspect(page, 'writer');
  await sheet.getByRole('button').filter({ hasText: shown }).click();
  await page.getByText('has it now.').waitFor();
  await item.waitFor({ state: 'detached' });
  for (const body of heard) assert.equal(body.includes(text), false);
  await page.context().close();

  const agent = await device(AGENT);
  await agent.page.goto(`${URL_OF_SERVER}/leads`);
  await agent.page.getByRole('searchbox').fill(from);
  await agent.page.getByRole('link').filter({ hasText: shown }).click();
  await agent.page.getByText(text).first().waitFor();
  await agent.page.context().close();
});

test('lif_7_a_deleted_lead_that_writes_is_brought_back_with_all_that_was_written', async () => {
  const { access_token } = await ask('POST', '/v1/sessions', AGENT);
  const writer = newNumber();
  const name = { first_name: 'Rosa', last_name: `Prado ${writer.slice(-4)}` };
  const person = { ...name, email: `rosa.${writer.slice(-7)}@example.net`, phone: writer };
  const { id } = await ask('POST', '/v1/leads', person, access_token);
  await ask('DELETE', `/v1/leads/${id}`, undefined, access_token);
  await deliverSms(TWILIO, writer, WORDS);
  const { page, heard } = await device(TEAM_LEAD);
  await page.goto(`${URL_OF_SERVER}/reviews`);
  const item = page.getByRole('article', { name: `${name.first_name} ${name.last_name}` });
  await item.getByText(/was deleted, and wrote again/).waitFor();
  await settled(page);
  await inspect(page, 'reviews');
  await item.getByRole('button', { name: 'Bring the lead back' }).click();
  await page.getByText('The lead is back').waitFor();
  await item.waitFor({ state: 'detached' });
  for (const body of heard) assert.equal(body.includes(WORDS), false);
  await page.context().close();
});

test('no_queue_breaks_a_rule_of_the_content_policy_or_logs_an_error', () => {
  assert.deepEqual(complaints.flat(), []);
});
