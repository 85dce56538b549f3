import { describe, expect, it } from 'vitest';
import { readHealth } from '../src/core/health';

describe('how a connection is (ING-12)', () => {
  const said = {
    state: 'failing',
    causes: [
      { code: 'credentials_rejected', state: 'failing', since: '2025-05-03T10:41:00Z', detail: '190' },
      { code: 'invented_later', state: 'degraded', since: null, detail: null },
      { code: 'dead_letters', state: 'degraded', since: null, detail: null },
    ],
    events: 10,
    backlog: { waiting: 3, oldest_received_at: null, exact: true, files: 0 },
    sends: { window_s: 86400, attempts: 5, accepted: 4 },
  };

  it('ing_12_its_causes_keep_their_order_and_one_without_words_is_left_out', () => {
    const health = readHealth(said);
    expect(health?.causes.map(({ code }) => code)).toEqual(['credentials_rejected', 'dead_letters']);
    expect(health?.causes[0]).toEqual({
      code: 'credentials_rejected',
      sinceMs: Date.parse('2025-05-03T10:41:00Z'),
      detail: '190',
    });
    expect(health).toMatchObject({ state: 'failing', waiting: 3, sends: { accepted: 4, attempts: 5 } });
  });

  it('ing_12_a_server_that_only_counts_says_nothing_of_it', () => {
    expect(readHealth({ received: 3, signature_failures: 0 })).toBeNull();
    expect(readHealth({ ...said, state: 'invented_later' })).toBeNull();
    expect(readHealth(undefined)).toBeNull();
  });
});
