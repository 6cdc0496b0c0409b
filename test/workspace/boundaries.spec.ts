// Every invariant of layers and fences is broken once, on purpose, and exactly the rule that guards it must answer. The rules of the language: language.spec.ts.
// The violations are texts with the name of a file in the right room; nothing is written to disk.
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ESLint } from 'eslint';
import { repository } from '@loopsmith/testing';

const BOUNDARIES = '@nx/enforce-module-boundaries';

const eslint = new ESLint({ cwd: repository() });

async function complaintsOf(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: repository(file) });
  return [...new Set(result?.messages.map((message) => message.ruleId ?? message.message))].sort();
}

interface Planted {
  readonly file: string;
  readonly text: string;
  /** The one rule that must fire; none when absent. */
  readonly rule?: string;
}

function check(plants: readonly Planted[]): void {
  for (const { file, text, rule } of plants) {
    const verdict = rule === undefined ? 'allows' : `${rule} refuses`;
    it(`${verdict} ${JSON.stringify(text.trim())} in ${file}`, async () => {
      expect(await complaintsOf(file, text)).to.deep.equal(rule === undefined ? [] : [rule]);
    });
  }
}

const imports = (name: string): string => `import * as all from '${name}';\nexport const used = all;\n`;
const plant = (rule: string | undefined, file: string, text: string): Planted => ({ file, text, ...(rule === undefined ? {} : { rule }) });

