// Leaves a compressed form beside each file of text that was built: the server hands out whichever the browser takes.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXT = /\.(js|css|html|svg|webmanifest)$/;

/** @returns {import('vite').Plugin} */
export function compressed() {
  let folder = '';
  return {
    name: 'hearthline-compressed',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true })) {
        if (!TEXT.test(String(name))) continue;
        const file = join(folder, String(name));
        const plain = readFileSync(file);
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
        for (const [ending, small] of [
          ['br', brotliCompressSync(plain, { params })],
          ['gz', gzipSync(plain, { level: 9 })],
        ]) {
          // What does not shrink is better sent as it is.
          if (small.length < plain.length) writeFileSync(`${file}.${ending}`, small);
        }
      }
    },
  };
}
