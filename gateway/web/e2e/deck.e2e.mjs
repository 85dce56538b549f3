// The way through the whole product in a real browser: an SMS is delivered, its card is on the open screen
// without a reload, Done is durable. The server and its data are given by the environment (settings.mjs).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { EMAIL, PASSWORD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

let browser;
let page;
let complaints;
let way;

before(async () => {
  browser = await launch();
  ({ page, complaints } = await openPhone(browser));
  way = new Way(page);
});

after(async () => {
  await browser?.close();
});

test('ten_1_a_wrong_password_is_told_in_words_and_what_was_typed_is_kept', async () => {
  await page.goto(URL_OF_SERVER);
  await inspect(page, 'sign-in');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Type the email you were invited with.').waitFor();
  await inspect(page, 'sign-in-missing');
  await way.type(EMAIL, `not ${PASSWORD}`);
  await page.getByRole('alert').filter({ hasText: 'do not go together' }).waitFor();
  assert.equal(await page.getByLabel('Email').inputValue(), EMAIL);
});

test('ten_1_signing_in_by_typing_opens_the_deck', async () => {
  await way.type(EMAIL, PASSWORD);
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  await page.getByText(/\d+ left/).waitFor();
});

test('deck_3_an_sms_becomes_a_card_on_the_open_page_without_a_reload', async () => {
  await page.evaluate(() => (globalThis.sameDocument = true));
  await way.receiveOnTop('Olá! Vi o apartamento da Rue Duquesne. Ainda está disponível?');
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
  await way.top().getByText('SMS').first().waitFor();
  await deliverSms(TWILIO, newNumber(), 'Is the house on Elm Street still for sale?');
  await deliverSms(TWILIO, newNumber(), 'We would like to visit on Saturday, if that suits you.');
  await page.locator('[data-card-id].third').first().waitFor();
  await inspect(page, 'deck');
});

test('deck_4_done_by_click_removes_the_card_and_it_stays_away_after_a_reload', async () => {
  const text = 'Done by click, please.';
  await way.receiveOnTop(text);
  await way.top().getByRole('button', { name: 'Done' }).click();
  await way.isGone(text);
  await way.isConfirmed();
  await page.reload();
  await page.getByText(/\d+ left/).waitFor();
  await settled(page);
  assert.equal(await page.getByText(text).count(), 0);
});

test('deck_4_a_reload_before_the_answer_still_acts_once', async () => {
  const text = 'Done, and the page is gone at once.';
  await way.receiveOnTop(text);
  await way.top().getByRole('button', { name: 'Done' }).click();
  await page.reload();
  await page.getByText(/\d+ left/).waitFor();
  await way.isConfirmed();
  assert.equal(await page.getByText(text).count(), 0);
});

test('deck_2_the_key_e_is_done', async () => {
  const text = 'Done by key, please.';
  await way.receiveOnTop(text);
  await page.keyboard.press('e');
  await way.isGone(text);
  await way.isConfirmed();
});

test('deck_2_a_swipe_to_the_right_is_done_and_a_short_one_is_not', async () => {
  const text = 'Done by swipe, please.';
  await way.receiveOnTop(text);
  await way.swipe(30);
  await settled(page);
  assert.equal(await way.isOnTop(text), true);
  await way.swipe(220);
  await way.isGone(text);
  await way.isConfirmed();
});

test('deck_2_undo_lays_the_card_back_and_the_server_never_hears_of_it', async () => {
  const text = 'Undone, please.';
  await way.receiveOnTop(text);
  const cards = await way.left();
  await page.keyboard.press('e');
  await way.hasLeft(cards - 1);
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  await settled(page);
  await page.getByRole('button', { name: 'Undo' }).click();
  await way.hasLeft(cards);
  assert.equal(await way.isOnTop(text), true);
  await way.isConfirmed();
  await page.reload();
  await way.hasLeft(cards);
});

