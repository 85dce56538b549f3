// Every screen in Arabic on a phone: mirrored, nothing cut off, nothing left in another language's direction.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, openPhone, PHONE, settled } from './browser.mjs';
import { ADMIN, EMAIL, PASSWORD, TEAM_LEAD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';

const SEEN = { schemes: ['light'], sizes: [PHONE] };

let browser;
const complaints = [];

before(async () => {
  browser = await launch();
  await deliverSms(TWILIO, newNumber(), 'مرحبا، هل ما زالت الشقة متاحة؟');
});

after(async () => {
  await browser?.close();
});

async function device({ email, password }) {
  const opened = await openPhone(browser, { language: 'ar' });
  complaints.push(opened.complaints);
  const { page } = opened;
  await page.goto(URL_OF_SERVER);
  await page.getByLabel('البريد الإلكتروني').fill(email);
  await page.getByLabel('كلمة المرور', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'اليوم' }).waitFor();
  return page;
}

async function see(page, path, title) {
  await page.goto(URL_OF_SERVER + path);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.waitForLoadState('networkidle');
  await settled(page);
  assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
  await inspect(page, `ar${path.replace('/', '-')}`, SEEN);
}

/** The sheet behind a deed of the open lead. */
async function deed(page, deedName, name) {
  await page.getByRole('button', { name: 'إجراءات أخرى' }).click();
  await page.getByRole('dialog').getByRole('button', { name: deedName }).click();
  await page.getByRole('dialog', { name: deedName }).waitFor();
  await settled(page);
  await inspect(page, `ar-${name}`, SEEN);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

test('web_1_an_agent_finds_every_screen_and_sheet_in_arabic', async () => {
  const page = await device({ email: EMAIL, password: PASSWORD });
  await page.locator('[data-card-id].top').waitFor();
  await settled(page);
  await inspect(page, 'ar-deck', SEEN);
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await settled(page);
  await inspect(page, 'ar-keys', SEEN);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await settled(page);
  await inspect(page, 'ar-palette', SEEN);
  await page.keyboard.type('عمل');
  await page.getByRole('option', { name: 'العملاء' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('r');
  await page.getByText('ما يهم').waitFor();
  for (const [deedName, name] of [
    ['كتابة ملاحظة', 'note'],
    ['تخطيط متابعة', 'follow-up'],
    ['العناوين', 'addresses'],
    ['هو الشخص نفسه…', 'merge'],
    ['من قرأ هذا', 'readers'],
  ]) {
    await deed(page, deedName, name);
  }
  for (const [path, title] of [
    ['/leads', 'العملاء'],
    ['/connections', 'الاتصالات'],
    ['/notices', 'بحاجة إلى ترتيب'],
    ['/reviews', 'بحاجة إلى ترتيب'],
    ['/dead-letters', 'بحاجة إلى ترتيب'],
    ['/more', 'المزيد'],
  ]) {
    await see(page, path, title);
  }
  await page.context().close();
});

test('web_1_a_team_lead_and_an_administrator_find_every_screen_in_arabic', async () => {
  const lead = await device(TEAM_LEAD);
  for (const [path, title] of [
    ['/rescue', 'الإنقاذ'],
    ['/unassigned', 'بحاجة إلى ترتيب'],
    ['/reviews', 'بحاجة إلى ترتيب'],
  ]) {
    await see(lead, path, title);
  }
  await lead.context().close();
  const admin = await device(ADMIN);
  for (const [path, title] of [
    ['/rules', 'قواعد الفريق'],
    ['/people', 'الأشخاص'],
    ['/audit', 'سجل التدقيق'],
  ]) {
    await see(admin, path, title);
  }
  await admin.goto(`${URL_OF_SERVER}/connections`);
  await admin.getByRole('button', { name: 'إضافة اتصال' }).click();
  await admin.getByRole('dialog').waitFor();
  await settled(admin);
  await inspect(admin, 'ar-connect', SEEN);
  await admin.context().close();
  assert.deepEqual(complaints.flat(), []);
});
