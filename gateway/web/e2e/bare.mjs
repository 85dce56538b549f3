// Chromium by its debugging pipe, and nothing else: what drives the other tests puts a world of its own into every document,
// which a slow phone has to make before the page begins. Where a visit is measured, only the page is there.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ARGS, PHONE } from './browser.mjs';
import { CHROMIUM, URL_OF_SERVER } from './settings.mjs';

/** Of the pipe: messages of JSON, each with this at its end. */
const END = '\0';

/** A tab stands empty for so long before it goes anywhere: what a browser does for a new one is not the page's. */
const SETTLED_MS = 500;
const ASKED_EVERY_MS = 150;
const BOUND_MS = 20_000;

export async function launchBare() {
  const profile = await mkdtemp(join(tmpdir(), 'hearthline-visit-'));
  const args = [...ARGS, '--headless', '--remote-debugging-pipe', `--user-data-dir=${profile}`];
  const child = spawn(CHROMIUM, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const pipe = new Pipe(child.stdio[3], child.stdio[4]);
  const close = async () => {
    await pipe.send('Browser.close');
    await new Promise((ended) => (child.exitCode === null ? child.once('exit', ended) : ended()));
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { device: (kept) => device(pipe, kept), close };
}

class Pipe {
  #to;
  #last = 0;
  #asked = new Map();
  #listeners = new Map();

  constructor(to, from) {
    this.#to = to;
    let rest = '';
    from.setEncoding('utf8');
    from.on('data', (data) => {
      const messages = (rest + data).split(END);
      rest = messages.pop();
      for (const message of messages) this.#heard(JSON.parse(message));
    });
  }

  /** One command of the DevTools protocol; to a tab, or to the browser itself. */
  send(method, params = {}, sessionId = undefined) {
    const id = (this.#last += 1);
    return new Promise((answer, refuse) => {
      this.#asked.set(id, { method, answer, refuse });
      this.#to.write(JSON.stringify({ id, method, params, sessionId }) + END);
    });
  }

  on(sessionId, method, listener) {
    this.#listeners.set(`${sessionId} ${method}`, listener);
  }

  #heard({ id, result, error, method, params, sessionId }) {
    if (id === undefined) {
      this.#listeners.get(`${sessionId} ${method}`)?.(params);
      return;
    }
    const { method: of, answer, refuse } = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) answer(result);
    else refuse(new Error(`${of}: ${error.message}`));
  }
}

/** A phone that has nothing of the page but these entries of its local storage. */
async function device(pipe, kept) {
  const { browserContextId } = await pipe.send('Target.createBrowserContext');
  const open = () => Tab.open(pipe, browserContextId);
  // Of the same origin, and without a script.
  const first = await open();
  await first.go(`${URL_OF_SERVER}/healthz`);
  await first.evaluate((entries) => {
    for (const [name, value] of Object.entries(entries)) localStorage.setItem(name, value);
  }, kept);
  await first.close();
  const close = () => pipe.send('Target.disposeBrowserContext', { browserContextId });
  return { open, close };
}

class Tab {
  #pipe;
  #targetId;
  #sessionId;

  constructor(pipe, targetId, sessionId) {
    this.#pipe = pipe;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
  }

  static async open(pipe, browserContextId) {
    const { targetId } = await pipe.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await pipe.send('Target.attachToTarget', { targetId, flatten: true });
    const tab = new Tab(pipe, targetId, sessionId);
    const screen = { ...PHONE, deviceScaleFactor: 1, mobile: false };
    await tab.send('Emulation.setDeviceMetricsOverride', screen);
    await sleep(SETTLED_MS);
    return tab;
  }

  send(method, params) {
    return this.#pipe.send(method, params, this.#sessionId);
  }

  on(method, listener) {
    this.#pipe.on(this.#sessionId, method, listener);
  }

  /** Until the server's first byte was taken up. */
  async go(url) {
    const { errorText } = await this.send('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
  }

  /** What this function, which knows nothing of here, answers in the page. */
  async evaluate(asked, ...given) {
    const expression = `(${asked})(...${JSON.stringify(given)})`;
    const how = { awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, ...how });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  /** Asks seldom: each time, the page has to answer. */
  async until(asked, ...given) {
    const deadline = Date.now() + BOUND_MS;
    while (!(await this.evaluate(asked, ...given))) {
      if (Date.now() > deadline) throw new Error(`not so within ${BOUND_MS} ms: ${asked}`);
      await sleep(ASKED_EVERY_MS);
    }
  }

  close() {
    return this.#pipe.send('Target.closeTarget', { targetId: this.#targetId });
  }
}
