import { beforeEach, describe, expect, it, vi } from 'vitest';
import { leaveAhead } from '../src/shell/ahead';
import { Session } from '../src/shell/session';

/** The browser's parts that a session uses: storage that tabs share, locks, and the server behind `fetch`. */
const storage = new Map<string, string>();
let requests: { path: string; body: Record<string, unknown> | null; token: string | null }[] = [];
let respond: (path: string, body: Record<string, unknown> | null) => Response | Promise<Response>;
let turn: Promise<unknown> = Promise.resolve();

const user = { id: 'u1', name: 'Ana Moreau', email: 'ana@example.com' };

const HOUR_MS = 3_600_000;

function grant(generation: number, expiresIn = 900, more: object = {}): Response {
  return Response.json({
    ...more,
    access_token: `access-${generation}`,
    refresh_token: `refresh-${generation}`,
    expires_in: expiresIn,
    user,
  });
}

beforeEach(() => {
  storage.clear();
  requests = [];
  turn = Promise.resolve();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => storage.set(key, value),
    removeItem: (key: string) => storage.delete(key),
  });
  vi.stubGlobal('navigator', {
    locks: {
      request: (_name: string, work: () => Promise<unknown>) => {
        turn = turn.then(work, work);
        return turn;
      },
    },
  });
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : null;
    requests.push({ path, body, token: new Headers(init.headers).get('authorization') });
    return Promise.resolve(respond(path, body));
  });
});

async function signedIn(): Promise<Session> {
  respond = () => grant(1);
  const result = await Session.signIn('ana@example.com', 'secret');
  if (!result.ok) throw new Error('the model server refused');
  requests = [];
  return result.session;
}

function restored(): Session {
  const session = Session.restore();
  if (session === null) throw new Error('nothing was kept');
  return session;
}

/** A server on which each refresh token works once, as the real one's do. */
function rotatingServer(): void {
  let generation = 1;
  const granted = (): Response => {
    const of = `refresh-${generation}`;
    return grant(generation, 900, { deck: { of }, ticket: { ticket: `with ${of}` } });
  };
  respond = (path, body) => {
    if (path === '/v1/sessions') return granted();
    if (path !== '/v1/sessions/refresh') return Response.json({ ticket: 't' });
    if (body?.['refresh_token'] !== `refresh-${generation}`)
      return Response.json({ code: 'reused' }, { status: 401 });
    generation += 1;
    return granted();
  };
}

describe('what is asked for ahead', () => {
  const asked = (): readonly string[] => requests.map(({ path }) => path);

  it('web_1_the_session_brings_the_deck_and_a_ticket_along_and_nothing_is_asked_for_twice', async () => {
    await signedIn();
    rotatingServer();
    leaveAhead();
    const session = restored();
    session.warm();
    expect(await session.firstDeck()).toEqual({ of: 'refresh-2' });
    expect(await session.ticket()).toMatchObject({ ok: true, body: { ticket: 'with refresh-2' } });
    expect(asked()).toEqual(['/v1/sessions/refresh']);
    // A ticket is for one socket.
    expect(await session.ticket()).toMatchObject({ ok: true, body: { ticket: 't' } });
    expect(asked()).toEqual(['/v1/sessions/refresh', '/v1/socket-tickets']);
  });

  it('web_1_a_visit_waits_for_no_other_tab_and_takes_nothing_from_it', async () => {
    await signedIn();
    const locks = { request: () => new Promise(() => undefined) };
    vi.stubGlobal('navigator', { locks });
    rotatingServer();
    const session = restored();
    session.warm();
    expect(await session.firstDeck()).toEqual({ of: 'refresh-2' });
    // While the answer was on its way, another tab turned the token over, and over again.
    respond = () => {
      const newest = JSON.stringify({
        ...(JSON.parse(storage.get('hearthline.session') ?? '') as object),
        refresh_token: 'refresh-9',
      });
      storage.set('hearthline.session', newest);
      return grant(3);
    };
    const late = restored();
    late.warm();
    await late.firstDeck();
    expect(storage.get('hearthline.session')).toContain('refresh-9');
  });

  it('web_1_signing_in_brings_them_along_too_and_a_later_token_does_not', async () => {
    rotatingServer();
    const result = await Session.signIn('ana@example.com', 'secret');
    if (!result.ok) throw new Error('the model server refused');
    expect(await result.session.firstDeck()).toEqual({ of: 'refresh-1' });
    expect(await result.session.ticket()).toMatchObject({ ok: true, body: { ticket: 'with refresh-1' } });
    await restored().call('POST', '/v1/socket-tickets');
    expect(requests.map(({ body }) => body?.['with'])).toEqual([['deck', 'ticket'], [], undefined]);
  });

  it('web_1_what_could_not_come_along_is_had_by_its_own_way', async () => {
    await signedIn();
    respond = (path) => (path === '/v1/sessions/refresh' ? grant(2) : Response.json({ ticket: 't' }));
    const session = restored();
    session.warm();
    expect(await session.firstDeck()).toBeNull();
    expect(await session.ticket()).toMatchObject({ ok: true, body: { ticket: 't' } });
  });

  it('lif_2_the_session_says_what_time_it_is_and_the_next_visit_knows_before_it_asks', async () => {
    await signedIn();
    const now = Date.now() + 5 * HOUR_MS;
    respond = () => grant(2, 900, { clock: { now: new Date(now).toISOString(), pace: 1 } });
    const session = restored();
    expect(Math.abs(session.time.nowMs() - Date.now())).toBeLessThan(HOUR_MS);
    session.warm();
    await session.firstDeck();
    expect(Math.abs(session.time.nowMs() - now)).toBeLessThan(1000);
    expect(Math.abs(restored().time.nowMs() - now)).toBeLessThan(1000);
  });

  it('ten_1_what_was_asked_for_somebody_else_is_not_taken', async () => {
    await signedIn();
    rotatingServer();
    leaveAhead();
    const session = new Session({ ...restored().user, id: 'u2' }, null);
    session.warm();
    expect(await session.firstDeck()).toBeNull();
    expect(await session.ticket()).toMatchObject({ ok: false, ended: true });
  });

  it('web_1_a_ticket_that_lay_too_long_is_not_used', async () => {
    await signedIn();
    rotatingServer();
    const session = restored();
    session.warm();
    await session.firstDeck();
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 11_000);
    expect(await session.ticket()).toMatchObject({ ok: true, body: { ticket: 't' } });
    vi.restoreAllMocks();
    expect(asked().filter((path) => path === '/v1/socket-tickets')).toHaveLength(1);
  });
});

