// One person on several channels: an address is linked to a lead and unlinked from it, taken back both ways, and whoever
// finds it with another lead is told which.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { ADMIN, EMAIL, PASSWORD, TEAM_LEAD, URL_OF_SERVER } from './settings.mjs';
import { newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

const digits = String(Date.now()).slice(-7);
const ADDRESS = `maria.${digits}@example.com`;
const OTHERS = `omar.${digits}@example.com`;

let browser;
let page;
let complaints;
let lead;
let token;

before(async () => {
  browser = await launch();
  ({ access_token: token } = await ask('POST', '/v1/sessions', { email: EMAIL, password: PASSWORD }));
  const person = (first_name, email) =>
    ask('POST', '/v1/leads', { first_name, last_name: digits, email, phone: newNumber() }, token);
  lead = await person('Maria', `first.${ADDRESS}`);
  await person('Omar', OTHERS);
  ({ page, complaints } = await openPhone(browser));
  await new Way(page).signIn(URL_OF_SERVER, { email: EMAIL, password: PASSWORD });
  await page.goto(`${URL_OF_SERVER}/leads/${lead.id}`);
});

after(async () => {
  await browser?.close();
});

const sheet = () => page.getByRole('dialog', { name: 'Addresses' });
const emails = async () => (await ask('GET', `/v1/leads/${lead.id}`, undefined, token)).emails;

async function link(kind, value) {
  await sheet().getByLabel('Kind').selectOption({ label: kind });
  await sheet().getByLabel('Address to link').fill(value);
  await sheet().getByRole('button', { name: 'Link', exact: true }).click();
}

test('idn_3_an_address_is_linked_and_what_is_none_is_said_at_the_field', async () => {
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'Addresses' }).click();
  await sheet().getByText(`first.${ADDRESS}`).waitFor();
  await link('Email', '');
  await sheet().getByText('This is needed.').waitFor();
  await link('Email', 'no address');
  await sheet().locator('[aria-invalid="true"]').waitFor();
  await link('Email', ADDRESS);
  await sheet().getByText(`${ADDRESS}\u2069 is linked.`).waitFor();
  await sheet().getByRole('listitem').filter({ hasText: ADDRESS }).nth(1).waitFor();
  await settled(page);
  await inspect(page, 'addresses');
  assert.ok((await emails()).includes(ADDRESS));
});

test('idn_3_an_unlinked_address_is_gone_and_can_be_taken_back', async () => {
  await sheet()
    .getByRole('button', { name: `Unlink \u2068${ADDRESS}` })
    .click();
  await sheet()
    .getByText(/is unlinked/)
    .waitFor();
  assert.equal((await emails()).includes(ADDRESS), false);
  await sheet().getByRole('button', { name: 'Take back' }).click();
  await sheet().getByText(`${ADDRESS}\u2069 is linked.`).waitFor();
  assert.ok((await emails()).includes(ADDRESS));
});

test('idn_4_whoever_finds_the_address_with_another_lead_is_told_which_and_goes_there', async () => {
  await link('Email', OTHERS);
  await sheet()
    .getByText(/Omar .* has this address\./)
    .waitFor();
  await settled(page);
  await inspect(page, 'address-taken', { schemes: ['light'] });
  await sheet()
    .getByRole('link', { name: /^Open .*Omar/ })
    .click();
  await page.getByRole('heading', { level: 1, name: `Omar ${digits}` }).waitFor();
  assert.deepEqual(complaints, []);
});

test('idn_3_a_team_lead_is_offered_no_linking_and_an_administrator_is', async () => {
  for (const [who, offered] of [
    [TEAM_LEAD, 0],
    [ADMIN, 1],
  ]) {
    const { page: other } = await openPhone(browser);
    await new Way(other).signIn(URL_OF_SERVER, who);
    await other.goto(`${URL_OF_SERVER}/leads/${lead.id}`);
    await other.getByRole('button', { name: 'More to do' }).click();
    await other.getByRole('button', { name: 'Give to somebody else' }).waitFor();
    assert.equal(await other.getByRole('button', { name: 'Addresses' }).count(), offered);
    await other.context().close();
  }
});
