// Every rule of .oxlintrc.json is broken once, on purpose, in a folder of its own, and exactly that rule must answer: a version of Oxlint
// that drops a rule, or one that runs without the part that knows types, is found here. Layers and fences are in boundaries.spec.ts.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { repository } from '@loopsmith/testing';

/** Of type `any`, without saying so. */
const LOOSE = "JSON.parse('1')";

/** Where a rule has several cases each is a file, numbered. */
const BROKEN: Readonly<Record<string, string | readonly string[]>> = {
  'prefer-const': 'let constant = 1;\nexport { constant };\n',
  'no-var': 'var constant = 1;\nexport { constant };\n',
  'prefer-rest-params': 'export function first(): unknown {\n  return arguments[0];\n}\n',
  'prefer-spread': 'export const largest = (numbers: number[]) => Math.max.apply(Math, numbers);\n',
  'no-unused-vars': ['const unused = 1;\n', 'export function first(a: number, b: number) {\n  return a;\n}\n', "import { join } from 'node:path';\n"],
  'ban-ts-comment': '// @ts-ignore\nexport const a = 1;\n',
  'consistent-type-imports': "import { Stats } from 'node:fs';\nexport type Size = Stats['size'];\n",
  'no-array-constructor': 'export const pair = new Array(1, 2);\n',
  'no-duplicate-enum-values': 'export enum Kind {\n  add = 1,\n  subtract = 1,\n}\n',
  'no-empty-object-type': 'export type Empty = {};\n',
  'no-explicit-any': 'export type Loose = any;\n',
  'no-extra-non-null-assertion': 'export const length = (text?: string) => text!!.length;\n',
  'no-import-type-side-effects': "import { type Stats } from 'node:fs';\nexport type Size = Stats['size'];\n",
  'no-misused-new': 'export interface Maker {\n  new (): Maker;\n}\n',
  'no-namespace': 'export namespace space {\n  export const a = 1;\n}\n',
  'no-non-null-asserted-optional-chain': 'export const inner = (one?: { a: { b?: number } }) => (one?.a.b)!;\n',
  'no-require-imports': "import path = require('node:path');\nexport const join = path.join;\n",
  'no-this-alias': 'export class One {\n  me() {\n    const self = this;\n    return self;\n  }\n}\n',
  'no-unnecessary-type-constraint': 'export type List<T extends unknown> = T[];\n',
  'no-unsafe-declaration-merging': 'export class One {\n  a = 1;\n}\nexport interface One {\n  b: number;\n}\n',
  'no-unsafe-function-type': 'export type Any = Function;\n',
  'no-unused-expressions': 'export const see = (flag: boolean) => {\n  flag;\n};\n',
  'no-wrapper-object-types': 'export type Text = String;\n',
  'prefer-as-const': "export class One {\n  kind: 'add' = 'add';\n}\n",
  'prefer-namespace-keyword': 'declare module space {\n  export const a: number;\n}\nexport const { a } = space;\n',
  'triple-slash-reference': '/// <reference path="./no-var.ts" />\nexport {};\n',
  'await-thenable': 'await 1;\nexport {};\n',
  'no-array-delete': 'export const drop = (list: number[]) => delete list[0];\n',
  'no-base-to-string': 'export const text = (one: object) => String(one);\n',
  'no-duplicate-type-constituents': 'export type Twice = string | string;\n',
  'no-floating-promises': ['Promise.resolve(1);\nexport {};\n', 'export const start = (work: () => Promise<void>) => {\n  work();\n};\n'],
  'no-for-in-array': 'export const each = (list: number[]) => {\n  for (const i in list) process.stdout.write(i);\n};\n',
  'no-implied-eval': "export const made: unknown = new Function('a', 'return a');\n",
  'no-misused-promises': [
    '[1].forEach(async (n) => {\n  await Promise.resolve(n);\n});\nexport {};\n',
    'export const choose = (ready: Promise<boolean>) => (ready ? 1 : 2);\n',
    'export const list = (one: Promise<object>) => ({ ...one });\n',
  ],
  'no-redundant-type-constituents': 'export type Wide = unknown | string;\n',
  'no-unnecessary-type-assertion': ['export const same = (text: string) => text as string;\n', 'export const same = (text: string) => text!;\n'],
  'no-unsafe-argument': `export const root = Math.sqrt(${LOOSE});\n`,
  'no-unsafe-assignment': `export const tight = ${LOOSE};\n`,
  'no-unsafe-call': `${LOOSE}();\nexport {};\n`,
  'no-unsafe-enum-comparison': 'enum Kind {\n  add,\n}\nexport const isAdd = (kind: Kind) => kind === 0;\n',
  'no-unsafe-member-access': `export const has = ${LOOSE}.member === 1;\n`,
  'no-unsafe-return': `export function size(): number {\n  return ${LOOSE};\n}\n`,
  'no-unsafe-unary-minus': 'export const minus = (text: string): number => -text;\n',
  'only-throw-error': "export const fail = (): never => {\n  throw 'a text';\n};\n",
  'prefer-promise-reject-errors': "export const failed = Promise.reject('a text');\n",
  'restrict-plus-operands': "export const sum = (one: number[]) => 'a' + one;\n",
  'restrict-template-expressions': [
    'export const text = (list: number[]) => `${list}`;\n',
    'export const text = (one: Date) => `${one}`;\n',
  ],
  'switch-exhaustiveness-check':
    "export function size(kind: 'small' | 'large'): number {\n  switch (kind) {\n    case 'small':\n      return 1;\n  }\n  return 2;\n}\n",
};

