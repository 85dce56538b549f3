// The screens around the deck, for each role, in every size; and what happens when the line is cut.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { missing } from '../scripts/contract.mjs';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled, until } from './browser.mjs';
import { Line } from './line.mjs';
import { ADMIN, EMAIL, PASSWORD, TEAM_LEAD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

const AGENT = { email: EMAIL, password: PASSWORD };
const KEPT = new URL('../api/openapi.json', import.meta.url);

let browser;
const complaints = [];

before(async () => {
  browser = await launch();
});

after(async () => {
  // A line that a failed test left open would keep the process, and its browser, waiting.
  Line.closeAll();
  await browser?.close();
});

async function device(url, who, options) {
  const opened = await openPhone(browser, options);
  complaints.push(opened.complaints);
  const way = new Way(opened.page);
  await way.signIn(url, who, options);
  return way;
}

test('the_types_of_the_api_are_current_for_this_server', async () => {
  const served = await (await fetch(new URL('/openapi.json', URL_OF_SERVER))).json();
  const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
  assert.deepEqual(missing(kept, served), [], 'run `npm run api -- URL`, and commit what it makes');
});

test('web_1_a_slow_line_shows_whose_page_it_is_until_the_first_screen_is_there', async () => {
  const { page, complaints: heard } = await openPhone(browser);
  complaints.push(heard);
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  await page.route(/\/assets\/index-.*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(URL_OF_SERVER, { waitUntil: 'commit' });
  await page.getByRole('heading', { name: 'Hearthline' }).waitFor();
  await inspect(page, 'opening');
  letGo();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.locator('.opening').count(), 0);
  await page.context().close();
});

test('crm_1_leads_are_found_by_phone_and_their_thread_grows_while_it_is_open', async () => {
  const way = await device(URL_OF_SERVER, AGENT);
  const { page } = way;
  const from = await way.receiveOnTop('Olá! Ainda está disponível?');
  // A list is as of when it is opened, and may be a moment behind the deck: it has one lead or both.
  await way.receiveOnTop('Is there a lift?');
  await way.goTo('Leads');
  await page.getByText(/^\d+ leads?$/).waitFor();
  await inspect(page, 'leads');
  await page.getByRole('searchbox').fill(from.slice(-7));
  await page.getByText('1 lead', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Stale' }).click();
  await page.getByText('No lead fits this.').waitFor();
  await page.getByRole('button', { name: 'Stale' }).click();
  await page.getByText('1 lead', { exact: true }).waitFor();
  await page.locator('main ul a').first().click();
  await page.getByText('Olá! Ainda está disponível?').waitFor();
  await page.getByText(/first reply due by/).waitFor();
  await deliverSms(TWILIO, from, 'Posso visitar sábado de manhã?');
  await page.getByText('Posso visitar sábado de manhã?').waitFor();
  await settled(page);
  await inspect(page, 'thread');
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
  await page.keyboard.press('/');
  await until(page, () => document.activeElement?.type === 'search');
  await page.context().close();
});

test('a_lead_that_is_not_there_is_told_in_words', async () => {
  const way = await device(`${URL_OF_SERVER}`, AGENT);
  await way.page.goto(`${URL_OF_SERVER}/leads/01a1fcca-0e9b-77f3-b754-6ed4a7514408`);
  await way.page.getByText('not yours to see').waitFor();
  await way.page.context().close();
});

test('con_1_an_administrator_connects_a_number_and_sees_its_webhook', async () => {
  const way = await device(URL_OF_SERVER, ADMIN);
  const { page } = way;
  await deliverSms(TWILIO, newNumber(), 'Is this the right number?');
  await page.goto(`${URL_OF_SERVER}/connections`);
  await page.getByText('Messages arrive', { exact: true }).first().waitFor();
  await inspect(page, 'connections');
  await page.getByRole('button', { name: 'Add a connection' }).click();
  await page.getByRole('dialog').waitFor();
  await page.getByLabel('Number', { exact: true }).fill('not a number');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.locator('[aria-invalid="true"]').first().waitFor();
  await inspect(page, 'connect');
  await page.getByLabel('Number', { exact: true }).fill('+12125550142');
  await page.getByLabel('Account SID').fill(`AC${'1'.repeat(32)}`);
  await page.getByLabel('Auth token').fill('never-shown-again');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('A few steps are left').waitFor();
  await page
    .getByText(/hooks\/twilio_sms\/[0-9a-f-]+#rc=5&rp=all/)
    .first()
    .waitFor();
  assert.equal(await page.getByText('never-shown-again').count(), 0);
  await page.context().close();
});

test('lif_1_rules_show_what_they_would_mean_before_they_are_saved', async () => {
  const way = await device(URL_OF_SERVER, ADMIN);
  const { page } = way;
  await page.goto(`${URL_OF_SERVER}/rules`);
  await page.getByText(/A lead who writes now/).waitFor();
  await inspect(page, 'rules');
  await page.getByLabel('Stale after').fill('0.5');
  await page.getByText('Stale must come after').waitFor();
  assert.equal(await page.getByText(/A lead who writes now/).count(), 0);
  await page.getByLabel('Stale after').fill('72');
  await page.getByRole('button', { name: 'Save rules' }).click();
  await page.getByText('Saved. Every lead follows').waitFor();
  await page.reload();
  await page.getByText(/A lead who writes now/).waitFor();
  assert.equal(await page.getByLabel('Stale after').inputValue(), '72');
  await page.context().close();
});

test('ten_1_an_administrator_adds_a_person_and_a_team_lead_only_looks', async () => {
  const way = await device(URL_OF_SERVER, ADMIN);
  const { page } = way;
  await page.goto(`${URL_OF_SERVER}/people`);
  await page.getByRole('button', { name: 'Add someone' }).click();
  await inspect(page, 'person', { schemes: ['light'] });
  await page.getByLabel('Name', { exact: true }).fill('Sofia Rossi');
  await page.getByLabel('Email').fill(`sofia-${Date.now()}@tests.example`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Sofia Rossi is in.').waitFor();
  await inspect(page, 'people');
  await page.context().close();

  const lead = await device(URL_OF_SERVER, TEAM_LEAD);
  await lead.page.goto(`${URL_OF_SERVER}/people`);
  await lead.page.getByText('Sofia Rossi').waitFor();
  assert.equal(await lead.page.getByRole('button', { name: 'Add someone' }).count(), 0);
  await lead.page.goto(`${URL_OF_SERVER}/rules`);
  await lead.page.getByText('Only an administrator').waitFor();
  await lead.page.context().close();
});

test('prv_1_a_team_lead_sees_that_there_was_a_message_and_never_its_text', async () => {
  const way = await device(URL_OF_SERVER, TEAM_LEAD);
  const { page } = way;
  const heard = [];
  page.on('response', async (response) => {
    if (response.url().includes('/v1/leads')) heard.push(await response.text().catch(() => ''));
  });
  await way.goTo('Leads');
  await page.locator('main ul a').first().click();
  await page.getByText('Only its owner can read it').first().waitFor();
  await page
    .locator('header')
    .getByText(/^with /)
    .waitFor();
  await inspect(page, 'thread-of-team-lead', { schemes: ['light'] });
  assert.ok(heard.length > 1);
  for (const body of heard) assert.equal(body.includes('Olá') || body.includes('Is there a lift'), false);
  await page.context().close();
});

test('deck_4_three_swipes_while_the_line_is_cut_leave_when_it_is_back_and_the_server_agrees', async () => {
  const line = await Line.to(URL_OF_SERVER);
  const way = await device(line.url, AGENT);
  const { page } = way;
  await way.receiveOnTop('First of three.');
  const before = (await way.left()) + 2;
  await deliverSms(TWILIO, newNumber(), 'Second of three.');
  await deliverSms(TWILIO, newNumber(), 'Third of three.');
  await way.hasLeft(before);
  await isOnDevice(page);
  line.cut();
  await page.getByText('Reconnecting').waitFor();
  for (let done = 1; done <= 3; done += 1) {
    await way.swipe(220);
    await way.hasLeft(before - done);
    await settled(page);
  }
  assert.equal(await cardsOnServer(), before);
  await page.getByText(/3 actions waiting/).waitFor();
  await inspect(page, 'line-cut', { schemes: ['light'] });
  line.mend();
  await way.isConfirmed();
  await page.getByText('Reconnecting').waitFor({ state: 'detached' });
  assert.equal(await cardsOnServer(), before - 3);
  await page.reload();
  await way.hasLeft(before - 3);
  await page.context().close();
  line.close();
});

/** From here on the page's own files come from the device. */
function isOnDevice(page) {
  return until(page, () => navigator.serviceWorker.controller !== null);
}

async function cardsOnServer() {
  const { access_token } = await ask('POST', '/v1/sessions', AGENT);
  return (await ask('GET', '/v1/deck', undefined, access_token)).cards.length;
}

test('web_1_without_a_line_the_page_opens_with_its_deck_and_the_threads_read_last_sealed_on_the_device', async () => {
  const line = await Line.to(URL_OF_SERVER);
  const way = await device(line.url, AGENT);
  const { page } = way;
  const text = 'Readable in the lift.';
  await way.receiveOnTop(text);
  await page.keyboard.press('r');
  await page.getByText('What matters').waitFor();
  await page.locator('main').getByText(text).waitFor();
  await page.keyboard.press('Escape');
  await way.top().waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await until(page, isKeptSealed, text);
  line.cut();
  await page.reload();
  await page.getByText(/^\d+ left/).waitFor();
  await way.bringOnTop(text);
  await page.keyboard.press('r');
  await page.getByText('This is how it stood').waitFor();
  await page.locator('main').getByText(text).waitFor();
  await inspect(page, 'thread-offline', { schemes: ['light'] });
  line.mend();
  await page.goto(line.url);
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await until(page, async () => (await indexedDB.databases()).length === 0);
  await page.context().close();
  line.close();
});

/** In the page: the deck and a thread are on the device, and `text` is nowhere in what is. */
async function isKeptSealed(text) {
  const read = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const [{ name }] = await indexedDB.databases();
  const db = await read(indexedDB.open(name));
  const keys = await read(db.transaction('sealed').objectStore('sealed').getAllKeys());
  const records = await read(db.transaction('sealed').objectStore('sealed').getAll());
  db.close();
  const clear = records.some(({ bytes }) => new TextDecoder('latin1').decode(bytes).includes(text));
  if (clear) throw new Error('a message is on the device in clear');
  return keys.includes('deck') && keys.some((key) => key.startsWith('thread.'));
}

test('deck_4_two_devices_agree_and_what_the_other_finished_comes_back_with_its_reason', async () => {
  const line = await Line.to(URL_OF_SERVER);
  const here = await device(URL_OF_SERVER, AGENT);
  const there = await device(line.url, AGENT);
  const text = 'Finished on both.';
  await here.receiveOnTop(text);
  await there.hasLeft(await here.left());
  await there.bringOnTop(text);
  await isOnDevice(there.page);
  line.cut();
  await there.page.getByText('Reconnecting').waitFor();
  await there.page.keyboard.press('s');
  await there.page.getByRole('button', { name: /^Tomorrow/ }).click();
  await here.page.keyboard.press('e');
  await here.isConfirmed();
  line.mend();
  await there.page.getByText(/ is back$/).waitFor();
  await there.page
    .getByText(/already finished elsewhere/)
    .first()
    .waitFor();
  await inspect(there.page, 'refused', { schemes: ['light'] });
  await there.hasLeft(await here.left());
  await here.page.context().close();
  await there.page.context().close();
  line.close();
});

test('web_1_in_arabic_everything_is_mirrored_gestures_too', async () => {
  const opened = await openPhone(browser, { language: 'ar' });
  complaints.push(opened.complaints);
  const { page } = opened;
  const seen = { schemes: ['light'] };
  await page.goto(URL_OF_SERVER);
  await page.getByRole('heading', { name: 'تسجيل الدخول' }).waitFor();
  await inspect(page, 'ar-sign-in', seen);
  await page.getByLabel('البريد الإلكتروني').fill(EMAIL);
  await page.getByLabel('كلمة المرور', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'اليوم' }).waitFor();
  await deliverSms(TWILIO, newNumber(), 'مرحبا، هل ما زالت الشقة متاحة؟');
  const way = new Way(page);
  await way.top().waitFor();
  await settled(page);
  await inspect(page, 'ar-deck', seen);
  await way.swipe(220);
  await page.getByRole('dialog').waitFor();
  await inspect(page, 'ar-snooze', seen);
  await page.keyboard.press('Escape');
  await page
    .getByRole('link', { name: /^(الرد عبر|فتح المحادثة)/ })
    .first()
    .click();
  await page.getByText('ما يهم').waitFor();
  await inspect(page, 'ar-thread', seen);
  await page.context().close();
});

test('another_language_is_chosen_under_more_and_stays', async () => {
  const way = await device(URL_OF_SERVER, AGENT);
  const { page } = way;
  await way.goTo('More');
  await inspect(page, 'more');
  await page.getByLabel('Language').selectOption('vi');
  await page.getByRole('heading', { level: 1, name: 'Thêm' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Thêm' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'vi');
  await page.context().close();
});

test('no_screen_breaks_a_rule_of_its_content_policy_or_logs_an_error', () => {
  assert.deepEqual(complaints.flat(), []);
});
