import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const TYPED = ['src/**/*.ts', 'src/**/*.svelte', 'tests/**/*.ts'];

export default ts.config(
  { ignores: ['dist/', 'node_modules/', '.svelte-kit/'] },
  js.configs.recommended,
  {
    files: ['e2e/**/*.mjs', 'scripts/**/*.mjs', 'tests/**/*.mjs', '*.js'],
    languageOptions: { globals: globals.node },
  },
  { files: ['e2e/**/*.mjs'], languageOptions: { globals: globals.browser } },
  {
    files: ['src/sw.js'],
    languageOptions: { globals: { ...globals.serviceworker, __FILES__: 'readonly' } },
  },
  { files: TYPED, extends: [ts.configs.strictTypeChecked] },
  ...svelte.configs.recommended,
  {
    files: TYPED,
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Counts are put into sentences on purpose.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      // The destructuring of $props mixes what is bound and what is not.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { destructuring: 'all' }],
      // ESLint's parser does not see the types of other components; svelte-check does.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // The core knows no clock, no chance, no browser and no Svelte (ARCHITECTURE: core and shell).
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['window', 'document', 'localStorage', 'sessionStorage', 'navigator', 'fetch', 'crypto'],
        ...['WebSocket', 'setTimeout', 'setInterval', 'performance'],
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'The core is told the time.' },
        { object: 'Math', property: 'random', message: 'The core is given its chance.' },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: ['svelte', 'svelte/*', '../shell/*', '../parts/*', '../screens/*'] },
      ],
    },
  },
);
