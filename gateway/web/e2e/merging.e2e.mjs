// Two leads that are one person (IDN-3): found by name, merged after it was said what will happen, an old link leads to the
// one that goes on, and both are taken apart again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { deliverWhatsapp } from './meta.mjs';
import { ADMIN, EMAIL, PASSWORD, TEAM_LEAD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

const AGENT = { email: EMAIL, password: PASSWORD };
const digits = String(Date.now()).slice(-6);
const NAME = `Rita Campos ${digits}`;

let browser;
let page;
let complaints;
let token;
let one;
let other;

before(async () => {
  browser = await launch();
  ({ access_token: token } = await ask('POST', '/v1/sessions', AGENT));
  const person = (email) =>
    ask(
      'POST',
      '/v1/leads',
      { first_name: 'Rita', last_name: `Campos ${digits}`, email, phone: newNumber() },
      token,
    );
  one = await person(`rita.${digits}@example.com`);
  other = await person(`campos.${digits}@example.org`);
  ({ page, complaints } = await openPhone(browser));
  await new Way(page).signIn(URL_OF_SERVER, AGENT);
  await page.goto(`${URL_OF_SERVER}/leads/${one.id}`);
});

after(async () => {
  await browser?.close();
});

const sheet = () => page.getByRole('dialog');
const emails = async () => (await ask('GET', `/v1/leads/${one.id}`, undefined, token)).emails;

test('idn_3_the_same_person_is_found_by_name_and_merged_after_it_was_said_what_happens', async () => {
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'The same person as…' }).click();
  // Whoever is there twice is most often there under one name: nothing has to be typed.
  const found = sheet().getByRole('button', { name: new RegExp(other.emails[0]) });
  await found.waitFor();
  assert.equal(await sheet().getByText(one.emails[0]).count(), 0);
  await sheet().getByRole('searchbox').fill('nobody of this name');
  await sheet().getByText('No other lead fits this.').waitFor();
  await sheet().getByRole('searchbox').fill(`campos.${digits}@example.org`);
  await found.waitFor();
  await settled(page);
  await inspect(page, 'merge');
  await found.click();
  await sheet().getByText('goes on, with the addresses, plans and history of both').waitFor();
  await settled(page);
  await inspect(page, 'merge-ask');
  assert.deepEqual(await emails(), one.emails);
  await sheet().getByRole('button', { name: 'Merge them' }).click();
  await sheet()
    .getByText(/is merged in\.$/)
    .waitFor();
  await sheet().getByRole('heading', { name: 'Merged into this one' }).waitFor();
  await settled(page);
  await inspect(page, 'merged');
  assert.deepEqual((await emails()).toSorted(), [...one.emails, ...other.emails].toSorted());
  await page.keyboard.press('Escape');
  await page.getByText(other.emails[0]).waitFor();
  await page.getByText('Two leads were merged.').waitFor();
  assert.equal(await page.getByText('Two leads were merged.').count(), 1);
});

test('idn_3_an_old_link_leads_to_the_one_that_goes_on_and_back_does_not_lead_through_it', async () => {
  await page.goto(`${URL_OF_SERVER}/leads`);
  await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
  await page.goto(`${URL_OF_SERVER}/leads/${other.id}`);
  await page.getByText('The lead that you opened was merged into this one.').waitFor();
  assert.equal(new URL(page.url()).pathname, `/leads/${one.id}`);
  await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
});

test('idn_3_they_are_taken_apart_again_and_each_has_what_it_had', async () => {
  await page.goto(`${URL_OF_SERVER}/leads/${one.id}`);
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'The same person as…' }).click();
  await sheet()
    .getByText(/· ⁨?You/)
    .waitFor();
  await sheet().getByRole('button', { name: 'Take apart' }).click();
  await page.getByText('They are two leads again.').waitFor();
  assert.deepEqual(await emails(), one.emails);
  await page.goto(`${URL_OF_SERVER}/leads/${other.id}`);
  await page.getByText(other.emails[0]).waitFor();
});

