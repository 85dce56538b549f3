// Puts src/ahead.ts into index.html, as one small script in front of everything else. The server reads it there and names
// its hash in the content policy: no other inline script runs (gateway/http/src/headers.rs).
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ENTRY = fileURLToPath(new URL('../src/ahead.ts', import.meta.url));
/** Before every style sheet: a script behind one would wait for it. */
const PLACE = '<!-- ahead -->';

/** @returns {import('vite').Plugin} */
export function inlined() {
  let target;
  return {
    name: 'hearthline-inlined',
    apply: 'build',
    configResolved(config) {
      target = config.build.target;
    },
    transformIndexHtml: {
      order: 'post',
      async handler(html, { bundle = {} }) {
        if (!html.includes(PLACE)) throw new Error(`index.html has no ${PLACE}`);
        const code = await script(target, filesOfWords(bundle));
        return html.replace(PLACE, () => `<script>${code}</script>`);
      },
    },
  };
}

function filesOfWords(bundle) {
  const files = {};
  for (const { type, facadeModuleId, fileName } of Object.values(bundle)) {
    const tag = type === 'chunk' && facadeModuleId?.match(/src\/i18n\/([a-z]{2})\.ts$/)?.[1];
    if (tag) files[tag] = `/${fileName}`;
  }
  if (Object.keys(files).length === 0) throw new Error('no words were built');
  return files;
}

async function script(target, files) {
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: { FILES_OF_WORDS: JSON.stringify(files) },
    build: {
      write: false,
      target,
      modulePreload: false,
      lib: { entry: ENTRY, formats: ['iife'], name: 'hearthlineStart' },
    },
  });
  return output[0].code.trim();
}
