// The closing line and the exit code of tools/test.mjs, for every way a run can end. The runs happen in a folder of
// their own, with compiled specs written by hand.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { command, needs, repository } from '@loopsmith/testing';

describe('tools/test.mjs', function () {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'run-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, text: string): void {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  function spec(library: string, compiled: string | undefined): void {
    write(`libs/${library}/tsconfig.json`, '{}');
    write(`libs/${library}/src/${library}.spec.ts`, '');
    if (compiled !== undefined) write(`libs/${library}/dist/${library}.spec.js`, compiled);
  }
  function run(args: string[], environment: Record<string, string> = {}): { status: number | null; last: string | undefined; text: string } {
    const env = { ...process.env, CI: '', ...environment };
    const { status, stdout } = spawnSync(process.execPath, [repository('tools', 'test.mjs'), '--root', folder, ...args], { encoding: 'utf8', env });
    return { status, last: stdout.split('\n').at(-2), text: stdout };
  }

  const PASS = "it('adds', () => {});\nit('subtracts', () => {});\n";
  const FAIL = "it('adds', () => { throw new Error('no'); });\n";
  const PENDING = "it('waits (needs a board)', function () { this['skip'](); });\n";

  it('sums the specs of all libraries', () => {
    spec('a', PASS);
    spec('b', PASS);
    expect(run(['unit'])).to.include({ status: 0, last: '4 passed, 0 failed, 0 skipped' });
    expect(run(['unit', 'libs/b'])).to.include({ status: 0, last: '2 passed, 0 failed, 0 skipped' });
  });

  it('fails when it is asked for folders without a spec', () => {
    spec('a', PASS);
    write('docs/guide.md', '');
    const { status, last, text } = run(['unit', 'docs']);
    expect([status, last]).to.deep.equal([1, '0 passed, 0 failed, 0 skipped']);
    expect(text).to.include('No spec lies below docs in what was run; name a folder that has some.');
    expect(run(['unit', 'e2e', 'libs/a'])).to.include({ status: 0, last: '2 passed, 0 failed, 0 skipped' });
  });

  it('fails when a test fails', () => {
    spec('a', PASS);
    spec('b', FAIL);
    expect(run(['unit'])).to.include({ status: 1, last: '2 passed, 1 failed, 0 skipped' });
  });

  it('tells every failure again at the end, with its message', () => {
    spec('a', FAIL);
    spec('b', PASS);
    const { text } = run(['unit']);
    const end = text.slice(text.indexOf('FAILED in unit: adds'));
    expect(end).to.match(/^FAILED in unit: adds\n {2}Error: no\n/);
    expect(end.indexOf('part         minutes')).to.be.greaterThan(0);
  });

  it('shows what was skipped and why, and allows it to users only', () => {
    spec('a', PASS + PENDING);
    const forUser = run(['unit']);
    expect(forUser).to.include({ status: 0, last: '2 passed, 0 failed, 1 skipped' });
    expect(forUser.text).to.include('skipped: waits (needs a board)');
    expect(run(['unit'], { CI: 'true' })).to.include({ status: 1, last: '2 passed, 0 failed, 1 skipped' });
  });

  it('counts a spec that cannot be loaded, and one that ends the process, as a failure', () => {
    spec('a', "throw new Error('at load');\n");
    expect(run(['unit'])).to.include({ status: 1, last: '0 passed, 1 failed, 0 skipped' });
    spec('a', "it('leaves', () => process.exit(0));\n");
    expect(run(['unit'])).to.include({ status: 1, last: '0 passed, 1 failed, 0 skipped' });
  });

  it('fails when a spec is not built, and never runs a compiled spec without its source', () => {
    spec('a', PASS);
    write('libs/a/dist/gone.spec.js', FAIL);
    expect(run(['unit'])).to.include({ status: 0, last: '2 passed, 0 failed, 0 skipped' });
    spec('b', undefined);
    expect(run(['unit'])).to.include({ status: 1, last: '0 passed, 1 failed, 0 skipped' });
  });

  it('fails when a part has no test at all', () => {
    for (const part of ['unit', 'e2e', 'faults', 'conformance', 'full']) {
      const { status, last, text } = run([part]);
      expect({ status, last }, part).to.deep.equal({ status: 1, last: '0 passed, 1 failed, 0 skipped' });
      expect(text).to.match(new RegExp(`\n${part} .* FAILED: no specs found\n`));
    }
  });

  it('runs three parts at a time, tells each in one piece, and lists them in their order', function () {
    needs(this, { what: 'two cores', met: availableParallelism() > 1 });
    // each ends only when all have begun
    const meets = (part: string): string => `const { writeFileSync, existsSync } = require('node:fs');
      writeFileSync(${JSON.stringify(join(folder, part))}, '');
      it('meets the others', (done) => { const look = () => { if (['unit', 'e2e', 'faults'].every((part) => existsSync(${JSON.stringify(folder)} + '/' + part))) done(); else setTimeout(look, 20); }; look(); }).timeout(120_000);\n`;
    spec('a', meets('unit'));
    for (const part of ['e2e', 'faults']) {
      write(`test/${part}/tsconfig.json`, '{}');
      write(`test/${part}/${part}.spec.ts`, '');
      write(`test/${part}/dist/${part}.spec.js`, `${meets(part)}it('${part} goes on', () => {});\n${part === 'e2e' ? '' : FAIL}`);
    }
    const { status, last, text } = run(['faults', 'e2e', 'unit']);
    expect({ status, last }).to.deep.equal({ status: 1, last: '5 passed, 1 failed, 0 skipped' });
    expect(text).to.match(/== e2e\n[^=]*meets the others[^=]*e2e goes on/);
    expect(text).to.match(/FAILED in faults: adds/);
    expect(text).to.match(/minutes[^]*\nunit [^]*\ne2e [^]*\nfaults [^]*\ntotal /);
  });

  it('runs conformance behind faults, beside the other parts, and the long part when all have ended', function () {
    needs(this, { what: 'two cores', met: availableParallelism() > 1 });
    const place = JSON.stringify(folder);
    const begins = (part: string, waitsFor: string, mayNot: string): string => `const { writeFileSync, existsSync } = require('node:fs');
      writeFileSync(${place} + '/${part}', '');
      it('begins', () => { if (existsSync(${place} + '/${mayNot}')) throw new Error('${mayNot} has begun'); });
      it('waits', (done) => { const look = () => { if (existsSync(${place} + '/${waitsFor}')) done(); else setTimeout(look, 20); }; look(); }).timeout(120_000);\n`;
    spec('a', begins('unit', 'conformance', 'full'));
    for (const [part, waitsFor, mayNot] of [['faults', 'unit', 'conformance'], ['conformance', 'faults', 'full'], ['full', 'conformance', 'nothing']] as const) {
      write(`test/${part}/tsconfig.json`, '{}');
      write(`test/${part}/${part}.spec.ts`, '');
      write(`test/${part}/dist/${part}.spec.js`, begins(part, waitsFor, mayNot));
    }
    expect(run(['faults', 'conformance', 'unit', 'full'])).to.include({ status: 0, last: '8 passed, 0 failed, 0 skipped' });
  });

  it('goes on in the long part where a run of the same sources was cut off, and not in CI or with sources that differ', function () {
    needs(this, command('git'));
    const git = (...args: string[]): void => { expect(spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder }).status, args.join(' ')).to.equal(0); };
    write('.gitignore', 'dist/\nbuild/\n');
    write('test/full/tsconfig.json', '{}');
    const full = (name: string, compiled: string): void => { write(`test/full/${name}.spec.ts`, ''); write(`test/full/dist/${name}.spec.js`, compiled); };
    full('a', PASS);
    full('b', FAIL);
    git('init', '-q');
    git('add', '-A');
    git('commit', '-q', '-m', 'first');
    expect(run(['full'])).to.include({ status: 1, last: '2 passed, 1 failed, 0 skipped' });
    // what passed is not run again; what failed or was skipped is
    full('a', FAIL);
    full('b', PENDING);
    const again = run(['full']);
    expect(again).to.include({ status: 0, last: '2 passed, 0 failed, 1 skipped' });
    expect(again.text).to.match(/passed in a former run of these sources: test\/full\/a\.spec\.ts, 2 tests \(remove build\/passed\.json to run it again\)\n/).and.to.match(/\nfull .* ok, 1 of 2 files in a former run\n/);
    full('b', FAIL);
    expect(run(['full'])).to.include({ status: 1, last: '2 passed, 1 failed, 0 skipped' });
    const first = ['full', 'test/full/a.spec.ts'], failed = { status: 1, last: '0 passed, 1 failed, 0 skipped' };
    expect(run(first)).to.include({ status: 0, last: '2 passed, 0 failed, 0 skipped' });
    expect(run(first, { CI: 'true' })).to.include(failed);
    write('more.txt', '');
    expect(run(first)).to.include(failed);
    git('add', '-A');
    git('commit', '-q', '-m', 'second');
    expect(run(first)).to.include(failed);
  });

  it('names the parts when it is asked for another', () => {
    expect(run(['units']).status).to.equal(2);
  });
});
