// One person's way through the page, in the words that a test uses.
import assert from 'node:assert/strict';
import { settled } from './browser.mjs';
import { TWILIO } from './settings.mjs';
import { deliverSms, newNumber } from './twilio.mjs';

export class Way {
  constructor(page) {
    this.page = page;
  }

  async signIn(url, { email, password }) {
    await this.page.goto(url);
    await this.type(email, password);
    await this.page.getByText(/^\d+ left/).waitFor();
  }

  async type(email, password) {
    const { page } = this;
    await page.getByLabel('Email').fill('');
    await page.getByLabel('Email').pressSequentially(email);
    await page.getByLabel('Password', { exact: true }).fill('');
    await page.getByLabel('Password', { exact: true }).pressSequentially(password);
    await page.keyboard.press('Enter');
  }

  /** The card under the thumb. */
  top() {
    return this.page.locator('[data-card-id].top:not([inert])');
  }

  async left() {
    return Number.parseInt(await this.page.getByText(/^\d+ left/).textContent(), 10);
  }

  isOnTop(text) {
    return this.top().getByText(text).isVisible();
  }

  /** Lays the card with this text on top as a person would: with `J`. */
  async bringOnTop(text) {
    const cards = await this.left();
    for (let passed = 0; passed < cards && !(await this.isOnTop(text)); passed += 1) {
      const id = await this.top().getAttribute('data-card-id');
      await this.page.keyboard.press('j');
      await this.page.locator(`[data-card-id].top:not([inert]):not([data-card-id="${id}"])`).waitFor();
    }
    assert.equal(await this.isOnTop(text), true);
    await settled(this.page);
  }

  /** Delivers a message, waits for one card more, and brings it to the top. Answers with who wrote. */
  async receiveOnTop(text) {
    const cards = (await this.left()) + 1;
    const from = newNumber();
    await deliverSms(TWILIO, from, text);
    await this.hasLeft(cards);
    await this.bringOnTop(text);
    return from;
  }

  async hasLeft(cards) {
    await this.page.getByText(new RegExp(`^${cards} left`)).waitFor();
  }

  async isGone(text) {
    await this.page.getByText(text).waitFor({ state: 'detached' });
  }

  /** Once the time for undo is over and the server's answer is in, nothing is kept for replay any more. */
  async isConfirmed() {
    await this.page.waitForFunction(() =>
      Object.keys(localStorage).every((key) => !key.startsWith('hearthline.outbox.')),
    );
  }

  async drag(x, y, distance) {
    const { mouse } = this.page;
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + distance, y + 4, { steps: 8 });
    await mouse.up();
  }

  /** Swipes the top card by so many pixels; negative is to the left. */
  async swipe(distance) {
    const card = await this.top().boundingBox();
    await this.drag(card.x + card.width / 2 - distance / 2, card.y + card.height / 2, distance);
  }

  async goTo(name) {
    await this.page.getByRole('navigation').getByRole('link', { name, exact: true }).first().click();
    await this.page.getByRole('heading', { level: 1, name }).waitFor();
    await settled(this.page);
  }
}
