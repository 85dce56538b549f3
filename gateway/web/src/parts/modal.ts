/**
 * A `<dialog>` over the page: shown as long as it is there; Escape and a tap beside it ask for its end.
 *
 * Promises: the element that had the focus gets it back; the page decides when it goes: it is gone once whoever made it
 * took it away.
 * Does not know: how it looks, or what is asked in it.
 */

import type { Attachment } from 'svelte/attachments';

export function modal(close: () => void): Attachment<HTMLDialogElement> {
  return (dialog) => {
    const before = document.activeElement;
    const cancel = (event: Event): void => {
      event.preventDefault();
      close();
    };
    const beside = (event: Event): void => {
      if (event.target === dialog) close();
    };
    dialog.addEventListener('cancel', cancel);
    dialog.addEventListener('click', beside);
    dialog.showModal();
    return () => {
      dialog.removeEventListener('cancel', cancel);
      dialog.removeEventListener('click', beside);
      dialog.close();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  };
}
