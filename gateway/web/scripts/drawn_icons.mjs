// Draws the icons while the page is built. The package makes each of them anew in the browser, part by part from data: on
// a phone that was a third of all the script that ran before the first card. What comes out here is the same picture as
// plain markup, which the browser copies as one.
//
// Takes what our screens give an icon: `size` and `strokeWidth`. Every icon is hidden from screen readers: words stand
// beside it.
import { readFileSync } from 'node:fs';

const ICON = /[\\/]@lucide[\\/]svelte[\\/]dist[\\/]icons[\\/][\w-]+\.svelte$/;
const DATA = /const iconData = (\{[\s\S]*?\});\s*<\/script>/;

/** @returns {import('vite').Plugin} */
export function drawnIcons() {
  return {
    name: 'hearthline-drawn-icons',
    load(id) {
      return ICON.test(id) ? drawn(readFileSync(id, 'utf8'), id) : undefined;
    },
  };
}

function drawn(source, file) {
  const data = DATA.exec(source)?.[1];
  if (data === undefined)
    throw new Error(`${file} is not written as icons were: see scripts/drawn_icons.mjs`);
  const { size, node } = JSON.parse(data);
  return `<script>const { size = ${size}, strokeWidth = 2 } = $props();</script>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width={size} height={size} fill="none" stroke="currentColor" stroke-width={strokeWidth} stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${node.map(element).join('')}</svg>`;
}

function element([name, attributes, children = []]) {
  const given = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${value}"`);
  return `<${name}${given.join('')}>${children.map(element).join('')}</${name}>`;
}
