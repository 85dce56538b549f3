// Puts src/ahead.ts into index.html, as one small script in front of everything else, and the styles of the first screen
// behind it: a browser has them ready while the page's script is still on its way, and a script that waits for no style
// sheet begins sooner. The server reads both there and names their hashes in the content policy: nothing else that is
// written into a page counts (gateway/http/src/headers.rs).
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
        return styled(html, bundle).replace(PLACE, () => `<script>${code}</script>`);
      },
    },
  };
}

/** The one style sheet that the page names, in its place. Screens that come later bring their own. */
function styled(html, bundle) {
  const links = [...html.matchAll(/<link rel="stylesheet"[^>]* href="\/([^"]+)">/g)];
  if (links.length !== 1) throw new Error(`the page names ${links.length} style sheets`);
  const [[link, name]] = links;
  const { source } = bundle[name];
  delete bundle[name];
  return html.replace(link, () => `<style>${source}</style>`);
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
