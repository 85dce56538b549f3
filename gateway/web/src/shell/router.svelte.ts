/**
 * The address bar as a screen: follows links inside the page, the back button and `go`.
 *
 * Promises: a link opened with a key held, or to elsewhere, is the browser's; after a change of screen the
 * focus is at its beginning, so that a screen reader starts there.
 * Does not know: what a screen shows.
 */

import { tick } from 'svelte';
import { pathOf, routeOf, type Route } from '../core/route';

export class Router {
  route: Route = $state.raw(here());
  /** Whether "back" stays inside the product. */
  hasBack = $state(false);

  /** What is shown is not what was asked for, but what took its place. */
  redirected = $state(false);

  start(): () => void {
    const popped = (): void => {
      this.show(here());
    };
    const clicked = (event: MouseEvent): void => {
      this.follow(event);
    };
    window.addEventListener('popstate', popped);
    document.addEventListener('click', clicked);
    return () => {
      window.removeEventListener('popstate', popped);
      document.removeEventListener('click', clicked);
    };
  }

  go(route: Route): void {
    const path = pathOf(route);
    if (path === window.location.pathname + window.location.search) return;
    window.history.pushState(null, '', path);
    this.hasBack = true;
    this.show(route);
  }

  /** The same screen under another address, such as a changed search: no step of its own. */
  replace(route: Route): void {
    window.history.replaceState(null, '', pathOf(route));
  }

  /** Another screen in place of this one: the way back does not lead through here again. */
  instead(route: Route): void {
    this.replace(route);
    this.show(route);
    this.redirected = true;
  }

  back(otherwise: Route): void {
    if (this.hasBack) window.history.back();
    else this.go(otherwise);
  }

  private show(route: Route): void {
    this.route = route;
    this.redirected = false;
    void tick().then(() => {
      document.getElementById('main')?.focus({ preventScroll: true });
    });
  }

  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const href = link?.getAttribute('href');
    if (link === null || href?.startsWith('/') !== true || link.target !== '') return;
    event.preventDefault();
    const [path = '/', search] = href.split('?');
    this.go(routeOf(path, search === undefined ? '' : `?${search}`));
  }
}

function here(): Route {
  return routeOf(window.location.pathname, window.location.search);
}
