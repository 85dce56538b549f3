// One visit of a signed-in phone, watched through the debugger: when its deck can be used and what came before that, what
// went over the line for it, and how much work it was for the processor.
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
 * Opens the page on this device (`bare.mjs`) and waits until its deck can be used.
 *
 * `usableAtMs` is the page's own clock, from the start of the navigation to after the frame in which a button of the top
 * card was drawn where a finger finds it, and nothing lay over it. `parts` says by the same clock when what is needed for
 * that was asked for and there. `cpuMs` is time of the page's main thread, which other work of the machine does not
 * lengthen much (`calibrate`). `asked` are the requests that were answered until then.
 */
export async function visit(device, { slow }) {
  const tab = await device.open();
  const asked = await listen(tab);
  await tab.send('Network.emulateNetworkConditions', FAST_4G);
  if (slow) await tab.send('Emulation.setCPUThrottlingRate', SLOW_CPU);
  await tab.send('Performance.enable', { timeDomain: 'threadTicks' });
  await tab.send('Page.enable');
  await tab.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${watch})()` });
  await tab.go(URL_OF_SERVER);
  await tab.until(() => globalThis.usableAtMs !== undefined);
  const cpuMs = await cpuOf(tab);
  const usableAtMs = await tab.evaluate(() => globalThis.usableAtMs);
  const parts = await tab.evaluate(partsOf);
  return { tab, usableAtMs, cpuMs, parts, asked: asked.filter(({ endS }) => endS !== undefined) };
}

/** In the page: notes when its deck can be used. */
function watch() {
  const isUsable = () => {
    const button = document.querySelector('[data-card-id].top:not([inert]) button');
    if (button === null) return false;
    const { x, y, width, height } = button.getBoundingClientRect();
    return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  };
  // A frame draws what is there when its callbacks are done, and in the same task: the next one comes after it.
  const drawn = new MessageChannel();
  drawn.port1.onmessage = () => (globalThis.usableAtMs = performance.now());
  const look = () => {
    if (isUsable()) drawn.port2.postMessage(null);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Of the page's main thread so far. */
async function cpuOf(tab) {
  const { metrics } = await tab.send('Performance.getMetrics');
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
}

/** In the page: what the browser noted of its parts, in the order of a visit. */
function partsOf() {
  const found = (type, name) => performance.getEntriesByType(type).find((entry) => name.test(entry.name));
  const whole = (entry) =>
    entry === undefined ? 'none' : `${Math.round(entry.startTime)}–${Math.round(entry.responseEnd)}`;
  return {
    document: whole(found('navigation', /./)),
    script: whole(found('resource', /\/assets\/index-.*\.js$/)),
    words: whole(found('resource', /\/assets\/en-.*\.js$/)),
    'session with its deck': whole(found('resource', /\/v1\/sessions\/refresh$/)),
    paint: String(Math.round(found('paint', /^first-contentful-paint$/)?.startTime ?? 0)),
  };
}

/**
 * A piece of work that is always the same: elements, text and sorting, as a page does them. What the page costs is told as
 * a multiple of it, so that a slow machine, or one with other work, makes no page look slow.
 */
export async function calibrate(chromium) {
  const device = await chromium.device({});
  const tab = await device.open();
  await tab.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await cpuOf(tab);
  await tab.evaluate(() => {
    const items = Array.from({ length: 6000 }, (_, n) => ({
      n,
      key: Math.imul(n, 2654435761) >>> 8,
      text: `Item ${n}`,
    }));
    const sorted = JSON.parse(JSON.stringify(items)).sort((a, b) => a.key - b.key);
    const list = document.createElement('ul');
    for (const { n, text } of sorted) {
      const item = document.createElement('li');
      item.className = n % 2 === 0 ? 'even' : 'odd';
      item.append(text);
      list.append(item);
    }
    document.body.append(list);
    return list.getBoundingClientRect().height;
  });
  const cpuMs = (await cpuOf(tab)) - before;
  await device.close();
  return cpuMs;
}

async function listen(tab) {
  await tab.send('Network.enable');
  const asked = [];
  const of = (id) => asked.find(({ requestId }) => requestId === id);
  tab.on('Network.requestWillBeSent', ({ requestId, type, timestamp, request }) => {
    asked.push({ requestId, type, startS: timestamp, path: new URL(request.url).pathname });
  });
  tab.on('Network.responseReceived', ({ requestId, response }) => {
    const request = of(requestId);
    if (request !== undefined) request.fromDevice = response.fromServiceWorker || response.fromDiskCache;
  });
  tab.on('Network.loadingFinished', ({ requestId, timestamp, encodedDataLength }) => {
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
