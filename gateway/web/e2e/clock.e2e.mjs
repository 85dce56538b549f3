// A device whose clock is hours off: what the page says of time, and what it asks for, is by the server's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { launch, openPhone, until } from './browser.mjs';
import { EMAIL, PASSWORD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

/** A phone whose clock goes right and is set wrong, by so much. */
async function phoneThatIsOff(offMs) {
  const { page } = await openPhone(browser);
  await page.addInitScript((off) => {
    const Right = globalThis.Date;
    globalThis.Date = class extends Right {
      constructor(...given) {
        if (given.length === 0) super(Right.now() + off);
        else super(...given);
      }
      static now() {
        return Right.now() + off;
      }
    };
  }, offMs);
  return page;
}

function tomorrowAtNine() {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9).getTime();
}

for (const [how, offMs] of [
  ['five_hours_fast', 5 * HOUR_MS],
  ['two_days_slow', -2 * DAY_MS],
]) {
  test(`lif_2_on_a_device_that_is_${how}_a_new_message_is_new_and_tomorrow_is_tomorrow`, async () => {
    const text = `Is it still free? My clock is ${how}.`;
    const from = newNumber();
    await deliverSms(TWILIO, from, text);
    const page = await phoneThatIsOff(offMs);
    const way = new Way(page);
    await way.signIn(URL_OF_SERVER, { email: EMAIL, password: PASSWORD });
    await way.bringOnTop(text);
    const saysWhen = () => way.top().innerText();
    assert.match(await saysWhen(), /just now|[12] min ago/);
    assert.match(await saysWhen(), /First reply due in \d+ min/);

    // What it learned is there before anything is asked, at the next visit.
    await page.reload();
    await way.bringOnTop(text);
    assert.match(await saysWhen(), /just now|[12] min ago/);

    await page.keyboard.press('s');
    // Midnight may pass between the click and the look.
    const nines = [tomorrowAtNine()];
    await page.getByRole('button', { name: /^Tomorrow/ }).click();
    await way.isGone(text);
    await way.isConfirmed();
    nines.push(tomorrowAtNine());
    const { access_token } = await ask('POST', '/v1/sessions', { email: EMAIL, password: PASSWORD });
    const { items } = await ask('GET', '/v1/leads?limit=200', undefined, access_token);
    const { next_action_at } = items.find(({ phones }) => phones.includes(from));
    assert.ok(nines.includes(Date.parse(next_action_at)), next_action_at);
    await page.context().close();
  });
}

test('lif_2_a_clock_that_is_set_right_while_the_page_is_open_is_noticed', async () => {
  const text = 'And on Sunday?';
  await deliverSms(TWILIO, newNumber(), text);
  const page = await phoneThatIsOff(3 * HOUR_MS);
  const way = new Way(page);
  await way.signIn(URL_OF_SERVER, { email: EMAIL, password: PASSWORD });
  await way.bringOnTop(text);
  await page.evaluate((off) => {
    const { now } = Date;
    Date.now = () => now() - off;
  }, 3 * HOUR_MS);
  // Looking away and back says hello again, and with the answer comes the time.
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await until(page, () => /just now|[12] min ago/.test(document.querySelector('.top').innerText));
  await page.context().close();
});
