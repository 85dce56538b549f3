// Everything by its name, and by keyboard alone: leads, places, and what can be done with what is open.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, openPhone, settled, until } from './browser.mjs';
import { EMAIL, PASSWORD, URL_OF_SERVER } from './settings.mjs';
import { Way } from './way.mjs';

const TEXT = 'Is the garden shared?';

let browser;
let page;
let way;
let from;
let complaints;

before(async () => {
  browser = await launch();
  ({ page, complaints } = await openPhone(browser));
  way = new Way(page);
  await way.signIn(URL_OF_SERVER, { email: EMAIL, password: PASSWORD });
  from = await way.receiveOnTop(TEXT);
});

after(async () => {
  await browser?.close();
});

const box = () => page.getByRole('combobox', { name: 'Search and commands' });
const marked = () => page.locator('[role=option][aria-selected=true]');

test('web_1_ctrl_k_finds_a_lead_by_its_number_and_opens_it_without_a_pointer', async () => {
  await page.keyboard.press('Control+k');
  await until(page, () => document.activeElement?.getAttribute('role') === 'combobox');
  await page.keyboard.type(from.slice(-7));
  const option = page.getByRole('option').filter({ hasText: from.slice(-4) });
  await option.waitFor();
  await settled(page);
  await inspect(page, 'palette');
  assert.equal(await option.getAttribute('aria-selected'), 'true');
  const active = await box().getAttribute('aria-activedescendant');
  assert.equal(await marked().getAttribute('id'), active);
  await page.keyboard.press('Enter');
  await page.locator('main').getByText(TEXT).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('web_1_what_can_be_done_with_the_open_lead_is_found_by_its_name', async () => {
  await page.keyboard.press('Control+k');
  await box().waitFor();
  await page.getByRole('group', { name: 'Here' }).getByRole('option', { name: 'Write a note' }).waitFor();
  await inspect(page, 'palette-lead', { schemes: ['light'] });
  await page.keyboard.type('write');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Write a note' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('web_1_the_arrows_go_around_and_escape_gives_the_focus_back', async () => {
  await page.locator('textarea').focus();
  await page.keyboard.press('Control+k');
  await box().waitFor();
  const count = await page.getByRole('option').count();
  const first = await marked().textContent();
  await page.keyboard.press('ArrowUp');
  assert.equal(
    await page
      .getByRole('option')
      .nth(count - 1)
      .getAttribute('aria-selected'),
    'true',
  );
  await page.keyboard.press('ArrowDown');
  assert.equal(await marked().textContent(), first);
  await page.keyboard.type('zzzz');
  await page.getByText('Nothing fits this.').first().waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'TEXTAREA');
});

test('web_1_a_place_is_gone_to_and_the_top_card_is_done_by_name', async () => {
  await page.keyboard.press('Control+k');
  await page.keyboard.type('dec');
  await page.getByRole('option', { name: 'Deck' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  await way.bringOnTop(TEXT);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.keyboard.type('done');
  await page.getByRole('option', { name: 'Done' }).waitFor();
  await page.keyboard.press('Enter');
  await way.isGone(TEXT);
  await way.isConfirmed();
});

test('finding_by_name_breaks_no_rule_of_the_content_policy_and_logs_no_error', () => {
  assert.deepEqual(complaints, []);
});
