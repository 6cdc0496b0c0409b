// Tells Nx how every package is linted and tested, so that no package.json has to repeat it.
// It decides no rule: .oxlintrc.json, eslint.config.mjs and .mocharc.json do. Building is inferred by @nx/js/typescript.
import { dirname } from 'node:path';

function targetsOf(packageFile) {
  const root = dirname(packageFile);
  if (root === '.') return {};
  const shared = { executor: 'nx:run-commands', cache: true, outputs: [] };
  const lint = {
    ...shared,
    dependsOn: ['build'],
    inputs: ['default', '^default'],
    options: { command: `oxlint ${root} && eslint ${root}` },
  };
  // A test may read goldens and ../shared, which lie outside its package; a cached answer would miss a change there.
  const test = {
    ...shared,
    cache: false,
    dependsOn: ['build'],
    options: { command: `node tools/test.mjs unit ${root}` },
  };
  return { projects: { [root]: { targets: { lint, test } } } };
}

export const name = 'loopsmith-targets';

export const createNodesV2 = ['{libs,apps,test}/**/package.json', (files) => files.map((file) => [file, targetsOf(file)])];
