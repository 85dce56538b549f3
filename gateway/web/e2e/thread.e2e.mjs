// Answering from a thread: what is sent arrives once and says how far it got, what is taken back never leaves,
// and what was not sent is still there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { inspect, launch, openPhone, settled, until } from './browser.mjs';
import { Carrier } from './carrier.mjs';
import { Line } from './line.mjs';
import { plan } from './picture.mjs';
import { EMAIL, PASSWORD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms } from './twilio.mjs';
import { Way } from './way.mjs';

const AGENT = { email: EMAIL, password: PASSWORD };

let browser;
let carrier;
const complaints = [];

before(async () => {
  [browser, carrier] = await Promise.all([launch(), Carrier.start()]);
});

after(async () => {
  Line.closeAll();
  carrier?.stop();
  await browser?.close();
});

async function device(url = URL_OF_SERVER) {
  const opened = await openPhone(browser);
  complaints.push(opened.complaints);
  const way = new Way(opened.page);
  await way.signIn(url, AGENT);
  return way;
}

const box = (page) => page.getByRole('textbox', { name: 'Message by SMS' });

test('out_4_an_answer_from_the_card_is_sent_once_and_says_how_far_it_got', async () => {
  const way = await device();
  const { page } = way;
  const text = 'Bom dia Maria! Sim, ainda está. Sábado às 10h fica bem?';
  await way.receiveOnTop('Olá! Vi a casa da Rua das Flores. Ainda está disponível?');
  await way.top().getByRole('link', { name: 'Reply by SMS' }).click();
  await until(page, () => document.activeElement?.tagName === 'TEXTAREA');
  await page.keyboard.type(text);
  await settled(page);
  await inspect(page, 'composer');
  await page.keyboard.press('Control+Enter');
  await page.getByText('in a few seconds').waitFor();
  await page.getByRole('button', { name: 'Undo', exact: true }).waitFor();
  await page.getByText('waiting to leave').waitFor();
  await inspect(page, 'composer-sent', { schemes: ['light'] });
  assert.equal(await box(page).inputValue(), '');
  await page.getByText(/· (sent|delivered)$/).waitFor({ timeout: 20_000 });
  await settled(page);
  await inspect(page, 'thread-answered');
  assert.deepEqual(
    (await carrier.taken()).filter((taken) => taken === text),
    [text],
  );
  await page.context().close();
});

test('deck_2_what_is_taken_back_never_leaves_and_its_text_is_in_the_box_again', async () => {
  const way = await device();
  const { page } = way;
  const text = 'This goes to nobody.';
  await way.receiveOnTop('Is there a lift?');
  await page.keyboard.press('r');
  await box(page).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByText('Taken back. Nobody got it.').waitFor();
  await page.getByText('taken back', { exact: false }).first().waitFor();
  assert.equal(await box(page).inputValue(), text);
  // Another message goes the same way later: had the first one not been taken back, it would be there before it.
  await box(page).fill('And this one is sent.');
  await page.keyboard.press('Control+Enter');
  await page.getByText(/· (sent|delivered)$/).waitFor({ timeout: 20_000 });
  const taken = await carrier.taken();
  assert.equal(taken.includes(text), false);
  assert.equal(taken.includes('And this one is sent.'), true);
  await page.context().close();
});

test('web_1_without_a_line_what_was_written_stays_through_a_reload_and_is_sent_when_the_line_is_back', async () => {
  const line = await Line.to(URL_OF_SERVER);
  const way = await device(line.url);
  const { page } = way;
  const text = 'Written in the lift.';
  await way.receiveOnTop('Can I see it tonight?');
  await page.keyboard.press('r');
  await page.getByText('What matters').waitFor();
  await box(page).fill(text);
  line.cut();
  await page.keyboard.press('Control+Enter');
  await page.getByText('your text is still here').waitFor();
  assert.equal(await box(page).inputValue(), text);
  await until(page, isDraftSealed, text);
  line.mend();
  await page.reload();
  await until(page, (kept) => document.querySelector('textarea')?.value === kept, text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText(/· (sent|delivered)$/).waitFor({ timeout: 20_000 });
  assert.equal((await carrier.taken()).filter((taken) => taken === text).length, 1);
  await page.context().close();
  line.close();
});

/** In the page: a draft is on the device, and `text` is nowhere in what is. */
async function isDraftSealed(text) {
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
  if (clear || JSON.stringify(localStorage).includes(text)) throw new Error('a draft is kept in clear');
  return keys.some((key) => key.startsWith('draft.'));
}

test('out_2_a_picture_and_a_document_go_as_an_mms_and_are_seen_and_saved_from_the_thread', async () => {
  const line = await Line.to(URL_OF_SERVER);
  const way = await device(line.url);
  const { page } = way;
  const files = [
    { name: 'plan.png', mimeType: 'image/png', buffer: plan() },
    { name: 'price list.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF\n') },
  ];
  await way.receiveOnTop('Do you have a plan of it?');
  await page.keyboard.press('r');
  const chosen = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Attach a file' }).click();
  await (await chosen).setFiles(files);
  await page.getByRole('button', { name: 'Remove price list.pdf' }).waitFor();
  await inspect(page, 'composer-file', { schemes: ['light'] });
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText(/· (sent|delivered)$/).waitFor({ timeout: 20_000 });
  await page.getByRole('img', { name: 'plan.png' }).waitFor();
  await until(page, () => document.querySelector('img[alt="plan.png"]')?.naturalWidth === 320);
  for (const { name, buffer } of files) {
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: `Save ${name}` }).click();
    const saved = await saving;
    assert.equal(saved.suggestedFilename(), name);
    assert.deepEqual(readFileSync(await saved.path()), buffer);
  }
  await settled(page);
  await inspect(page, 'thread-files');
  // Without a line its text is still there; the picture says why it is not, and comes when it can.
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  line.cut();
  await page.reload();
  await page.getByText('This is how it stood').waitFor();
  await page.locator('figure').getByText('Not here yet').waitFor();
  await settled(page);
  await inspect(page, 'thread-files-offline', { schemes: ['light'] });
  line.mend();
  await page.locator('figure').getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('img', { name: 'plan.png' }).waitFor();
  await page.context().close();
  line.close();
});

test('ing_1_to_one_who_replied_stop_the_page_says_why_nothing_can_be_sent', async () => {
  const way = await device();
  const { page } = way;
  const from = await way.receiveOnTop('Who is this?');
  await page.keyboard.press('r');
  await box(page).waitFor();
  await box(page).fill('Somebody who has a house.');
  await deliverSms(TWILIO, from, 'STOP');
  await page.locator('main').getByText('STOP', { exact: true }).waitFor();
  await page.getByText('SMS: They asked for no more messages here.').waitFor();
  const unsent = page.getByRole('textbox', { name: 'Your message' });
  assert.equal(await unsent.inputValue(), 'Somebody who has a house.');
  await unsent.press('Control+Enter');
  assert.equal(await unsent.inputValue(), 'Somebody who has a house.');
  await settled(page);
  await inspect(page, 'composer-closed');
  await page.context().close();
});

test('no_thread_breaks_a_rule_of_its_content_policy_or_logs_an_error', () => {
  assert.deepEqual(complaints.flat(), []);
});
