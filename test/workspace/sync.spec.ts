// A small workspace with one fault at a time: tools/sync.mjs must name the fault, mend what it can, and then agree.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { repository } from '@loopsmith/testing';

type Json = Record<string, unknown>;
const script = repository('tools', 'sync.mjs');
const { sync } = await import(pathToFileURL(script).href) as { sync: (root: string, fix: boolean) => { readonly complaints: readonly string[] } };

describe('tools/sync.mjs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sync-'));
    write('package.json', { workspaces: ['libs/*'], devDependencies: { chai: '6.3.0' } });
    write('tsconfig.json', { files: [], references: [{ path: './libs/a' }, { path: './libs/b' }] });
    for (const name of ['a', 'b']) declare(name, {});
    write('libs/a/src/index.ts', 'export const a = 1;\n');
    write('libs/b/src/index.ts', 'export const b = 2;\n');
    lock();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, content: Json | string): void {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  function read(name: string): Json {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json;
  }
  function declare(name: string, lists: Json, references: string[] = []): void {
    write(`libs/${name}/package.json`, { name: `@x/${name}`, nx: { tags: ['layer:util'] }, ...lists });
    write(`libs/${name}/tsconfig.json`, { references: references.map((path) => ({ path })) });
  }
  function lock(): void {
    const packages = Object.fromEntries(['libs/a', 'libs/b'].map((path) => [path, read(`${path}/package.json`)]));
    write('package-lock.json', { packages });
  }
  function run(...args: string[]): { status: number | null; lines: string[] } {
    const { status, stdout } = spawnSync(process.execPath, [script, '--root', folder, ...args], { encoding: 'utf8' });
    return { status, lines: stdout.trim().split('\n') };
  }
  function expectComplaint(pattern: RegExp): void {
    const { complaints } = sync(folder, false);
    expect(complaints).to.have.length(1);
    expect(complaints[0]).to.match(pattern);
  }

  it('agrees with a workspace in order', () => {
    expect(run()).to.deep.equal({ status: 0, lines: ['sync: 2 packages agree'] });
  });

  it('finds an undeclared import of a workspace package and mends all three files', () => {
    write('libs/b/src/index.ts', "export { a } from '@x/a';\n");
    expectComplaint(/^libs\/b\/package\.json: dependencies should have @x\/a; "npm run sync" mends it/);
    expect(run().status).to.equal(1);
    expect(run('--fix')).to.deep.equal({ status: 0, lines: ['libs/b/package.json', 'libs/b/tsconfig.json', 'package-lock.json'].map((file) => `sync: wrote ${file}`).concat('sync: 2 packages agree') });
    expect(read('libs/b/package.json')['dependencies']).to.deep.equal({ '@x/a': '*' });
    expect(read('libs/b/tsconfig.json')['references']).to.deep.equal([{ path: '../a' }]);
    expect(sync(folder, false).complaints).to.deep.equal([]);
  });

  it('wants what only specs import among the devDependencies', () => {
    write('libs/b/src/b.spec.ts', "import { a } from '@x/a';\na;\n");
    expectComplaint(/devDependencies should have @x\/a/);
  });

  it('finds a declared workspace package that nobody imports', () => {
    declare('b', { dependencies: { '@x/a': '*' } }, ['../a']);
    lock();
    expectComplaint(/dependencies should not have @x\/a/);
  });

  it('finds references that differ from package.json', () => {
    write('libs/b/src/index.ts', "export { a } from '@x/a';\n");
    declare('b', { dependencies: { '@x/a': '*' } });
    lock();
    expectComplaint(/^libs\/b\/tsconfig\.json: references should be/);
  });

  it('finds a package that the root tsconfig.json forgot', () => {
    write('tsconfig.json', { references: [{ path: './libs/a' }] });
    expectComplaint(/^tsconfig\.json: references should be all packages/);
  });

  it('finds an undeclared and an unused external package', () => {
    write('libs/a/src/index.ts', "export { of } from 'rxjs';\n");
    expectComplaint(/libs\/a\/package\.json: imports rxjs without declaring it/);
    write('libs/a/src/index.ts', 'export const a = 1;\n');
    declare('a', { dependencies: { rxjs: '7.8.2' } });
    lock();
    expectComplaint(/declares rxjs and never imports it/);
  });

  it('lets specs use the devDependencies of the root, and only specs', () => {
    write('libs/a/src/a.spec.ts', "import { expect } from 'chai';\nexpect(1);\n");
    expect(sync(folder, false).complaints).to.deep.equal([]);
    write('libs/a/src/index.ts', "export { expect } from 'chai';\n");
    expectComplaint(/imports chai without declaring it/);
  });

  it('finds a version that is not pinned, and a lock file that knows nothing of a change', () => {
    write('libs/a/src/index.ts', "export { of } from 'rxjs';\n");
    for (const [range, exact] of [['^7.8.2', '7.8.2'], ['npm:rxjs@^7.8.2', 'npm:rxjs@7.8.2']] as const) {
      declare('a', { dependencies: { rxjs: range } });
      lock();
      expectComplaint(/rxjs must be pinned/);
      declare('a', { dependencies: { rxjs: exact } });
      expectComplaint(/^package-lock\.json: does not know libs\/a\/package\.json as it is: npm install/);
    }
  });

  it('finds an import cycle between files', () => {
    write('libs/a/src/one.ts', "import type { Two } from './two.js';\nexport type One = Two[];\n");
    write('libs/a/src/two.ts', "import type { One } from './one.js';\nexport type Two = One[];\n");
    expectComplaint(/import cycle: libs\/a\/src\/one\.ts -> libs\/a\/src\/two\.ts -> libs\/a\/src\/one\.ts/);
  });

  it('wants one layer per package, and a kind per plugin', () => {
    declare('a', { nx: { tags: [] } });
    lock();
    expectComplaint(/exactly one layer:\*, it has 0/);
    declare('a', { nx: { tags: ['layer:plugin'] } });
    lock();
    expectComplaint(/a plugin needs a kind:\* tag/);
    declare('a', { nx: { tags: ['layer:cellar'] } });
    lock();
    expectComplaint(/nobody has said what layer:cellar may import/);
  });
});
