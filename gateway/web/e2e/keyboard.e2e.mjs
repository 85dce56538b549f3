// A whole day by keyboard alone: nothing in this file clicks, taps, or fills a box. What has the focus is always seen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openPhone, until } from './browser.mjs';
import { ask } from './api.mjs';
import { EMAIL, PASSWORD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';

/** Further than any screen has stops. */
const MOST_STOPS = 80;

let browser;
let page;
let complaints;

before(async () => {
  browser = await launch();
  ({ page, complaints } = await openPhone(browser));
  await page.setViewportSize({ width: 1280, height: 820 });
});

after(async () => {
  await browser?.close();
});

/** In the page: what has the focus is called, whether that is seen, and whether a question holds it. */
function focus() {
  const element = document.activeElement;
  const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  // A field with a button inside shows its ring around both.
  const around = getComputedStyle(element.parentElement).boxShadow;
  return {
    name: label.trim().replaceAll(/\s+/g, ' '),
    isSeen:
      (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) ||
      [boxShadow, around].some((shadow) => shadow !== 'none'),
    inDialog: element.closest('dialog') !== null,
    isBody: element === document.body,
  };
}

/** Goes on with Tab until something of that name has the focus. */
async function tabTo(name, key = 'Tab') {
  const met = [];
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press(key);
    const here = await page.evaluate(focus);
    met.push(here.name);
    assert.ok(here.isSeen || here.isBody, `the focus is seen on ${here.name}`);
    if (typeof name === 'string' ? here.name === name : name.test(here.name)) return;
  }
  assert.fail(`${name} is not among ${met.join(' | ')}`);
}

async function inDialog(name) {
  await page.getByRole('dialog', { name }).waitFor();
  assert.equal((await page.evaluate(focus)).inDialog, true, 'the question has the focus');
}

const noDialog = () => page.getByRole('dialog').waitFor({ state: 'detached' });

const left = async () => Number.parseInt(await page.getByText(/^\d+ left/).textContent(), 10);

async function hasLeft(cards) {
  await page.getByText(new RegExp(`^${cards} left`)).waitFor();
}

const cardsOnServer = async () => {
  const { access_token } = await ask('POST', '/v1/sessions', { email: EMAIL, password: PASSWORD });
  return (await ask('GET', '/v1/deck', undefined, access_token)).cards.length;
};

test('web_1_by_keyboard_one_signs_in_and_works_the_deck', async () => {
  for (const text of ['By key one.', 'By key two.', 'By key three.']) {
    await deliverSms(TWILIO, newNumber(), text);
  }
  await page.goto(URL_OF_SERVER);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await tabTo('Email');
  await page.keyboard.type(EMAIL);
  await tabTo('Password');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText(/^[1-9]\d* left/).waitFor();
  await page.keyboard.press('?');
  await inDialog('All keys');
  await page.keyboard.press('Escape');
  await noDialog();
  const all = await left();
  const top = () => page.locator('[data-card-id].top:not([inert])').getAttribute('data-card-id');
  const first = await top();
  await page.keyboard.press('j');
  await until(page, (id) => document.querySelector('.top:not([inert])').dataset.cardId !== id, first);
  await page.keyboard.press('k');
  await until(page, (id) => document.querySelector('.top:not([inert])').dataset.cardId === id, first);
  await page.keyboard.press('e');
  await hasLeft(all - 1);
  await page.keyboard.press('z');
  await hasLeft(all);
  // The button does what the key does.
  await tabTo('Done');
  await page.keyboard.press('Enter');
  await hasLeft(all - 1);
  await page.keyboard.press('s');
  await inDialog(/^Snooze/);
  await tabTo(/^Tomorrow/);
  await page.keyboard.press('Enter');
  await noDialog();
  await hasLeft(all - 2);
  await page.waitForFunction(() => Object.keys(localStorage).every((key) => !key.includes('.outbox.')));
  assert.equal(await cardsOnServer(), all - 2);
});

test('web_1_by_keyboard_a_thread_is_opened_written_in_and_left', async () => {
  await page.keyboard.press('r');
  await until(page, () => document.activeElement?.tagName === 'TEXTAREA');
  await page.keyboard.type('Half a sentence');
  await tabTo('More to do', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await inDialog('More to do');
  await tabTo('Write a note');
  await page.keyboard.press('Enter');
  await inDialog('Write a note');
  await tabTo('Note');
  await page.keyboard.type('Written without a pointer.');
  await tabTo('I was in contact with them');
  await page.keyboard.press('Space');
  await tabTo('Save');
  await page.keyboard.press('Enter');
  await noDialog();
  await page.locator('main').getByText('Written without a pointer.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
});

test('web_1_by_keyboard_every_place_is_reached_and_the_focus_is_never_lost', async () => {
  await page.keyboard.press('Control+k');
  await inDialog('Search and commands');
  await page.keyboard.type('Leads');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
  await page.keyboard.press('/');
  await until(page, () => document.activeElement?.type === 'search');
  await tabTo(/^\+1-/);
  await page.keyboard.press('Enter');
  await page.getByText('What matters').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
  for (const place of ['Connections', 'To sort out', 'Deck']) {
    await page.keyboard.press('Shift+Tab');
    await tabTo(place);
    await page.keyboard.press('Enter');
    await page
      .locator('main h1')
      .filter({ hasText: place === 'Deck' ? 'Today' : place })
      .waitFor();
  }
});

test('web_1_by_keyboard_one_skips_to_the_content_and_signs_out', async () => {
  await page.reload();
  await page.getByText(/^\d+ left/).waitFor();
  await tabTo('Skip to content');
  await page.keyboard.press('Enter');
  await until(page, () => document.activeElement?.id === 'main');
  await tabTo('Sign out', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(complaints, []);
});
