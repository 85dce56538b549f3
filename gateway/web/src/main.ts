import '@fontsource-variable/figtree/index.css';
import '@fontsource-variable/noto-sans-arabic/index.css';
import '@fontsource-variable/noto-sans/index.css';
import { mount } from 'svelte';
import App from './App.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { choose, speak, words } from './i18n';
import { DECK } from './shell/ahead';
import { keepShell } from './shell/device';
import { loadLanguage, loadSession } from './shell/kept';
import { Session } from './shell/session';
import type { Vault } from './shell/vault';

/** A first screen waits so long for its cards, and is drawn without them then. */
const CARDS_WITHIN_MS = 150;

/** The words come beside this file, and the first answers of the server (`ahead.ts`): nothing waits for its turn. */
async function begin(target: HTMLElement): Promise<void> {
  const restored = Session.restore();
  const opened = restored?.warm() ?? null;
  const spoken = speak(choose([loadLanguage(), loadSession()?.user.language, ...navigator.languages]));
  if (restored !== null && opened !== null) await cards(restored, opened);
  await spoken;
  document.documentElement.lang = words.language;
  document.documentElement.dir = words.direction;
  // The page's name, which stood there until now (index.html).
  target.replaceChildren();
  mount(App, { target, props: { restored, opened } });
}

/** Drawn once, with its cards, a first screen is there sooner than drawn twice. From the device or the server, whichever is first. */
function cards(session: Session, vault: Vault): Promise<void> {
  return new Promise((here) => {
    void vault.warmed(DECK).then((kept) => {
      if (kept !== null) here();
    });
    void session.firstDeck().then(() => {
      here();
    });
    setTimeout(here, CARDS_WITHIN_MS);
  });
}

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
void begin(target);

// Only a built page has the files that a service worker keeps.
if (import.meta.env.PROD) keepShell();