/** What no text can break alone. */
const TOGETHER: Readonly<Record<string, string>> = {
  'no-extra-non-null-assertion': 'no-unnecessary-type-assertion',
  'prefer-namespace-keyword': 'no-namespace',
};

const ALLOWED = [
  'await Promise.resolve(1);\nexport {};\n',
  'export const text = (count: number, flag: boolean) => `${count} ${flag}`;\n',
  'export const second = (_first: number, second: number) => second;\nconst _unused = 1;\n',
  "export function size(kind: 'small' | 'large'): number {\n  switch (kind) {\n    case 'small':\n      return 1;\n    default:\n      return 2;\n  }\n}\n",
  'export const none = async (): Promise<void> => {};\n',
  'export const isNull = (one: number | null | undefined) => one == null;\n',
  'export class One {\n  go() {\n    return this;\n  }\n}\nexport const { go } = new One();\n',
  'export type Late = import("node:fs").Stats;\n',
];

const UNUSED = `// ${'ox' + 'lint'}-disable-next-line typescript/no-for-in-array -- no array is here\nexport const a = 1;\n`;

interface Complaint {
  readonly code?: string;
  readonly message: string;
  readonly filename: string;
}

describe('rules of the language', () => {
  const files = new Map(Object.entries(BROKEN).flatMap(([rule, texts]) => [texts].flat().map((text, i) => [`${rule}${i === 0 ? '' : `-${i + 1}`}.ts`, { rule, text }] as const)));
  let folder: string;
  let complaints: readonly Complaint[];

  const oxlint = (...args: string[]): string => spawnSync(process.execPath, [repository('node_modules', 'oxlint', 'bin', 'oxlint'), ...args], { cwd: folder, encoding: 'utf8' }).stdout;
  const complaintsOf = (file: string): string[] => [...new Set(complaints.filter(({ filename }) => basename(filename) === file).map(({ code, message }) => /\((.*)\)/.exec(code ?? '')?.[1] ?? message))];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'language-'));
    copyFileSync(repository('.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    symlinkSync(repository('node_modules'), join(folder, 'node_modules'));
    const put = (name: string, text: string): void => writeFileSync(join(folder, 'src', name), text);
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: repository('tsconfig.base.json'), include: ['src'] }));
    for (const [name, { text }] of files) put(name, text);
    ALLOWED.forEach((text, i) => put(`allowed-${i}.ts`, text));
    put('expression.spec.ts', BROKEN['no-unused-expressions'] as string);
    put('equal.mjs', 'export const same = (a) => a == 1;\n');
    put('unused.ts', UNUSED);
    complaints = (JSON.parse(oxlint('--format=json')) as { diagnostics: readonly Complaint[] }).diagnostics;
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, { rule, text }] of files) {
    it(`${rule} refuses ${JSON.stringify(text.trim())}`, () => expect(complaintsOf(name)).to.have.members([rule, TOGETHER[rule] ?? []].flat()));
  }
  ALLOWED.forEach((text, i) => {
    it(`allows ${JSON.stringify(text.trim())}`, () => expect(complaintsOf(`allowed-${i}.ts`)).to.deep.equal([]));
  });

  it('allows expressions as statements in specs alone', () => expect(complaintsOf('expression.spec.ts')).to.deep.equal([]));
  it('refuses == in JavaScript', () => expect(complaintsOf('equal.mjs')).to.deep.equal(['eqeqeq']));
  it('refuses a comment that switches off what was never on', () => expect(complaintsOf('unused.ts').join()).to.match(/^Unused .*directive/));

  it('has a case for every rule that is on', () => {
    const { rules, overrides } = JSON.parse(oxlint('--print-config')) as { rules: object; overrides: readonly { rules: object }[] };
    const named = [rules, ...overrides.map((one) => one.rules)].flatMap((one) => Object.keys(one)).map((name) => name.replace(/^.*\//, ''));
    expect([...Object.keys(BROKEN), 'eqeqeq'].sort()).to.deep.equal([...new Set(named)].sort());
  });
});
