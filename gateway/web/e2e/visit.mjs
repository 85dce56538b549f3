// One visit of a signed-in phone, watched through the debugger: when its deck can be used, what went over the line for it,
// and how much work it was for the processor.
import { until } from './browser.mjs';
import { URL_OF_SERVER } from './settings.mjs';

/** Chromium's "Fast 4G", and a phone four times slower than this machine. */
export const FAST_4G = {
  offline: false,
  downloadThroughput: 1_012_500,
  uploadThroughput: 168_750,
  latency: 165,
};
export const SLOW_CPU = { rate: 4 };

/** What a deck cannot be shown without: pictures, fonts and the manifest may come when they like. */
const NEEDED = ['Document', 'Script', 'Stylesheet', 'Fetch', 'XHR', 'Preflight'];

/**
 * Opens the page in this context and waits until its deck can be used.
 *
 * `usableAtMs` is the page's own clock, from the start of the navigation to after the frame in which a button of the top
 * card was drawn and could be pressed. `cpuMs` is time of the page's main thread, which other work of the machine does
 * not lengthen. `asked` are the requests that were answered until then.
 */
export async function visit(context, { slow }) {
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  const asked = await listen(client);
  await client.send('Network.emulateNetworkConditions', FAST_4G);
  if (slow) await client.send('Emulation.setCPUThrottlingRate', SLOW_CPU);
  await client.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.addInitScript(() => {
    const look = () => {
      const usable = document.querySelector('[data-card-id].top:not([inert]) button') !== null;
      if (usable) requestAnimationFrame(() => setTimeout(() => (globalThis.usableAtMs = performance.now())));
      else requestAnimationFrame(look);
    };
    look();
  });
  await page.goto(URL_OF_SERVER, { waitUntil: 'commit' });
  await until(page, () => globalThis.usableAtMs !== undefined);
  const usableAtMs = await page.evaluate(() => globalThis.usableAtMs);
  const { metrics } = await client.send('Performance.getMetrics');
  const cpuMs = 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
  return { page, usableAtMs, cpuMs, asked: asked.filter(({ endS }) => endS !== undefined) };
}

async function listen(client) {
  await client.send('Network.enable');
  const asked = [];
  const of = (id) => asked.find(({ requestId }) => requestId === id);
  client.on('Network.requestWillBeSent', ({ requestId, type, timestamp, request }) => {
    asked.push({ requestId, type, startS: timestamp, path: new URL(request.url).pathname });
  });
  client.on('Network.responseReceived', ({ requestId, response }) => {
    const request = of(requestId);
    if (request !== undefined) request.fromDevice = response.fromServiceWorker || response.fromDiskCache;
  });
  client.on('Network.loadingFinished', ({ requestId, timestamp, encodedDataLength }) => {
    Object.assign(of(requestId) ?? {}, { endS: timestamp, sizeBytes: encodedDataLength });
  });
  return asked;
}

/** The longest row of needed requests of which each began only when the one before was answered: ways to the server and back. */
export function waysInARow(asked) {
  const needed = asked.filter(({ type }) => NEEDED.includes(type)).sort((a, b) => a.startS - b.startS);
  const ways = new Map();
  for (const request of needed) {
    const before = needed.filter(({ endS }) => endS <= request.startS).map((other) => ways.get(other) ?? 0);
    ways.set(request, 1 + Math.max(0, ...before));
  }
  return Math.max(0, ...ways.values());
}

export function bytesOf(asked, types = NEEDED) {
  return asked
    .filter(({ type }) => types.includes(type))
    .reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
}
