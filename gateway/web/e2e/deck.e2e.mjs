// The way through the whole product in a real browser: an SMS is delivered, its card is on the open screen
// without a reload, Done is durable. The server and its data are given by the environment (settings.mjs).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { EMAIL, PASSWORD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';

let browser;
let page;
let complaints;

before(async () => {
  browser = await launch();
  ({ page, complaints } = await openPhone(browser));
});

after(async () => {
  await browser?.close();
});

const top = () => page.locator('[data-card-id].top:not([inert])');

async function signIn(password) {
  await page.getByLabel('Email').fill('');
  await page.getByLabel('Email').pressSequentially(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill('');
  await page.getByLabel('Password', { exact: true }).pressSequentially(password);
  await page.keyboard.press('Enter');
}

async function left() {
  return Number.parseInt(await page.getByText(/^\d+ left/).textContent(), 10);
}

/** Delivers a message, waits for one card more, and brings it to the top as a person would: with `J`. */
async function receiveOnTop(text) {
  const cards = (await left()) + 1;
  await deliverSms(TWILIO, newNumber(), text);
  await page.getByText(new RegExp(`^${cards} left`)).waitFor();
  for (let passed = 0; passed < cards && !(await isOnTop(text)); passed += 1) {
    const id = await top().getAttribute('data-card-id');
    await page.keyboard.press('j');
    await page.locator(`[data-card-id].top:not([inert]):not([data-card-id="${id}"])`).waitFor();
  }
  assert.equal(await isOnTop(text), true);
  await settled(page);
}

function isOnTop(text) {
  return top().getByText(text).isVisible();
}

async function drag(x, y, distance) {
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + distance, y + 4, { steps: 8 });
  await page.mouse.up();
}

async function isGone(text) {
  await page.getByText(text).waitFor({ state: 'detached' });
}

/** Once the server's answer is in, nothing is kept for replay any more. */
function isConfirmed() {
  return page.waitForFunction(() =>
    Object.keys(localStorage).every((key) => !key.startsWith('hearthline.outbox.')),
  );
}

test('ten_1_a_wrong_password_is_told_in_words_and_what_was_typed_is_kept', async () => {
  await page.goto(URL_OF_SERVER);
  await inspect(page, 'sign-in');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Type the email you were invited with.').waitFor();
  await inspect(page, 'sign-in-missing');
  await signIn(`not ${PASSWORD}`);
  await page.getByRole('alert').filter({ hasText: 'do not go together' }).waitFor();
  assert.equal(await page.getByLabel('Email').inputValue(), EMAIL);
});

test('ten_1_signing_in_by_typing_opens_the_deck', async () => {
  await signIn(PASSWORD);
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  await page.getByText(/\d+ left/).waitFor();
});

test('deck_3_an_sms_becomes_a_card_on_the_open_page_without_a_reload', async () => {
  await page.evaluate(() => (globalThis.sameDocument = true));
  await receiveOnTop('Olá! Vi o apartamento da Rue Duquesne. Ainda está disponível?');
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
  await top().getByText('SMS').waitFor();
  await deliverSms(TWILIO, newNumber(), 'Is the house on Elm Street still for sale?');
  await deliverSms(TWILIO, newNumber(), 'We would like to visit on Saturday, if that suits you.');
  await page.locator('[data-card-id].third').waitFor();
  await inspect(page, 'deck');
});

test('deck_4_done_by_click_removes_the_card_and_it_stays_away_after_a_reload', async () => {
  const text = 'Done by click, please.';
  await receiveOnTop(text);
  await top().getByRole('button', { name: 'Done' }).click();
  await isGone(text);
  await isConfirmed();
  await page.reload();
  await page.getByText(/\d+ left/).waitFor();
  await settled(page);
  assert.equal(await page.getByText(text).count(), 0);
});

test('deck_4_a_reload_before_the_answer_still_acts_once', async () => {
  const text = 'Done, and the page is gone at once.';
  await receiveOnTop(text);
  await top().getByRole('button', { name: 'Done' }).click();
  await page.reload();
  await page.getByText(/\d+ left/).waitFor();
  await isConfirmed();
  assert.equal(await page.getByText(text).count(), 0);
});

test('deck_2_the_key_e_is_done', async () => {
  const text = 'Done by key, please.';
  await receiveOnTop(text);
  await page.keyboard.press('e');
  await isGone(text);
  await isConfirmed();
});

test('deck_2_a_swipe_to_the_right_is_done_and_a_short_one_is_not', async () => {
  const text = 'Done by swipe, please.';
  await receiveOnTop(text);
  const card = await top().boundingBox();
  const y = card.y + card.height - 120;
  await drag(card.x + 40, y, 30);
  await settled(page);
  assert.equal(await isOnTop(text), true);
  await drag(card.x + 40, y, 220);
  await isGone(text);
  await isConfirmed();
});

test('deck_2_an_empty_deck_is_a_small_reward', async () => {
  while ((await top().count()) > 0) {
    const id = await top().getAttribute('data-card-id');
    await page.keyboard.press('e');
    await page.locator(`[data-card-id="${id}"]`).waitFor({ state: 'detached' });
  }
  await page.getByRole('heading', { name: 'All clear' }).waitFor();
  await isConfirmed();
  await inspect(page, 'empty');
});

test('ten_1_signing_out_closes_the_deck_and_a_reload_does_not_open_it', async () => {
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('the_page_breaks_no_rule_of_its_content_policy_and_logs_no_error', () => {
  assert.deepEqual(complaints, []);
});
