import path from 'node:path';
import js from '@eslint/js';
import typescript from 'typescript-eslint';

const nodeNames = ['process', 'console', 'performance', 'URL', 'setTimeout', 'clearTimeout', 'fetch', 'Buffer'];

export default typescript.config(
  {ignores: ['build/', 'dist/', 'models/', 'web/types/', '**/node_modules/']},
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [typescript.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {project: 'web/tsconfig.json', tsconfigRootDir: path.dirname(import.meta.dirname)},
    },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_'}],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-lines': ['error', 500],
      'max-lines-per-function': ['error', 60],
    },
  },
  {
    // A suite is one long function of small tests, and the test runner awaits them itself.
    files: ['tests/**/*.ts'],
    rules: {'max-lines-per-function': 'off', '@typescript-eslint/no-floating-promises': 'off'},
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {globals: Object.fromEntries(nodeNames.map((name) => [name, 'readonly']))},
  },
  // The benchmark's scripts run in Node, page and worker, and get their libraries by importScripts.
  {files: ['tests/bench/**'], rules: {'no-undef': 'off', 'no-unused-vars': ['error', {vars: 'local'}]}},
);
