// npm run api -- http://127.0.0.1:8080   takes the document a server serves, keeps it as api/openapi.json, and
//                                         makes src/api/schema.ts from it.
// npm run api                             makes src/api/schema.ts from the document that is kept.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { typesOf } from './openapi_types.mjs';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
export const KEPT = join(web, 'api', 'openapi.json');
export const MADE = join(web, 'src', 'api', 'schema.ts');

/** The text of schema.ts for this document, formatted as everything is. */
export async function make(document) {
  return format(typesOf(document), { ...(await resolveConfig(MADE)), filepath: MADE });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = process.argv[2];
  if (server !== undefined) {
    const response = await fetch(new URL('/openapi.json', server));
    if (!response.ok) throw new Error(`${server} answered ${response.status}`);
    writeFileSync(KEPT, `${JSON.stringify(await response.json(), null, 1)}\n`);
  }
  writeFileSync(MADE, await make(JSON.parse(readFileSync(KEPT, 'utf8'))));
  console.log(`made ${MADE}`);
}
