// Puts the list of built files, and a version that stands for what is in all of them, into the service worker. Fonts are
// left to be kept when a text needs them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @returns {import('vite').Plugin} */
export function serviceWorker() {
  return {
    name: 'hearthline-service-worker',
    apply: 'build',
    generateBundle: {
      // After the page itself, which carries a script and is one of the files that change.
      order: 'post',
      handler(_, bundle) {
        const names = Object.keys(bundle).filter((name) => /\.(js|css|html)$/.test(name));
        const hash = createHash('sha256');
        for (const name of names.sort()) hash.update(name).update(bundle[name].code ?? bundle[name].source);
        const files = names.filter((name) => !name.endsWith('.html')).map((name) => `/${name}`);
        const source = readFileSync(new URL('../src/sw.js', import.meta.url), 'utf8')
          .replace('__VERSION__', hash.digest('hex').slice(0, 16))
          .replace('__FILES__', JSON.stringify(files));
        if (!names.includes('index.html')) throw new Error('the page itself was not built yet');
        this.emitFile({ type: 'asset', fileName: 'sw.js', source });
      },
    },
  };
}
