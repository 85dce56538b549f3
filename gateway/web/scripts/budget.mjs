// Prints what a first visit downloads, compressed, and fails when the script is over its budget
// (experience.md: first load under 100 KB of compressed script).
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const SCRIPT_BUDGET_BYTES = 100 * 1000;

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const html = readFileSync(join(dist, 'index.html'), 'utf8');
// What the page names itself is the first load, and one language: the largest. Screens are imported when gone to.
const languages = readdirSync(join(dist, 'assets'))
  .filter((name) => /^(en|fr|es|pt|ar|vi)-.*\.js$/.test(name))
  .map((name) => `assets/${name}`)
  .sort((a, b) => statSync(join(dist, b)).size - statSync(join(dist, a)).size);
const named = [
  ...[...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]),
  ...languages.slice(0, 1),
];

let scriptBytes = 0;
console.log('gzip bytes  file');
for (const file of ['index.html', ...named]) {
  const compressed = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
  if (file.endsWith('.js')) scriptBytes += compressed;
  console.log(`${String(compressed).padStart(10)}  ${file}`);
}
const fonts = readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.woff2'));
for (const name of fonts) {
  const size = readFileSync(join(dist, 'assets', name)).length;
  console.log(`${String(size).padStart(10)}  assets/${name} (as it is, only if the text needs it)`);
}
console.log(`script on first load: ${scriptBytes} of ${SCRIPT_BUDGET_BYTES} bytes`);
if (scriptBytes > SCRIPT_BUDGET_BYTES) {
  console.error('over budget: import the heavy part only where it is used');
  process.exitCode = 1;
}
