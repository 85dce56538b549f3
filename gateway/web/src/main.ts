import '@fontsource-variable/figtree/index.css';
import '@fontsource-variable/noto-sans-arabic/index.css';
import '@fontsource-variable/noto-sans/index.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { choose, speak, words } from './i18n';
import { loadLanguage, loadSession } from './shell/kept';
import { Session } from './shell/session';

/** Small on purpose: all that takes a way to the server is asked for at once, side by side. */
async function begin(target: HTMLElement): Promise<void> {
  const restored = Session.restore();
  restored?.warm();
  const started = import('./start');
  await speak(choose([loadLanguage(), loadSession()?.user.language, ...navigator.languages]));
  document.documentElement.lang = words.language;
  document.documentElement.dir = words.direction;
  (await started).start(target, restored);
}

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
void begin(target);

// Only a built page has the files that a service worker keeps.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  navigator.serviceWorker.register('/sw.js').catch(() => {
    // Not allowed here (a private window, no TLS): the page works, it only needs its line.
  });
}
