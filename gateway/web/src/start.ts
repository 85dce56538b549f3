/** The page itself, once its words are there. Its files are on their way while `main.ts` runs (scripts/preloaded.mjs). */

import { mount } from 'svelte';
import App from './App.svelte';
import type { Session } from './shell/session';

export function start(target: HTMLElement, restored: Session | null): void {
  mount(App, { target, props: { restored } });
}