describe('access and refresh (TEN-1)', () => {
  it('ten_1_the_access_token_is_never_written_down', async () => {
    await signedIn();
    expect([...storage.values()].join()).toContain('refresh-1');
    expect([...storage.values()].join()).not.toContain('access-1');
  });

  it('ten_1_many_calls_at_once_refresh_once', async () => {
    await signedIn();
    rotatingServer();
    const session = restored();
    await Promise.all([1, 2, 3].map(() => session.call('POST', '/v1/socket-tickets')));
    expect(requests.filter(({ path }) => path === '/v1/sessions/refresh')).toHaveLength(1);
  });

  it('ten_1_two_tabs_take_turns_so_that_each_refresh_token_is_used_once', async () => {
    await signedIn();
    rotatingServer();
    const tabs = [restored(), restored()];
    const answers = await Promise.all(tabs.map((tab) => tab.call('POST', '/v1/socket-tickets')));
    expect(answers.map((answer) => answer.ok)).toEqual([true, true]);
    expect(storage.get('hearthline.session')).toContain('refresh-3');
  });

  it('ten_1_a_token_the_server_no_longer_takes_is_renewed_once_and_the_call_repeated', async () => {
    const session = await signedIn();
    respond = (path) => {
      if (path === '/v1/sessions/refresh') return grant(2);
      const fresh = requests[requests.length - 1]?.token === 'Bearer access-2';
      return fresh ? Response.json({ ticket: 't' }) : Response.json({ code: 'expired' }, { status: 401 });
    };
    expect(await session.call('POST', '/v1/socket-tickets')).toMatchObject({
      ok: true,
      body: { ticket: 't' },
    });
    expect(requests.map(({ path }) => path)).toEqual([
      '/v1/socket-tickets',
      '/v1/sessions/refresh',
      '/v1/socket-tickets',
    ]);
  });

  it('ten_1_an_expired_token_is_not_even_tried', async () => {
    respond = () => grant(1, 20);
    await Session.signIn('ana@example.com', 'secret');
    rotatingServer();
    const session = restored();
    await session.call('POST', '/v1/socket-tickets');
    expect(requests.map(({ token }) => token)).toContain('Bearer access-2');
    expect(requests.map(({ token }) => token)).not.toContain('Bearer access-1');
  });

  it('ten_1_a_refused_refresh_ends_the_session_and_an_unreachable_server_does_not', async () => {
    await signedIn();
    respond = () => Response.json({ code: 'session_ended' }, { status: 401 });
    expect(await restored().call('POST', '/x')).toMatchObject({ ok: false, ended: true });
    respond = () => Promise.reject(new TypeError('no network'));
    expect(await restored().call('POST', '/x')).toMatchObject({ ok: false, ended: false });
    respond = () => new Response('', { status: 429, headers: { 'retry-after': '9' } });
    expect(await restored().call('POST', '/x')).toMatchObject({
      ok: false,
      ended: false,
      retryAfterMs: 9000,
    });
  });

  it('ten_1_signing_out_leaves_no_token_on_the_device', async () => {
    const session = await signedIn();
    respond = () => new Response(null, { status: 204 });
    await session.signOut();
    expect(storage.size).toBe(0);
    expect(requests.map(({ path }) => path)).toEqual(['/v1/sessions']);
  });
});
