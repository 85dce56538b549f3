import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, loadEnv } from 'vite';
import { compiledWhole } from './scripts/compiled_whole.mjs';
import { compressed } from './scripts/compressed.mjs';
import { drawnIcons } from './scripts/drawn_icons.mjs';
import { inlined } from './scripts/inlined.mjs';
import { serviceWorker } from './scripts/service_worker.mjs';

// Where `npm run dev` finds a running `hearthline serve` or `hearthline demo`.
const SERVER = loadEnv('', '.', 'HEARTHLINE_').HEARTHLINE_URL ?? 'http://127.0.0.1:8080';
const PROXY = {
  '/v1/live': { target: SERVER, ws: true },
  '/v1': SERVER,
  '/hooks': SERVER,
};

export default defineConfig({
  base: '/',
  plugins: [drawnIcons(), svelte(), inlined(), compiledWhole(), serviceWorker(), compressed()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    // WEB-5: iOS 14 and Android 10 still open the page.
    target: ['safari14', 'chrome87'],
    // Every asset is a hashed file of its own: the policy allows no inline style or font, and one script (scripts/inlined.mjs).
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // All that the first screen needs is one file: a browser has six ways to a server, and each file takes one.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] } },
    },
  },
  server: { proxy: PROXY },
  preview: { proxy: PROXY },
});
