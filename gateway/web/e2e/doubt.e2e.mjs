// A message of which nobody knows whether it arrived: a person says so in the thread, or in the queue of what has to be
// decided. Sent, it counts; not sent, its text is in the box again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { Carrier } from './carrier.mjs';
import { EMAIL, PASSWORD, TEAM_LEAD, URL_OF_SERVER } from './settings.mjs';
import { Way } from './way.mjs';

const AGENT = { email: EMAIL, password: PASSWORD };
const ASKED = 'Nobody can say whether this arrived.';

let browser;
let carrier;
let page;
let way;
const complaints = [];

before(async () => {
  [browser, carrier] = await Promise.all([launch(), Carrier.start()]);
  const opened = await openPhone(browser);
  complaints.push(opened.complaints);
  page = opened.page;
  way = new Way(page);
  await way.signIn(URL_OF_SERVER, AGENT);
});

after(async () => {
  carrier?.stop();
  await browser?.close();
});

/** A lead whose answer was lost on its way: the call to the carrier got no answer, and its list has nothing. */
async function inDoubt(words, answer) {
  await carrier.turn({ lost_request: { per_mille: 1000 } });
  await way.receiveOnTop(words);
  await page.keyboard.press('r');
  await page.getByRole('textbox', { name: 'Message by SMS' }).fill(answer);
  await page.keyboard.press('Control+Enter');
  await page.getByText(ASKED).waitFor({ timeout: 30_000 });
  await carrier.turn({});
  await settled(page);
}

test('out_3_of_a_message_that_nobody_knows_of_whoever_wrote_it_says_that_it_arrived', async () => {
  await inDoubt('Is it near the station?', 'Five minutes on foot.');
  await inspect(page, 'thread-doubt');
  await page.getByRole('button', { name: 'It arrived' }).click();
  await page.getByText('Noted: it arrived.').waitFor();
  await page.getByText(ASKED).waitFor({ state: 'detached' });
  await page.getByText(/· sent$/).waitFor();
  assert.equal((await carrier.taken()).includes('Five minutes on foot.'), false);
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
});

test('out_3_one_that_did_not_arrive_is_in_the_box_again_and_is_sent_once_more', async () => {
  const text = 'It has two balconies.';
  await inDoubt('Does it have a balcony?', text);
  await page.getByRole('button', { name: 'It did not' }).click();
  await page.getByText('Noted: it did not arrive.').waitFor();
  await page.getByText(/· not delivered$/).waitFor();
  const box = page.getByRole('textbox', { name: 'Message by SMS' });
  assert.equal(await box.inputValue(), text);
  await box.press('Control+Enter');
  await page.getByText(/· (sent|delivered)$/).waitFor({ timeout: 20_000 });
  assert.equal((await carrier.taken()).filter((taken) => taken === text).length, 1);
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
});

// A message is left to a person after the provider was asked for eight minutes, which no test of a page can wait for: here
// the list is told in the form in which the server tells it, and the decision is heard as the server would hear it.
test('out_3_whoever_leads_the_team_decides_without_reading_it', async () => {
  const { page: desk, complaints: said } = await openPhone(browser);
  complaints.push(said);
  await new Way(desk).signIn(URL_OF_SERVER, TEAM_LEAD);
  const { user, access_token } = await ask('POST', '/v1/sessions', TEAM_LEAD);
  const { items } = await ask('GET', '/v1/leads?limit=1', undefined, access_token);
  const triedAt = new Date(Date.now() - 20 * 60_000).toISOString();
  const review = {
    id: crypto.randomUUID(),
    kind: 'send_in_doubt',
    lead_id: items[0].id,
    lead_name: 'Maria Oliveira',
    team_id: user.team_id,
    owner_id: items[0].owner_id,
    channel: 'sms',
    explanation: 'Nobody can say whether the message by SMS of 09:41 was sent.',
    explanation_key: 'left_in_doubt',
    explanation_params: { tried_at: triedAt, channel: 'sms' },
    since: new Date(Date.now() - 12 * 60_000).toISOString(),
    deeds: ['sent', 'not_sent'],
  };
  const decisions = [];
  await desk.route(/\/v1\/reviews/, (route) => {
    const request = route.request();
    if (request.method() === 'POST') {
      decisions.push([new URL(request.url()).pathname, request.postDataJSON()]);
      return route.fulfill({ status: 204 });
    }
    const waiting = decisions.length === 0 ? [review] : [];
    return route.fulfill({ json: { items: waiting, next_cursor: null } });
  });
  await desk.goto(`${URL_OF_SERVER}/reviews`);
  const item = desk.getByRole('article', { name: 'Maria Oliveira' });
  await item.getByText(/nobody knows since \d\d:\d\d/).waitFor();
  await item.getByRole('link', { name: 'Open conversation' }).waitFor();
  await settled(desk);
  await inspect(desk, 'reviews-doubt');
  await item.getByRole('button', { name: 'It did not' }).click();
  await desk.getByText('Noted: it did not arrive.').waitFor();
  await desk.getByText('Nothing waits for a decision.').waitFor();
  assert.deepEqual(decisions, [[`/v1/reviews/${review.id}/decide`, { decision: 'not_sent' }]]);
  await desk.context().close();
});

test('no_doubt_breaks_a_rule_of_the_content_policy_or_logs_an_error', () => {
  assert.deepEqual(complaints.flat(), []);
});
