// Nearly all of the page's first file runs before the first screen is drawn: Chromium (since 136) compiles a file that says so
// whole, beside the main thread and while it is still on its way, instead of function by function in front of whoever waits.
const HINT = '//# allFunctionsCalledOnLoad\n';

/** @returns {import('vite').Plugin} */
export function compiledWhole() {
  return {
    name: 'hearthline-compiled-whole',
    apply: 'build',
    generateBundle: {
      // It counts at the very top of the file only: in front of all that others put there.
      order: 'post',
      handler(_, bundle) {
        const entries = Object.values(bundle).filter(({ type, isEntry }) => type === 'chunk' && isEntry);
        if (entries.length !== 1) throw new Error(`the page begins with ${entries.length} files`);
        for (const entry of entries) entry.code = HINT + entry.code;
      },
    },
  };
}