describe('layers', () => {
  const refused: [string, string][] = [
    ['libs/util', '@loopsmith/ir'],
    ['libs/formats/onnx-file', '@loopsmith/ir'],
    ['libs/ir', '@loopsmith/lowering'],
    ['libs/ir', '@loopsmith/onnx-file'],
    ['libs/lowering', '@loopsmith/contracts'],
    ['libs/kernel/host', '@loopsmith/stages'],
    ['libs/kernel/host', '@loopsmith/search-random'],
    ['libs/pipeline/stages', '@loopsmith/host'],
    ['libs/pipeline/stages', '@loopsmith/codegen-x86-avx'],
    ['libs/runtime', '@loopsmith/codegen-c-family'],
    ['libs/zoo', '@loopsmith/lowering'],
    ['libs/codegen/c-family', '@loopsmith/codegen-x86-avx'],
    ['libs/search/annealing', '@loopsmith/search-random'],
    ['libs/search/random', '@loopsmith/codegen-c-family'],
    ['libs/search/random', '@loopsmith/cost-model-analytical'],
    ['libs/cost-models/analytical', '@loopsmith/lowering'],
    ['libs/codegen/x86-avx', '@loopsmith/frontend-onnx'],
    ['libs/codegen/x86-avx', '@loopsmith/onnx-file'],
    ['libs/frontends/onnx', '@loopsmith/codegen-c-family'],
    ['libs/records/jsonl', '@loopsmith/runtime'],
    ['libs/kernel/testing', '@loopsmith/util'],
    ['libs/ir', 'loopsmith'],
  ];
  check([
    ...refused.map(([room, name]) => plant(BOUNDARIES, `${room}/src/planted.ts`, imports(name))),
    plant(BOUNDARIES, 'libs/lowering/src/planted.ts', imports('../../ir/src/index.js')),
    plant(undefined, 'libs/codegen/x86-avx/src/planted.ts', imports('@loopsmith/runtime')),
    plant(undefined, 'libs/codegen/x86-avx/src/planted.ts', imports('@loopsmith/codegen-c-family')),
    plant(undefined, 'libs/frontends/onnx/src/planted.ts', imports('@loopsmith/onnx-file')),
    plant(undefined, 'libs/util/src/planted.spec.ts', imports('@loopsmith/testing')),
    plant(undefined, 'apps/cli/src/planted.ts', imports('@loopsmith/search-annealing')),
  ]);

  it('allows every dependency that a package.json declares', async () => {
    const { references } = JSON.parse(readFileSync(repository('tsconfig.json'), 'utf8')) as { references: { path: string }[] };
    for (const { path } of references) {
      const manifest = JSON.parse(readFileSync(repository(path, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> };
      const names = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@loopsmith/'));
      const text = names.map((name, index) => `export type * as used${index} from '${name}';\n`).join('');
      // fences are about single files; whether the library may depend is the question here
      expect((await complaintsOf(`${path}/src/planted.ts`, text)).filter((rule) => rule === BOUNDARIES), path).to.deep.equal([]);
    }
  });
});

describe('fences', () => {
  const fence = (name: string, file: string, text: string): Planted => plant(`loopsmith/${name}`, file, text);
  check([
    fence('inversify-in-modules-only', 'libs/search/random/src/planted.ts', imports('inversify')),
    fence('inversify-in-modules-only', 'apps/cli/src/planted.ts', "export type { Container } from 'inversify';\n"),
    plant(undefined, 'libs/search/random/src/planted.module.ts', imports('inversify')),
    plant(undefined, 'libs/kernel/host/src/planted.ts', imports('inversify')),
    fence('reflect-metadata-in-host-only', 'libs/search/random/src/planted.module.ts', "import 'reflect-metadata';\n"),
    plant(undefined, 'libs/kernel/host/src/planted.ts', "import 'reflect-metadata';\n"),
    fence('onnx-proto-in-onnx-file-only', 'libs/frontends/onnx/src/planted.ts', imports('onnx-proto')),
    fence('onnx-proto-in-onnx-file-only', 'libs/zoo/src/planted.ts', "export const late = import('protobufjs/light.js');\n"),
    plant(undefined, 'libs/formats/onnx-file/src/planted.ts', imports('onnx-proto')),
    fence('kafkajs-in-pipeline-only', 'libs/pipeline/stages/src/planted.ts', imports('kafkajs')),
    fence('tfjs-in-cost-models-only', 'libs/pipeline/stages/src/planted.ts', imports('@tensorflow/tfjs-core')),
    plant(undefined, 'libs/cost-models/analytical/src/planted.ts', imports('@tensorflow/tfjs-core')),
    fence('testing-in-specs-only', 'libs/ir/src/planted.ts', imports('@loopsmith/testing')),
    fence('testing-in-specs-only', 'libs/util/src/planted.ts', imports('fast-check')),
    fence('testing-in-specs-only', 'libs/lowering/src/planted.ts', imports('@loopsmith/ir/testing')),
    fence('testing-in-specs-only', 'libs/ir/src/loops/planted.ts', imports('../testing/interpret.js')),
    plant(undefined, 'libs/lowering/src/testing/planted.ts', imports('@loopsmith/ir/testing')),
    fence('contracts-are-types', 'libs/kernel/contracts/src/planted.ts', imports('rxjs')),
    plant(undefined, 'libs/kernel/contracts/src/planted.ts', "export type { Observable } from 'rxjs';\n"),
    ...['libs/ir', 'libs/lowering', 'libs/search/random', 'libs/cost-models/analytical'].flatMap((room) => [
      fence('pure', `${room}/src/planted.ts`, imports('node:fs')),
      fence('pure', `${room}/src/planted.ts`, imports('child_process')),
      fence('pure', `${room}/src/planted.ts`, imports('node:net')),
      fence('pure', `${room}/src/planted.ts`, 'export const folder = process.cwd();\n'),
      fence('no-clock-no-chance', `${room}/src/planted.ts`, 'export const now = Date.now();\n'),
      fence('no-clock-no-chance', `${room}/src/planted.ts`, 'export const now = () => performance.now();\n'),
      fence('no-clock-no-chance', `${room}/src/planted.ts`, 'export const chance = Math.random();\n'),
    ]),
    fence('no-clock-no-chance', 'libs/util/src/planted.ts', 'export const { random } = Math;\n'),
    fence('no-clock-no-chance', 'libs/util/src/planted.ts', "import { randomUUID } from 'node:crypto';\nexport const id = randomUUID();\n"),
    plant(undefined, 'libs/util/src/planted.ts', "import { createHash } from 'node:crypto';\nexport const hash = createHash('sha256');\n"),
    fence('no-streams-in-forms', 'libs/lowering/src/planted.ts', imports('rxjs')),
    plant(undefined, 'libs/ir/src/planted.ts', 'export const largest = Math.max(1, 2);\nexport function at(Date: number) { return Date; }\n'),
    plant(undefined, 'libs/ir/src/planted.spec.ts', imports('node:fs')),
    fence('no-environment-below-apps', 'libs/runtime/src/planted.ts', "export const home = process.env['HOME'];\n"),
    fence('no-environment-below-apps', 'libs/runtime/src/planted.ts', 'export const { env } = process;\n'),
    fence('no-environment-below-apps', 'libs/runtime/src/planted.ts', "import { env } from 'node:process';\nexport const home = env;\n"),
    fence('no-environment-below-apps', 'libs/runtime/src/planted.ts', imports('node:process')),
    fence('no-environment-below-apps', 'libs/runtime/src/planted.ts', "export const home = globalThis.process.env['HOME'];\n"),
    plant(undefined, 'apps/cli/src/planted.ts', "export const home = process.env['HOME'];\n"),
    plant(undefined, 'libs/runtime/src/planted.ts', 'export const version = process.version;\n'),
    plant('no-restricted-syntax', 'libs/ir/src/planted.ts', 'export enum Kind { add }\n'),
  ]);
});
