// What administrators look after: connections of each kind until their first message, rules before they are saved, and
// the record of who did what.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from './api.mjs';
import { inspect, launch, openPhone, settled } from './browser.mjs';
import { deliverWhatsapp, verify } from './meta.mjs';
import { ADMIN, EMAIL, PASSWORD, TEAM_LEAD, TWILIO, URL_OF_SERVER } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';
import { Way } from './way.mjs';

let browser;
let page;
let complaints;

before(async () => {
  browser = await launch();
  ({ page, complaints } = await openPhone(browser));
  await new Way(page).signIn(URL_OF_SERVER, ADMIN);
});

after(async () => {
  // Whatever failed here, those who write later are leads again.
  const { access_token } = await ask('POST', '/v1/sessions', ADMIN);
  await ask('PATCH', '/v1/tenant', { unknown_senders: 'new_lead' }, access_token);
  await browser?.close();
});

async function goTo(path, title) {
  await page.goto(URL_OF_SERVER + path);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

test('con_1_a_whatsapp_number_is_connected_step_by_step_until_its_first_message_arrives', async () => {
  await goTo('/connections', 'Connections');
  await page.getByRole('button', { name: 'Add a connection' }).click();
  await page.getByRole('radio', { name: 'WhatsApp' }).click();
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.locator('[aria-invalid="true"]').nth(3).waitFor();
  await settled(page);
  await inspect(page, 'connect-whatsapp');
  const [phoneNumberId, accountId, appSecret] = [`${Date.now()}`, '102290129340398', 'app-secret-0123456789'];
  await page.getByLabel('Phone number ID').fill(phoneNumberId);
  await page.getByLabel('WhatsApp Business account ID').fill(accountId);
  await page.getByLabel('App secret').fill(appSecret);
  await page.getByLabel('Access token').fill('never-shown-again');
  const { user } = await ask('POST', '/v1/sessions', { email: EMAIL, password: PASSWORD });
  await page.getByLabel('Leads go to').selectOption({ label: user.name });
  const token = await page.getByLabel('Verify token').inputValue();
  assert.ok(token.length >= 20);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('A few steps are left').waitFor();
  const card = page.getByRole('article', { name: phoneNumberId });
  await card.getByText(token).waitFor();
  await card.getByText('Subscribe to').waitFor();
  await inspect(page, 'connection-steps');
  const webhookUrl = await card.locator('code').first().textContent();
  await verify(webhookUrl, token);
  await deliverWhatsapp({ webhookUrl, appSecret, accountId, phoneNumberId }, '33612345678', 'Bonjour !');
  await card.getByText('Messages arrive', { exact: true }).waitFor();
  await card.getByText('Subscribe to').waitFor({ state: 'detached' });
  await page.reload();
  await card.getByText('Messages arrive', { exact: true }).waitFor();
  await answersByWhatsapp('12345678');
  for (const secret of [token, appSecret, 'never-shown-again']) {
    assert.equal(await page.getByText(secret).count(), 0);
  }
});

/** Whose connection it is answers there, as the composer says first. */
async function answersByWhatsapp(digits) {
  const { page: agent } = await openPhone(browser);
  await new Way(agent).signIn(URL_OF_SERVER, { email: EMAIL, password: PASSWORD });
  await agent.keyboard.press('Control+k');
  await agent.getByRole('combobox').fill(digits);
  await agent
    .getByRole('option')
    .filter({ hasText: /12\s?34\s?56\s?78/ })
    .click();
  await agent.getByRole('textbox', { name: 'Message by WhatsApp' }).waitFor();
  await settled(agent);
  await inspect(agent, 'thread-whatsapp', { schemes: ['light'] });
  await agent.context().close();
}

test('con_1_pages_and_instagram_accounts_are_connected_with_what_meta_calls_them', async () => {
  for (const [kind, label, hook] of [
    ['Messenger', 'Page ID', 'messenger'],
    ['Instagram', 'Instagram account ID', 'instagram'],
  ]) {
    const account = `1784140${Date.now()}`;
    await page.getByRole('button', { name: 'Add a connection' }).click();
    await page.getByRole('radio', { name: kind }).click();
    await page.getByLabel(label).fill(account);
    await page.getByLabel('App secret').fill('app-secret-0123456789');
    await page.getByLabel('Access token').fill('never-shown-again');
    const token = await page.getByLabel('Verify token').inputValue();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    const card = page.getByRole('article', { name: account });
    await card.getByText(token).waitFor();
    const webhookUrl = await card.locator('code').first().textContent();
    assert.ok(webhookUrl.includes(`/hooks/${hook}/`));
    await verify(webhookUrl, token);
  }
});

test('ing_12_a_connection_says_how_it_is_why_and_what_to_do_about_it', async () => {
  const { access_token } = await ask('POST', '/v1/sessions', ADMIN);
  const { user } = await ask('POST', '/v1/sessions', { email: EMAIL, password: PASSWORD });
  const digits = String(Date.now()).slice(-4);
  const number = {
    accountSid: `AC${'8'.repeat(32)}`,
    authToken: 'auth-token-of-health',
    number: `+1332555${digits}`,
  };
  const settings = { account_sid: number.accountSid, auth_token: number.authToken, number: number.number };
  const made = { kind: 'twilio_sms', owner_id: user.id, settings };
  const { webhook_url: hookUrl } = await ask('POST', '/v1/connections', made, access_token);
  await goTo('/connections', 'Connections');
  const card = page.getByRole('article', { name: number.number });
  // Whoever signs with another secret is refused; where nothing else comes, it does not work.
  const forged = { ...number, hookUrl, authToken: 'another-secret' };
  await assert.rejects(() => deliverSms(forged, newNumber(), 'Forged.'), /403|401/);
  await card.getByText('Does not work').waitFor({ timeout: 30_000 });
  await card.getByText('Requests come with a wrong signature.').waitFor();
  await card.getByText('Check the secret').waitFor();
  await card.scrollIntoViewIfNeeded();
  await settled(page);
  await inspect(page, 'connection-fails');
  // With a message it works, with trouble; what could not be read leads to where it is mended.
  const ours = { ...number, hookUrl };
  await deliverSms(ours, newNumber(), 'The first one.');
  await deliverSms(ours, newNumber(), 'Without an id.', {
    without: ['MessageSid', 'SmsSid', 'SmsMessageSid'],
  });
  await card.getByText('Works, with trouble').waitFor({ timeout: 30_000 });
  await card.getByText('Some of what came could not be taken.').waitFor({ timeout: 30_000 });
  await card.getByText(/^1 message/).waitFor();
  await settled(page);
  await inspect(page, 'connection-trouble', { schemes: ['light'] });
  await card.getByRole('link', { name: 'Open the dead letters' }).click();
  await page.getByRole('article').filter({ hasText: 'MessageSid' }).first().waitFor();
  await page
    .getByRole('article')
    .filter({ hasText: 'MessageSid' })
    .first()
    .getByRole('button', { name: 'Throw away' })
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Throw away' }).click();
  await page.getByText('Everything that came in was taken.').waitFor();
});

test('lif_2_what_a_change_of_rules_would_do_is_seen_lead_by_lead_before_it_is_saved', async () => {
  await deliverSms(TWILIO, newNumber(), 'Is it furnished?');
  await goTo('/rules', 'Team rules');
  await page.getByLabel('First reply within').fill('1');
  await page.getByLabel('At risk after').fill('5');
  await page.getByRole('button', { name: 'See what would change' }).click();
  const foreseen = page.getByRole('region', { name: 'What would change now' });
  await foreseen.getByText('First reply due', { exact: true }).first().waitFor();
  await settled(page);
  await inspect(page, 'rules-foreseen');
  await page.getByLabel('At risk after').fill('80');
  await foreseen.waitFor({ state: 'detached' });
  await page.reload();
  assert.notEqual(await page.getByLabel('First reply within').inputValue(), '1');
});

test('prv_4_the_audit_log_says_who_did_what_and_is_narrowed_and_checked', async () => {
  await goTo('/audit', 'Audit');
  await page.getByText('Connection made').first().waitFor();
  await settled(page);
  await inspect(page, 'audit');
  await page.getByRole('combobox', { name: 'What' }).selectOption('connection.');
  await page.getByText('Person added').first().waitFor({ state: 'detached' });
  await page.getByText('Connection made').first().waitFor();
  await page.reload();
  await page.getByText('Connection made').first().waitFor();
  assert.equal(await page.getByText('Person added').count(), 0);
  await page.getByText('Connection made').first().click();
  await page
    .getByText(/^[0-9a-f]{64}$/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Check the log' }).click();
  await page.getByText(/^Intact: \d+ entries/).waitFor({ timeout: 20_000 });
  await settled(page);
  await inspect(page, 'audit-checked', { schemes: ['light'] });
  await page.getByLabel('Until').fill('2020-01-01');
  await page.getByText('Nothing in the log fits this.').waitFor();
});

test('prv_4_only_administrators_are_shown_the_log', async () => {
  const { access_token } = await ask('POST', '/v1/sessions', TEAM_LEAD);
  await assert.rejects(() => ask('GET', '/v1/audit', undefined, access_token), /403/);
  const opened = await openPhone(browser);
  await new Way(opened.page).signIn(URL_OF_SERVER, TEAM_LEAD);
  await opened.page.goto(`${URL_OF_SERVER}/audit`);
  await opened.page.getByText('Your role does not allow this.').waitFor();
  await opened.page.getByRole('link', { name: 'More' }).click();
  assert.equal(await opened.page.getByRole('link', { name: 'Audit' }).count(), 0);
  await opened.page.context().close();
});

test('idn_5_an_administrator_lets_unknown_senders_wait_and_their_next_message_waits', async () => {
  await goTo('/rules', 'Team rules');
  const fate = page.getByLabel('Whoever writes for the first time');
  const save = async (label) => {
    await fate.selectOption({ label });
    await page.getByRole('button', { name: 'Save for everybody' }).click();
    await page.getByText('It holds for whoever writes from now on.').waitFor();
    await page.reload();
    await fate.waitFor();
    assert.equal(await fate.locator('option:checked').textContent(), label);
  };
  await save('Waits until somebody takes them');
  const from = newNumber();
  await deliverSms(TWILIO, from, 'Nobody knows me.');
  await page.goto(`${URL_OF_SERVER}/unassigned`);
  const shown = from.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1-$1-$2-$3');
  // An administrator has no deck that would tell: the page looks every ten seconds.
  await page.getByRole('listitem').filter({ hasText: shown }).waitFor({ timeout: 25_000 });
  await goTo('/rules', 'Team rules');
  await save('Becomes a new lead, by the rules of the team');
});

test('nothing_that_administrators_look_after_breaks_the_content_policy_or_logs_an_error', () => {
  assert.deepEqual(complaints, []);
});
