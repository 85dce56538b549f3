import type { Plugin } from 'vite';

export function drawnIcons(): Plugin;
