/**
 * The page's own files on this device, kept by the service worker (`sw.js`).
 *
 * Promises: keeping them never competes with the first screen; a page whose files were replaced by a newer version takes
 * that version up as soon as nobody is looking at it.
 * Does not know: what is in the files.
 */

/** After the page has loaded: by then the first screen has what it needs. */
const KEEP_AFTER_MS = 1500;

export function keepShell(): void {
  if (!('serviceWorker' in navigator)) return;
  const worker = navigator.serviceWorker;
  const keep = (): void => {
    setTimeout(() => {
      worker.register('/sw.js').catch(() => {
        // Not allowed here (a private window, no TLS): the page works, it only needs its line.
      });
    }, KEEP_AFTER_MS);
  };
  if (worker.controller !== null) {
    // The browser looks for a newer one itself, at every visit.
    worker.addEventListener('controllerchange', replaced, { once: true });
  } else if (document.readyState === 'complete') keep();
  else window.addEventListener('load', keep, { once: true });
}

function replaced(): void {
  const renew = (): void => {
    if (document.visibilityState === 'hidden') window.location.reload();
  };
  document.addEventListener('visibilitychange', renew);
  renew();
}
