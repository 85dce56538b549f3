/*
 * The shell of the page for when there is no line: opens from the device, at once, on every visit after the first.
 *
 * Promises: the page and its files come from the device, all of one version, without a way to the server; the browser
 * looks for a new version of this file at every visit, and the new version is there at the next one (`shell/device.ts`);
 * nothing of the API is ever answered or kept here.
 * The list of files and the version are put in by the build (scripts/service_worker.mjs).
 */
const VERSION = '__VERSION__';
const FILES = __FILES__;
const CACHE = `hearthline-${VERSION}`;
const SERVERS = ['v1', 'hooks', 'healthz', 'readyz', 'metrics'];

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(['/', ...FILES]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && isOurs(url.pathname)) event.respondWith(page(request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(file(request));
});

/** What the server answers itself, and what names a file, is not the page's (gateway/http/src/static_files.rs). */
function isOurs(path) {
  const parts = path.split('/');
  return !SERVERS.includes(parts[1]) && !parts[parts.length - 1].includes('.');
}

async function page(request) {
  return (await kept('/')) ?? fetch(request);
}

async function file(request) {
  const here = await kept(request);
  if (here !== undefined) return here;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(CACHE);
    await cache.put(request, answer.clone());
  }
  return answer;
}

/** Of this version: an older worker's files are not mixed with ours. */
async function kept(asked) {
  return (await caches.open(CACHE)).match(asked);
}
