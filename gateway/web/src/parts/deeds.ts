/**
 * What can be done with a lead beyond writing to it: each deed with its name and mark, only those one may do.
 *
 * Does not know: how a menu draws them, or how they are done.
 */

import Archive from '@lucide/svelte/icons/archive';
import AtSign from '@lucide/svelte/icons/at-sign';
import CalendarPlus from '@lucide/svelte/icons/calendar-plus';
import Combine from '@lucide/svelte/icons/merge';
import Eye from '@lucide/svelte/icons/eye';
import NotebookPen from '@lucide/svelte/icons/notebook-pen';
import Undo from '@lucide/svelte/icons/undo-2';
import UserRoundPen from '@lucide/svelte/icons/user-round-pen';
import type { Deed } from '../core/deed';
import type { Rights } from '../core/rights';
import { words } from '../i18n';

export interface Offered {
  readonly deed: Deed;
  readonly text: string;
  readonly icon: typeof Archive;
}

export function deedsOf(rights: Rights, archived: boolean): readonly Offered[] {
  const say = words.deeds;
  const all: readonly (Offered & { readonly may: boolean })[] = [
    { deed: 'follow_up', text: say.followUp, icon: CalendarPlus, may: rights.act },
    { deed: 'note', text: say.note, icon: NotebookPen, may: rights.act },
    { deed: 'hand_back', text: words.rescue.handBack, icon: Undo, may: rights.handBack },
    { deed: 'reassign', text: say.reassign, icon: UserRoundPen, may: rights.reassign },
    { deed: 'identities', text: say.identities.title, icon: AtSign, may: rights.edit },
    { deed: 'merge', text: say.merge.title, icon: Combine, may: rights.edit },
    { deed: 'readers', text: say.readers, icon: Eye, may: rights.seeReaders },
    {
      deed: 'archive',
      text: archived ? say.unarchive : say.archive,
      icon: Archive,
      may: rights.changeStatus,
    },
  ];
  return all.filter(({ may }) => may);
}
