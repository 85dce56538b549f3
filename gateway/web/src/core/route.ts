/**
 * Addresses of the screens.
 *
 * Promises: every screen has one address; an address that names none is the deck's.
 * Does not know: the browser's history, or what a screen shows.
 */

/** What waits for a person, each with an address of its own. */
export const QUEUES = ['unassigned', 'reviews', 'notices', 'dead_letters'] as const;
export type Queue = (typeof QUEUES)[number];

export type Route =
  | { readonly screen: 'deck' }
  | { readonly screen: 'leads'; readonly query: string }
  | { readonly screen: 'lead'; readonly id: string; readonly reply: boolean }
  | { readonly screen: 'rescue' }
  | { readonly screen: 'connections' }
  | { readonly screen: 'rules'; readonly teamId: string | null }
  | { readonly screen: 'people' }
  | { readonly screen: 'audit'; readonly query: string }
  | { readonly screen: 'queues'; readonly queue: Queue }
  | { readonly screen: 'more' };

export type Screen = Route['screen'];

export function routeOf(path: string, search = ''): Route {
  const [first = '', second] = path.split('/').filter((part) => part !== '');
  switch (first) {
    case 'leads':
      return second === undefined
        ? { screen: 'leads', query: search }
        : { screen: 'lead', id: second, reply: search === '?reply' };
    case 'rescue':
      return { screen: 'rescue' };
    case 'connections':
      return { screen: 'connections' };
    case 'rules':
      return { screen: 'rules', teamId: second ?? null };
    case 'people':
      return { screen: 'people' };
    case 'audit':
      return { screen: 'audit', query: search };
    case 'unassigned':
      return { screen: 'queues', queue: 'unassigned' };
    case 'reviews':
      return { screen: 'queues', queue: 'reviews' };
    case 'notices':
      return { screen: 'queues', queue: 'notices' };
    case 'dead-letters':
      return { screen: 'queues', queue: 'dead_letters' };
    case 'more':
      return { screen: 'more' };
    default:
      return { screen: 'deck' };
  }
}

export function pathOf(route: Route): string {
  switch (route.screen) {
    case 'deck':
      return '/';
    case 'leads':
    case 'audit':
      return `/${route.screen}${route.query}`;
    case 'lead':
      return `/leads/${encodeURIComponent(route.id)}${route.reply ? '?reply' : ''}`;
    case 'queues':
      return `/${route.queue.replace('_', '-')}`;
    case 'rules':
      return route.teamId === null ? '/rules' : `/rules/${encodeURIComponent(route.teamId)}`;
    case 'rescue':
    case 'connections':
    case 'people':
    case 'more':
      return `/${route.screen}`;
  }
}