test('deck_2_a_swipe_to_the_left_asks_until_when_and_the_card_leaves', async () => {
  const text = 'Snoozed by swipe, please.';
  await way.receiveOnTop(text);
  await way.swipe(-220);
  await page.getByRole('dialog').waitFor();
  await inspect(page, 'snooze');
  await page.getByRole('button', { name: /^Tomorrow/ }).click();
  await way.isGone(text);
  await page.getByText(/: back /).waitFor();
  await way.isConfirmed();
  await page.reload();
  await page.getByText(/\d+ left/).waitFor();
  assert.equal(await page.getByText(text).count(), 0);
});

test('deck_2_a_snooze_can_be_left_by_keyboard_and_given_a_time_of_its_own', async () => {
  const text = 'Snoozed by key, please.';
  await way.receiveOnTop(text);
  await page.keyboard.press('s');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await way.isOnTop(text), true);
  await page.keyboard.press('s');
  await page.getByLabel('Another time').fill('2020-01-01T09:00');
  await page.getByRole('button', { name: 'Snooze until then' }).click();
  await page.getByText('still to come').waitFor();
  await page.getByLabel('Another time').fill(`${new Date().getFullYear() + 1}-01-04T09:00`);
  await page.getByRole('button', { name: 'Snooze until then' }).click();
  await way.isGone(text);
  await way.isConfirmed();
});

test('web_1_whoever_wants_less_motion_gets_none', async () => {
  const longest = () =>
    page.evaluate(() =>
      Math.max(0, ...document.getAnimations().map(({ effect }) => effect.getComputedTiming().activeDuration)),
    );
  const text = 'Quietly, please.';
  await way.receiveOnTop(text);
  // What began to move before nobody wanted it to is let come to its end.
  await settled(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.keyboard.press('s');
  await page.getByRole('dialog').waitFor();
  assert.ok((await longest()) <= 1);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('e');
  assert.ok((await longest()) <= 1);
  await page.emulateMedia({ reducedMotion: null });
  await way.isGone(text);
  await way.isConfirmed();
});

test('deck_2_every_key_is_listed', async () => {
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Previous card').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('deck_1_a_call_is_placed_from_the_card_and_its_outcome_becomes_a_card_of_its_own', async () => {
  const text = 'Call me from the card, please.';
  const from = await way.receiveOnTop(text);
  const cards = await way.left();
  await way.top().getByRole('button', { name: 'Call' }).click();
  // Who was called is asked about at once.
  await way.hasLeft(cards + 1);
  assert.equal(await page.evaluate(() => window.dialed), `tel:${from}`);
  await way.bringOnTop('How did the call');
  await settled(page);
  await inspect(page, 'deck-outcome', { schemes: ['light'] });
  await way.top().getByRole('link', { name: 'Tell how it went' }).click();
  await page.getByRole('button', { name: 'Tell how it went' }).click();
  await page.getByRole('radio', { name: 'Left a message' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  await page.getByText('How did the call').waitFor({ state: 'detached' });
});

test('deck_1_a_follow_up_is_planned_from_the_card_by_button_and_the_card_stays', async () => {
  const text = 'Plan something with me, please.';
  await way.receiveOnTop(text);
  const cards = await way.left();
  await way.top().getByRole('button', { name: 'Schedule' }).click();
  await page.getByLabel('What to do').fill('Send the floor plan');
  await page.getByLabel('When').fill(`${new Date().getFullYear() + 1}-01-04T09:00`);
  await settled(page);
  await inspect(page, 'deck-schedule', { schemes: ['light'] });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Planned. It comes back as a card.').waitFor();
  assert.equal(await way.isOnTop(text), true);
  await way.hasLeft(cards);
  const { access_token } = await ask('POST', '/v1/sessions', { email: EMAIL, password: PASSWORD });
  const id = new URL(await way.top().getByRole('link').getAttribute('href'), URL_OF_SERVER).pathname;
  const { items } = await ask('GET', `/v1${id}/events`, undefined, access_token);
  assert.ok(items.some(({ detail }) => detail?.what === 'task_planned'));
});

test('deck_2_an_empty_deck_is_a_small_reward', async () => {
  while ((await way.top().count()) > 0) {
    const id = await way.top().getAttribute('data-card-id');
    await page.keyboard.press('e');
    await page.locator(`[data-card-id="${id}"]`).waitFor({ state: 'detached' });
  }
  await page.getByRole('heading', { name: 'All clear' }).waitFor();
  await way.isConfirmed();
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
