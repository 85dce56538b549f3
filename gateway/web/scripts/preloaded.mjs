// Names the files of the page itself in index.html: they come beside the small entry, not after it.

const START = '/src/start.ts';

/** @returns {import('vite').Plugin} */
export function preloaded() {
  return {
    name: 'hearthline-preloaded',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
        const start = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(START));
        if (start === undefined) throw new Error(`nothing was built of ${START}`);
        const scripts = [start.fileName, ...start.imports];
        const styles = scripts.flatMap((name) => [...(bundle[name].viteMetadata?.importedCss ?? [])]);
        const link = (rel, name, more) => ({
          tag: 'link',
          attrs: { rel, href: `/${name}`, ...more },
          injectTo: 'head',
        });
        return [
          ...scripts.map((name) => link('modulepreload', name, { crossorigin: '' })),
          ...styles.map((name) => link('stylesheet', name, { crossorigin: '' })),
        ].filter(({ attrs }) => !html.includes(`"${attrs.href}"`));
      },
    },
  };
}
