// Puts the list of built files into the service worker. Fonts are left to be kept when a text needs them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @returns {import('vite').Plugin} */
export function serviceWorker() {
  return {
    name: 'hearthline-service-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const files = Object.keys(bundle)
        .filter((name) => /\.(js|css)$/.test(name))
        .sort()
        .map((name) => `/${name}`);
      const version = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 16);
      const source = readFileSync(new URL('../src/sw.js', import.meta.url), 'utf8')
        .replace('__VERSION__', version)
        .replace('__FILES__', JSON.stringify(files));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}
