import { defineConfig } from 'vitest/config';

// The core is plain TypeScript: no browser and no Svelte is needed to test it.
export default defineConfig({
  test: { include: ['tests/**/*.test.{ts,mjs}'], environment: 'node', restoreMocks: true },
});
