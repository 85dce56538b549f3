// What an agent does with a lead beyond writing to it: calls with their outcome, follow-ups, notes, the archive.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { EMAIL, PASSWORD, URL_OF_SERVER } from './settings.mjs';
import { Way } from './way.mjs';

let browser;
let page;
let way;

before(async () => {
  browser = await launch();
  ({ page } = await openPhone(browser));
  way = new Way(page);
  await way.signIn(URL_OF_SERVER, { email: EMAIL, password: PASSWORD });
});

after(async () => {
  await browser?.close();
});

test('out_6_a_call_waits_for_its_outcome_which_may_plan_what_comes_next', async () => {
  await way.receiveOnTop('Please call me back.');
  await page.keyboard.press('r');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await page.getByRole('dialog', { name: 'How did the call go?' }).waitFor();
  assert.match(await page.evaluate(() => window.dialed), /^tel:\+\d+$/);
  await page.keyboard.press('Escape');
  await page.getByText('A call waits for its outcome.').waitFor();
  await page.getByRole('button', { name: 'Tell how it went' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Choose how it went.').waitFor();
  await settled(page);
  await inspect(page, 'outcome');
  await page.getByRole('radio', { name: 'Left a message' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await page.getByText('A call waits for its outcome.').waitFor({ state: 'detached' });
  await page.locator('main').getByText('Call: Left a message').waitFor();
});

test('deck_8_a_follow_up_is_planned_and_a_time_that_has_passed_is_not_taken', async () => {
  await page.getByRole('button', { name: 'More to do' }).click();
  await settled(page);
  await inspect(page, 'deeds', { schemes: ['light'] });
  await page.getByRole('button', { name: 'Plan a follow-up' }).click();
  await page.getByLabel('What to do').fill('Send the floor plan');
  await page.getByLabel('When').fill('2020-01-01T09:00');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('still to come').waitFor();
  await page.getByLabel('When').fill(`${new Date().getFullYear() + 1}-01-04T09:00`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const planned = /^Follow-up planned for Jan 4, 09:00 · Send the floor plan · /;
  await page.locator('main').getByText(planned).waitFor();
});

test('lif_2_a_note_is_written_and_stands_in_the_thread', async () => {
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'Write a note' }).click();
  await page.getByLabel('Note', { exact: true }).fill('Prefers to be called after six.');
  await page.getByText('I was in contact with them').click();
  await settled(page);
  await inspect(page, 'note', { schemes: ['light'] });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('main').getByText('Prefers to be called after six.').waitFor();
});

test('crm_2_a_lead_is_archived_and_nothing_can_be_sent_to_it_until_it_is_back', async () => {
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByText('SMS: This lead is archived.').waitFor();
  await page.getByRole('button', { name: 'More to do' }).click();
  await page.getByRole('button', { name: 'Bring back from the archive' }).click();
  await page.getByRole('textbox', { name: 'Message by SMS' }).waitFor();
  assert.equal(await page.getByText('This lead is archived.').count(), 0);
});
