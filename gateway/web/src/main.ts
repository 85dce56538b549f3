import '@fontsource-variable/figtree/index.css';
import '@fontsource-variable/noto-sans-arabic/index.css';
import '@fontsource-variable/noto-sans/index.css';
import { mount } from 'svelte';
import App from './App.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { choose, speak, words } from './i18n';
import { keepShell } from './shell/device';
import { loadLanguage, loadSession } from './shell/kept';
import { DECK } from './shell/live_deck.svelte';
import { Session } from './shell/session';
import { Vault } from './shell/vault';

/** The words come beside this file, and the first answers of the server (`ahead.ts`): nothing waits for its turn. */
async function begin(target: HTMLElement): Promise<void> {
  const restored = Session.restore();
  const opened = restored === null ? null : new Vault(restored.user.id);
  restored?.warm();
  opened?.warm(DECK);
  await speak(choose([loadLanguage(), loadSession()?.user.language, ...navigator.languages]));
  document.documentElement.lang = words.language;
  document.documentElement.dir = words.direction;
  mount(App, { target, props: { restored, opened } });
}

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
void begin(target);

// Only a built page has the files that a service worker keeps.
if (import.meta.env.PROD) keepShell();
