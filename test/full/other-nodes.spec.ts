/** The versions of Node that the package takes, the least of them and the later long-lived ones, as npm brings them: nothing is said there that is not said here. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { command, needs, repository } from '@loopsmith/testing';
import { pooledModel } from '../e2e/models.js';

const { engines } = JSON.parse(readFileSync(repository('package.json'), 'utf8')) as { readonly engines: { readonly node: string } };
const versions = [`${engines.node.replace('>=', '')}.0`, '22', '24'];
const bin = repository('apps', 'cli', 'bin', 'loopsmith.js');

/** Installed once: the package of this platform, which needs no script to run. */
const nodeOf = (version: string): string => {
  const place = repository('node_modules', '.makers', `node-${version}`), name = `node-linux-${process.arch}`, program = join(place, 'node_modules', name, 'bin', 'node');
  if (existsSync(program)) return program;
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{}');
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', `${name}@${version}`], { cwd: place, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm could not install ${name}@${version}: ${stderr.slice(-2000)}`);
  return program;
};

describe('other versions of Node', function () {
  this.timeout(600_000);
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-nodes-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const version of versions)
    it(version, function () {
      needs(this, command('npm'), command('gcc'));
      const node = nodeOf(version);
      expect(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout).to.match(new RegExp(`^v${version}\\b`));
      const run = (...args: readonly string[]): { readonly status: number | null; readonly stderr: string } => spawnSync(node, [bin, ...args], { cwd: folder, encoding: 'utf8' });
      writeFileSync(join(folder, 'model.onnx'), pooledModel());
      for (const line of ['--help', 'tune --help', 'extract model.onnx', 'tune model.onnx --trials 10', 'compile model.onnx -o model', 'bench model --time 1s']) {
        const { status, stderr } = run(...line.split(' '));
        expect(status, line).to.equal(0);
        // how a search goes is said there
        expect(stderr, line).to.match(line.startsWith('tune model') ? /^Tuning 2 tasks [^]*\nFinished 10 trials in [\d.]+ s\n$/ : /^$/);
      }

      // the runner of the tests hands the program's options on
      mkdirSync(join(folder, 'libs', 'a', 'src'), { recursive: true });
      mkdirSync(join(folder, 'libs', 'a', 'dist'));
      writeFileSync(join(folder, 'libs', 'a', 'tsconfig.json'), '{}');
      writeFileSync(join(folder, 'libs', 'a', 'src', 'a.spec.ts'), '');
      writeFileSync(join(folder, 'libs', 'a', 'dist', 'a.spec.js'), "it('adds', () => {});\n");
      const { status, stdout, stderr } = spawnSync(node, [repository('tools', 'test.mjs'), '--root', folder, 'unit'], { encoding: 'utf8' });
      expect({ status, stderr, last: stdout.split('\n').at(-2) }).to.deep.equal({ status: 0, stderr: '', last: '1 passed, 0 failed, 0 skipped' });
    });
});
