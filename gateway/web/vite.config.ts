import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// Where `npm run dev` finds a running `hearthline serve` or `hearthline demo`.
const SERVER = 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/',
  plugins: [svelte()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    // WEB-5: iOS 14 and Android 10 still open the page.
    target: ['safari14', 'chrome87'],
    // Every asset is a hashed file of its own: the policy allows no inline script, style or font.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/v1/live': { target: SERVER, ws: true },
      '/v1': SERVER,
      '/hooks': SERVER,
    },
  },
});
