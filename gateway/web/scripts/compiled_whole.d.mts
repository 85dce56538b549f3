import type { Plugin } from 'vite';

export function compiledWhole(): Plugin;
