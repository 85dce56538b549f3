import type { Plugin } from 'vite';

export function inlined(): Plugin;