test('idn_3_what_is_in_the_way_of_a_merge_is_said_in_words', async () => {
  await ask('POST', `/v1/leads/${one.id}/calls`, {}, token);
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'The same person as…' }).click();
  await sheet()
    .getByRole('button', { name: new RegExp(one.emails[0]) })
    .click();
  await sheet().getByRole('button', { name: 'Merge them' }).click();
  await sheet().getByText('Tell how it went first.').waitFor();
  await sheet().getByRole('button', { name: 'Choose another one' }).click();
  await sheet().getByRole('searchbox').waitFor();
  assert.deepEqual(complaints, []);
});

/** Somebody who wrote an SMS and is known by name by now, and wrote on WhatsApp under that name. */
async function twiceByName(name) {
  const { access_token: admin } = await ask('POST', '/v1/sessions', ADMIN);
  const { user } = await ask('POST', '/v1/sessions', AGENT);
  const settings = {
    phone_number_id: `${Date.now()}`,
    business_account_id: '102290129340398',
    app_secret: 'app-secret-0123456789',
    verify_token: 'verify-token-of-merging',
    access_token: 'never-shown-again',
  };
  const made = { kind: 'whatsapp', owner_id: user.id, settings };
  const { webhook_url: webhookUrl } = await ask('POST', '/v1/connections', made, admin);
  const from = newNumber();
  await deliverSms(TWILIO, from, 'Is it still there?');
  const wrote = async () => {
    const { items } = await ask('GET', `/v1/leads?q=${encodeURIComponent(from)}`, undefined, token);
    return items[0];
  };
  let lead = await wrote();
  for (let looks = 0; lead === undefined && looks < 200; looks += 1) {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    lead = await wrote();
  }
  const [first_name, ...last] = name.split(' ');
  const change = { first_name, last_name: last.join(' ') };
  await ask('PATCH', `/v1/leads/${lead.id}`, change, token, { 'if-match': `"${lead.version}"` });
  const chat = {
    webhookUrl,
    appSecret: settings.app_secret,
    accountId: settings.business_account_id,
    phoneNumberId: settings.phone_number_id,
  };
  await deliverWhatsapp(chat, newNumber().slice(1), 'It is me again.', { name });
  return lead.id;
}

test('idn_3_two_leads_of_one_name_are_asked_about_merged_taken_apart_and_told_apart_for_good', async () => {
  const name = `Inês Prado ${digits}`;
  const first = await twiceByName(name);
  await page.goto(`${URL_OF_SERVER}/reviews`);
  const item = page.getByRole('article', { name });
  await item.getByRole('heading', { name: 'Are these one person?' }).waitFor();
  assert.equal(await item.getByRole('link').count(), 2);
  await settled(page);
  await inspect(page, 'reviews-match');
  await item.getByRole('button', { name: 'The same person' }).click();
  await page.getByText('They are one lead now.').waitFor();
  await item.waitFor({ state: 'detached' });
  assert.equal((await ask('GET', `/v1/leads/${first}`, undefined, token)).merged.length, 1);
  await settled(page);
  await inspect(page, 'reviews-merged', { schemes: ['light'] });
  await page.getByRole('button', { name: 'Take apart' }).click();
  await page.getByText('They are two leads again.').waitFor();
  assert.equal((await ask('GET', `/v1/leads/${first}`, undefined, token)).merged.length, 0);
  // The question is asked again, until it is answered.
  await item.getByRole('button', { name: 'Not the same' }).click();
  await page.getByText('Nobody is asked again.').waitFor();
  await item.waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
});

test('idn_3_a_team_lead_is_offered_no_merging', async () => {
  const { page: other } = await openPhone(browser);
  await new Way(other).signIn(URL_OF_SERVER, TEAM_LEAD);
  await other.goto(`${URL_OF_SERVER}/leads/${one.id}`);
  await other.getByRole('button', { name: 'More to do' }).click();
  await other.getByRole('button', { name: 'Give to somebody else' }).waitFor();
  assert.equal(await other.getByRole('button', { name: 'The same person as…' }).count(), 0);
  await other.context().close();
});
