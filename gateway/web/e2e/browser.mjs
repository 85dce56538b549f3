// One Chromium with a profile of its own, and what every screen is held to.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM, SCREENSHOTS } from './settings.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const PHONE = { width: 390, height: 844 };
const SIZES = [PHONE, { width: 768, height: 1024 }, { width: 1280, height: 820 }];
const MIN_TARGET_PX = 44;

/**
 * What the browser complains of itself, and a test may bring about: every 4xx, such as a refused sign-in, and a look for a new
 * service worker that has no line.
 */
const OF_THE_BROWSER = ['Failed to load resource', 'An unknown error occurred when fetching the script'];

/** Nothing of the browser's own goes out or comes in beside the page. */
export const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launch() {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: ARGS,
  });
}

/** A device in hand, a phone if nothing else is said. `complaints` collects what the page's console and the content policy say against it. */
export async function openPhone(browser, { language } = {}) {
  const context = await browser.newContext({
    viewport: SIZES[0],
    colorScheme: 'light',
    hasTouch: true,
    locale: language ?? 'en',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !OF_THE_BROWSER.some((words) => message.text().startsWith(words))) {
      complaints.push(message.text());
    }
  });
  if (language !== undefined) {
    await page.addInitScript((tag) => localStorage.setItem('hearthline.language', tag), language);
  }
  await page.addInitScript(() => {
    // A browser without a telephone asks what to open, in a window of its own that takes every click.
    document.addEventListener('click', (event) => {
      const link = event.target.closest?.('a[href^="tel:"]');
      if (link == null) return;
      event.preventDefault();
      window.dialed = link.getAttribute('href');
    });
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, complaints };
}

/** Pictures, axe and target sizes of the present screen in every size, light and dark. */
export async function inspect(page, name, { schemes = ['light', 'dark'], sizes = SIZES } = {}) {
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const size of sizes) {
    for (const colorScheme of schemes) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await settled(page);
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${size.width}-${colorScheme}.png`) });
      const where = `${name} at ${size.width}, ${colorScheme}`;
      assert.deepEqual(await axe(page), [], `axe finds nothing: ${where}`);
      assert.equal(await isTooWide(page), false, `nothing is wider than the screen: ${where}`);
      assert.deepEqual(await smallTargets(page), [], `every target has ${MIN_TARGET_PX} px: ${where}`);
    }
  }
  await page.setViewportSize(SIZES[0]);
  await page.emulateMedia({ colorScheme: 'light' });
  await settled(page);
}

/** Fonts are in and nothing moves. */
export function settled(page) {
  return page.evaluate(async () => {
    await document.fonts.ready;
    // A style that changed starts its transition with the next frame.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
}

async function axe(page) {
  // Through the debugger, not a script element: the content policy stays as it is served.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

function isTooWide(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}

function smallTargets(page) {
  return page.evaluate((least) => {
    const targets = [...document.querySelectorAll('button, a[href], input, select, textarea, summary')];
    return (
      targets
        .filter((target) => target.getClientRects().length > 0 && target.closest('[inert]') === null)
        // A tick's target is its whole line.
        .map((target) => (target.type === 'checkbox' ? target.closest('label') : target))
        .map((target) => ({ target: target.outerHTML.slice(0, 80), box: target.getBoundingClientRect() }))
        .filter(({ box }) => Math.min(box.width, box.height) < least)
        .map(({ target, box }) => `${target} is ${box.width} × ${box.height}`)
    );
  }, MIN_TARGET_PX);
}

/**
 * Until what the page is asked answers true. Playwright's own `waitForFunction` takes a promise for a yes.
 */
export async function until(page, asked, given, withinMs = 10_000) {
  const deadline = Date.now() + withinMs;
  while (!(await page.evaluate(asked, given))) {
    assert.ok(Date.now() < deadline, `not so within ${withinMs} ms: ${asked.name || asked}`);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
}
