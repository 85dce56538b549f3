// A lead goes Stale and its team lead rescues it: not a word of it is on the page before the reason is given, and
// its owner sees who read it and why.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { ADMIN, EMAIL, PASSWORD, TEAM_LEAD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

const WORDS = 'My offer is four hundred thousand';
const REASON = 'Ana is ill and the client waits';
const from = newNumber();
const shown = from.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1-$1-$2-$3');

let browser;
let lead;
let heard;
let rules;
let rulesBefore;

before(async () => {
  browser = await launch();
  const { access_token } = await ask('POST', '/v1/sessions', ADMIN);
  const { user } = await ask('POST', '/v1/sessions', TEAM_LEAD);
  const path = `/v1/teams/${user.team_id}/rules`;
  const kept = await ask('GET', path, undefined, access_token);
  rules = async (change) => {
    const { version } = await ask('GET', path, undefined, access_token);
    await ask('PATCH', path, change, access_token, { 'if-match': `"${version}"` });
  };
  rulesBefore = { first_contact_s: kept.first_contact_s, stale_after_s: kept.stale_after_s };
  await rules({ first_contact_s: 1, stale_after_s: 2 });
  await deliverSms(TWILIO, from, WORDS);
  lead = await device(TEAM_LEAD);
  heard = [];
  lead.page.on('response', async (response) => {
    if (response.url().includes('/v1/')) heard.push(await response.text().catch(() => ''));
  });
});

after(async () => {
  // A hook inside of a hook would run at its end, and the tests without it.
  if (rulesBefore !== undefined) await rules(rulesBefore);
  await browser?.close();
});

async function device(who) {
  const { page } = await openPhone(browser);
  const way = new Way(page);
  await way.signIn(URL_OF_SERVER, who);
  return way;
}

test('rsc_1_the_queue_shows_who_is_about_to_be_lost_and_not_a_word_of_what_they_wrote', async () => {
  const { page } = lead;
  await lead.goTo('Rescue');
  const row = page.getByRole('link').filter({ hasText: shown });
  await row.waitFor({ timeout: 20_000 });
  await settled(page);
  await inspect(page, 'rescue');
  await row.click();
  await page.getByText('The messages are closed to you').waitFor();
  await page.getByText('Only its owner can read it').waitFor();
  await settled(page);
  await inspect(page, 'reason');
  await page.getByRole('button', { name: 'Open the messages' }).click();
  await page.getByText('This is needed.').waitFor();
  assert.equal(await page.getByText(WORDS).count(), 0);
  assert.ok(heard.length > 0);
  for (const body of heard) assert.equal(body.includes(WORDS), false);
});

test('prv_2_a_reason_opens_the_text_and_a_reload_closes_it_again', async () => {
  const { page } = lead;
  await page.getByLabel('Why do you have to read them?').fill(REASON);
  await page.getByRole('button', { name: 'Open the messages' }).click();
  await page.getByText(WORDS).waitFor();
  await page.getByText('You are reading this with a reason').waitFor();
  await settled(page);
  await inspect(page, 'rescue-open');
  await page.reload();
  await page.getByText('The messages are closed to you').waitFor();
  await page.getByText('Only its owner can read it').waitFor();
  assert.equal(await page.getByText(WORDS).count(), 0);
});

test('prv_4_the_owner_sees_who_read_it_and_why', async () => {
  const owner = await device({ email: EMAIL, password: PASSWORD });
  await owner.page.goto(lead.page.url());
  await owner.page.getByRole('button', { name: 'More to do' }).click();
  await owner.page.getByRole('button', { name: 'Who read this' }).click();
  await owner.page.getByText(REASON).waitFor();
  await settled(owner.page);
  await inspect(owner.page, 'readers');
  await owner.page.context().close();
});

test('rsc_4_a_rescued_lead_is_given_back_and_its_text_stays_closed', async () => {
  const { page } = lead;
  const read = heard.length;
  await rules({ first_contact_s: 3600, stale_after_s: 172_800 });
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'Give back to the owner' }).click();
  await page.getByText('Given back. Its owner goes on.').waitFor();
  await page.getByText('The messages are closed to you').waitFor({ state: 'detached' });
  assert.equal(await page.getByText(WORDS).count(), 0);
  await page.goto(`${URL_OF_SERVER}/rescue`);
  const won = page.locator('dl > div').filter({ hasText: 'Won back' });
  await won
    .locator('.value')
    .filter({ hasText: /^[1-9]/ })
    .waitFor();
  for (const body of heard.slice(read)) assert.equal(body.includes(WORDS), false);
});
