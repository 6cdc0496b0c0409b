// What ESLint holds everybody to: the layers and fences of tools/lint. It knows no types; the rules about the language are .oxlintrc.json's.
// Of looks it knows the length of lines alone; tools/tidy.mjs checks texts and tools/sync.mjs package files.
import nxPlugin from '@nx/eslint-plugin';
import { createProjectGraphAsync } from '@nx/devkit';
import parser from '@typescript-eslint/parser';
import { LAYERS } from './tools/lint/layers.mjs';
import { configs as fences, rules } from './tools/lint/rules.mjs';

// Without a stored graph the boundary rule would only warn and let everything pass. A task of Nx has it already.
if (process.env.NX_TASK_TARGET_PROJECT === undefined) await createProjectGraphAsync({ exitOnError: false });

export default [
  { ignores: ['**/dist', '**/node_modules', '.nx', '.loopsmith', 'tmp', 'build', 'docs/examples'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { plugins: { loopsmith: { rules }, '@nx': nxPlugin } },
  {
    files: ['**/*.ts'],
    languageOptions: { parser },
    rules: {
      'no-restricted-syntax': ['error', { selector: 'TSEnumDeclaration', message: 'No enums: write a union of string literals.' }],
      '@nx/enforce-module-boundaries': ['error', { depConstraints: LAYERS, banTransitiveDependencies: false, checkDynamicDependenciesExceptions: ['.*'] }],
    },
  },
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    // Rows of a test's table may be longer, and so may sentences.
    ignores: ['**/*.spec.ts', '**/*.fixture.ts', '**/testing/**'],
    rules: { 'max-len': ['error', { code: 180, ignorePattern: '^(import|export) ', ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }] },
  },
  ...fences,
];
