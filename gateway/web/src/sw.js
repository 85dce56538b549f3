/*
 * The shell of the page for when there is no line: opens from the device, at once, on every visit after the first.
 *
 * Promises: a page is asked for on the line first, so that a new version is never missed; files whose name carries a
 * hash never change and come from the device; nothing of the API is ever answered or kept here.
 * The list of files and the version are put in by the build (vite.config.ts).
 */
const VERSION = '__VERSION__';
const FILES = __FILES__;
const CACHE = `hearthline-${VERSION}`;

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
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(file(request));
});

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok || answer.status < 500) return answer;
  } catch {
    // No line.
  }
  return (await caches.match('/')) ?? Response.error();
}

async function file(request) {
  const kept = await caches.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(CACHE);
    await cache.put(request, answer.clone());
  }
  return answer;
}
