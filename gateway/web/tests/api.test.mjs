import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KEPT, MADE, make } from '../scripts/api.mjs';
import { missing } from '../scripts/contract.mjs';

describe('the types of the API', () => {
  it('are_exactly_what_the_kept_document_makes', async () => {
    const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
    expect(readFileSync(MADE, 'utf8')).toBe(await make(kept));
  });

  it('stay_current_when_a_server_adds_something', () => {
    const kept = { paths: { '/v1/leads': { get: { parameters: [{ name: 'q' }] } } } };
    const served = {
      paths: { '/v1/leads': { get: { parameters: [{ name: 'a' }, { name: 'q' }] }, post: {} } },
    };
    expect(missing(kept, served)).toEqual([]);
  });

  it('name_what_a_server_took_away_or_changed', () => {
    const kept = { a: { type: 'string', enum: ['x', 'y'] }, b: {}, c: { description: 'old' } };
    const served = { a: { type: 'integer', enum: ['x'] }, c: { description: 'new' } };
    expect(missing(kept, served)).toEqual(['/a/type', '/a/enum/"y"', '/b']);
  });
});
