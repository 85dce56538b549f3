import type { Clock } from '../shell/clock.svelte';
import type { LiveDeck } from '../shell/live_deck.svelte';
import type { Router } from '../shell/router.svelte';
import type { Session } from '../shell/session';

/** What every screen is given. */
export interface ScreenProps {
  readonly session: Session;
  readonly deck: LiveDeck;
  readonly clock: Clock;
  readonly router: Router;
  readonly signOut: () => void;
}
