// What ESLint holds everybody to: the layers and fences of tools/lint, and typed TypeScript rules.
// Of looks it knows the length of lines alone; tools/tidy.mjs checks texts and tools/sync.mjs package files.
import nxPlugin from '@nx/eslint-plugin';
import { createProjectGraphAsync } from '@nx/devkit';
import tseslint from 'typescript-eslint';
import { LAYERS } from './tools/lint/layers.mjs';
import { configs as fences, rules } from './tools/lint/rules.mjs';

// Without a stored graph the boundary rule would only warn and let everything pass. A task of Nx has it already.
if (process.env.NX_TASK_TARGET_PROJECT === undefined) await createProjectGraphAsync({ exitOnError: false });

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '.nx', '.loopsmith', 'tmp', 'build', 'docs/examples'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { plugins: { loopsmith: { rules }, '@nx': nxPlugin, '@typescript-eslint': tseslint.plugin } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // The compiler says it too (noUnusedLocals); here with the usual underscore for what must be there.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An asynchronous contract may have an implementation that never waits.
      '@typescript-eslint/require-await': 'off',
      // Contracts are objects of functions rather than classes; taking one apart is fine.
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-syntax': ['error', { selector: 'TSEnumDeclaration', message: 'No enums: write a union of string literals.' }],
      '@nx/enforce-module-boundaries': ['error', { depConstraints: LAYERS, banTransitiveDependencies: false, checkDynamicDependenciesExceptions: ['.*'] }],
    },
  },
  {
    files: ['**/*.spec.ts'],
    // chai's assertions are expressions.
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    // Rows of a test's table may be longer, and so may sentences.
    ignores: ['**/*.spec.ts', '**/*.fixture.ts', '**/testing/**'],
    rules: { 'max-len': ['error', { code: 180, ignorePattern: '^(import|export) ', ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }] },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    rules: { 'no-unused-vars': 'error', 'no-var': 'error', 'prefer-const': 'error', eqeqeq: 'error' },
  },
  ...fences,
);
