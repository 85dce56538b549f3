import type { Clock } from '../shell/clock.svelte';
import type { Commands } from '../shell/commands.svelte';
import type { LiveDeck } from '../shell/live_deck.svelte';
import type { Router } from '../shell/router.svelte';
import type { Session } from '../shell/session';
import type { Vault } from '../shell/vault';

/** What every screen is given. */
export interface ScreenProps {
  readonly session: Session;
  readonly deck: LiveDeck;
  /** What may be read without a line. */
  readonly vault: Vault;
  readonly clock: Clock;
  readonly router: Router;
  /** Where a screen offers what it can do by name. */
  readonly commands: Commands;
  readonly signOut: () => void;
}
