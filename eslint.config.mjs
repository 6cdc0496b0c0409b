// What ESLint holds everybody to: the layers (Nx tags), the fences of tools/lint/fences.mjs, and typed TypeScript rules.
// It says nothing about looks; tools/tidy.mjs checks texts and tools/sync.mjs package files.
import nxPlugin from '@nx/eslint-plugin';
import { createProjectGraphAsync } from '@nx/devkit';
import tseslint from 'typescript-eslint';
import { configs as fences, rules } from './tools/lint/rules.mjs';

// Without a stored graph the boundary rule would only warn and let everything pass. A task of Nx has it already.
if (process.env.NX_TASK_TARGET_PROJECT === undefined) await createProjectGraphAsync({ exitOnError: false });

const BASE = ['layer:util', 'layer:testing'];
const IR = [...BASE, 'layer:ir'];
const LOWERING = [...IR, 'layer:lowering'];
const CONTRACTS = [...LOWERING, 'layer:contracts'];

/** A library imports lower layers only. Constraints add up, so a plugin obeys its layer and its kind. */
const layers = [
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'layer:util', onlyDependOnLibsWithTags: BASE },
  { sourceTag: 'layer:formats', onlyDependOnLibsWithTags: BASE },
  { sourceTag: 'layer:ir', onlyDependOnLibsWithTags: IR },
  { sourceTag: 'layer:lowering', onlyDependOnLibsWithTags: LOWERING },
  { sourceTag: 'layer:contracts', onlyDependOnLibsWithTags: LOWERING },
  { sourceTag: 'layer:host', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'layer:stages', onlyDependOnLibsWithTags: CONTRACTS },
  { sourceTag: 'layer:runtime', onlyDependOnLibsWithTags: CONTRACTS },
  { sourceTag: 'layer:codegen', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:codegen'] },
  { sourceTag: 'layer:zoo', onlyDependOnLibsWithTags: [...IR, 'layer:formats'] },
  { sourceTag: 'layer:plugin', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:formats', 'layer:codegen', 'layer:runtime'] },
  { sourceTag: 'kind:frontend', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:formats'] },
  { sourceTag: 'kind:hardware', onlyDependOnLibsWithTags: [...CONTRACTS, 'layer:codegen', 'layer:runtime'] },
  { sourceTag: 'kind:search', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'kind:cost-model', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'kind:records', onlyDependOnLibsWithTags: [...IR, 'layer:contracts'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['*'] },
];

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '.nx', '.loopsmith', 'tmp', 'build'] },
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
      'no-restricted-syntax': ['error', { selector: 'TSEnumDeclaration', message: 'No enums: write a union of string literals.' }],
      '@nx/enforce-module-boundaries': ['error', { depConstraints: layers, banTransitiveDependencies: false }],
    },
  },
  {
    files: ['**/*.spec.ts'],
    // chai's assertions are expressions.
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    rules: { 'no-unused-vars': 'error', 'no-var': 'error', 'prefer-const': 'error', eqeqeq: 'error' },
  },
  ...fences,
);
