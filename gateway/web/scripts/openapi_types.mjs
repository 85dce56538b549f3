// Turns the served OpenAPI document into the client's types: one TypeScript type per schema, and one row per
// operation. Pure: the same document always makes the same text. Knows nothing of files or servers.

const HEADER = `/**
 * Made by \`npm run api\` from the OpenAPI document that the server serves. Do not edit: change the server,
 * then make it again (README "The API's types").
 */
`;

/** @param {any} document */
export function typesOf(document) {
  const schemas = document.components.schemas;
  const parts = [HEADER];
  parts.push(
    'export interface Page<T> {\n  readonly items: readonly T[];\n  readonly next_cursor?: string | null;\n}\n',
  );
  for (const name of Object.keys(schemas).sort()) {
    if (!name.startsWith('Page_'))
      parts.push(`${comment(schemas[name].description)}export type ${name} = ${typeOf(schemas[name])};\n`);
  }
  const operations = operationsOf(document);
  parts.push(
    `export const OPERATIONS = {\n${operations.map(({ id, method, path }) => `  ${id}: { method: '${method}', path: '${path}' },\n`).join('')}} as const;\n`,
  );
  parts.push(`export interface Operations {\n${operations.map(signature).join('')}}\n`);
  return parts.join('\n');
}

function operationsOf(document) {
  const found = [];
  for (const path of Object.keys(document.paths).sort()) {
    if (!path.startsWith('/v1/')) continue;
    for (const method of ['get', 'post', 'patch', 'put', 'delete']) {
      const operation = document.paths[path][method];
      if (operation !== undefined)
        found.push({ id: operation.operationId, method: method.toUpperCase(), path, operation });
    }
  }
  return found;
}

function signature({ id, operation }) {
  const parameters = operation.parameters ?? [];
  const where = (place) => parameters.filter((parameter) => parameter.in === place);
  const record = (list) =>
    list.length === 0
      ? 'undefined'
      : `{ ${list.map((p) => `readonly ${p.name}${p.required ? '' : '?'}: ${typeOf(p.schema)}`).join('; ')} }`;
  const body = operation.requestBody?.content?.['application/json']?.schema;
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  const answer = answers.map(([, response]) => response.content?.['application/json']?.schema)[0];
  return (
    `  ${id}: {\n    path: ${record(where('path'))};\n    query: ${record(where('query'))};\n` +
    `    body: ${body === undefined ? 'undefined' : typeOf(body)};\n` +
    `    answer: ${answer === undefined ? 'null' : typeOf(answer)};\n  };\n`
  );
}

/** The TypeScript of one schema. What it does not know becomes \`unknown\`, never \`any\`. */
function typeOf(schema) {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value).replaceAll('"', "'")).join(' | ');
  if (schema.oneOf !== undefined) return unique(schema.oneOf.map(typeOf)).join(' | ');
  if (schema.anyOf !== undefined) return unique(schema.anyOf.map(typeOf)).join(' | ');
  if (schema.allOf !== undefined) return schema.allOf.map(part).join(' & ');
  if (Array.isArray(schema.type))
    return unique(schema.type.map((type) => typeOf({ ...schema, type }))).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `readonly (${typeOf(schema.items ?? {})})[]`;
    case 'object':
      return objectOf(schema);
    default:
      return 'unknown';
  }
}

/** A part of an intersection that may be null is a part that may be absent. */
function part(schema) {
  const choices = schema.oneOf;
  const real = choices?.filter((choice) => choice.type !== 'null');
  if (choices !== undefined && real.length === 1 && real.length < choices.length)
    return `Partial<${typeOf(real[0])}>`;
  return choices === undefined ? typeOf(schema) : `(${typeOf(schema)})`;
}

function objectOf(schema) {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (fields.length === 0) return 'Readonly<Record<string, unknown>>';
  const lines = fields.map(
    ([name, field]) =>
      `${comment(field.description)}readonly ${name}${required.has(name) ? '' : '?'}: ${typeOf(field)};`,
  );
  return `{\n${lines.join('\n')}\n}`;
}

function nameOf(reference) {
  const name = reference.split('/').at(-1);
  return name.startsWith('Page_') ? `Page<${name.slice('Page_'.length)}>` : name;
}

function comment(text) {
  return text === undefined ? '' : `/** ${text.replaceAll('*/', '* /').replaceAll('\n', ' ')} */\n`;
}

function unique(list) {
  return [...new Set(list)];
}
