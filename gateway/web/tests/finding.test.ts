import { describe, expect, it } from 'vitest';
import type { Attachment } from '../src/api/schema';
import { auditAddressOf, auditFilterOf, auditQueryOf, NO_AUDIT_FILTER, valueOf } from '../src/core/audit';
import { KINDS, SETTINGS, settingsOf } from '../src/core/connections';
import { isPicture, sizeOf } from '../src/core/files';
import { fits, moved } from '../src/core/palette';
import { pathOf, routeOf } from '../src/core/route';

describe('a command is found by what one types of it', () => {
  it('whatever_the_case_the_accents_and_the_order_of_its_words', () => {
    for (const typed of ['', 'equ', "règles d'é", 'equipe regles', 'RÈGLES']) {
      expect(fits(typed, "Règles d'équipe"), typed).toBe(true);
    }
    for (const typed of ['quipe', 'regles x', 'd-day'])
      expect(fits(typed, "Règles d'équipe"), typed).toBe(false);
    expect(fits('فريق', 'قواعد الفريق')).toBe(true);
    expect(fits('الفر', 'قواعد الفريق')).toBe(true);
  });

  it('and_the_mark_goes_around_the_ends', () => {
    expect(moved(0, -1, 3)).toBe(2);
    expect(moved(2, 1, 3)).toBe(0);
    expect(moved(0, 1, 0)).toBe(0);
  });
});

describe('the audit log is narrowed', () => {
  it('by_its_address_which_keeps_only_what_is_known', () => {
    const filter = auditFilterOf('?action=raw.&from=2026-05-01&to=nonsense&colour=red');
    expect(filter).toEqual({ ...NO_AUDIT_FILTER, action: 'raw.', from: '2026-05-01' });
    expect(auditFilterOf(auditAddressOf(filter))).toEqual(filter);
    expect(routeOf('/audit', auditAddressOf(filter))).toEqual({
      screen: 'audit',
      query: auditAddressOf(filter),
    });
    expect(pathOf({ screen: 'audit', query: '' })).toBe('/audit');
    expect(auditFilterOf('?from=2026-13-45').from).toBe('');
  });

  it('to_whole_days_of_this_device_both_included', () => {
    const query = auditQueryOf({ ...NO_AUDIT_FILTER, from: '2026-05-01', to: '2026-05-01' });
    expect(Object.keys(query)).toEqual(['from', 'to']);
    expect(Date.parse(query['to'] ?? '') - Date.parse(query['from'] ?? '')).toBe(86_400_000);
    expect(new Date(query['from'] ?? '').getHours()).toBe(0);
  });

  it('and_names_whom_a_field_names', () => {
    const names = new Map([['u1', 'Ana']]);
    expect(valueOf({ name: 'owner_id', value: 'u1' }, names)).toBe('Ana');
    expect(valueOf({ name: 'state', value: 'stale' }, names)).toBe('stale');
    expect(valueOf({ name: 'name' }, names)).toBeNull();
  });
});

describe('a connection is made', () => {
  it('from_what_its_kind_needs_and_nothing_of_another', () => {
    const typed = { number: ' +12125550100 ', account_sid: '', app_secret: 's', verify_token: 'v' };
    expect(settingsOf('twilio_sms', typed)).toEqual({ number: '+12125550100' });
    expect(settingsOf('messenger', typed)).toEqual({ app_secret: 's', verify_token: 'v' });
    for (const kind of KINDS.filter((each) => each !== 'twilio_sms')) {
      expect(SETTINGS[kind]).toEqual(expect.arrayContaining(['app_secret', 'access_token', 'verify_token']));
    }
  });
});

describe('a file', () => {
  it('is_shown_only_if_it_is_a_picture_that_holds_no_script', () => {
    const file = (mime_type?: string): Attachment => ({
      id: 'f',
      state: 'kept',
      ...(mime_type === undefined ? {} : { mime_type }),
    });
    for (const shown of ['image/png', 'IMAGE/JPEG', 'image/webp; charset=binary']) {
      expect(isPicture(file(shown)), shown).toBe(true);
    }
    for (const saved of ['image/svg+xml', 'text/html', 'application/pdf', '', undefined]) {
      expect(isPicture(file(saved)), saved).toBe(false);
    }
  });

  it('says_its_size_as_people_do', () => {
    expect([sizeOf(null), sizeOf(12), sizeOf(340_400), sizeOf(2_100_000)]).toEqual([
      '',
      '1 kB',
      '340 kB',
      '2.1 MB',
    ]);
  });
});
