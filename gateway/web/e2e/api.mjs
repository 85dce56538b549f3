// What a test sets up by the public routes, beside the browser.
import { URL_OF_SERVER } from './settings.mjs';

export async function ask(method, path, body, token, more = {}) {
  const headers = { 'content-type': 'application/json', ...more };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (method === 'POST') headers['idempotency-key'] = crypto.randomUUID();
  const given = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(new URL(path, URL_OF_SERVER), given);
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}
