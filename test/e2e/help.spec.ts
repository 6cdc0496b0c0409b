/** What `loopsmith --help` loads, read from V8's own list of scripts: the container and everything behind it must wait for a command. */
import { repository } from '@loopsmith/testing';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pooledModel } from './models.js';

const loaded = (args: readonly string[], code = 0): { readonly out: string; readonly scripts: readonly string[] } => {
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-scripts-'));
  try {
    // the program is started as npm links it, not as a module of this process
    const { status, stdout } = spawnSync(repository('node_modules', '.bin', 'loopsmith'), args, { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], NODE_V8_COVERAGE: join(folder, 'coverage') } });
    expect(status).to.equal(code);
    const scripts = readdirSync(join(folder, 'coverage')).flatMap((file) => (JSON.parse(readFileSync(join(folder, 'coverage', file), 'utf8')) as { result: { url: string }[] }).result.map(({ url }) => url));
    return { out: stdout, scripts };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
const container = /\/node_modules\/(?:@inversifyjs\/|inversify\/|reflect-metadata\/)|\/libs\/kernel\/host\//;

/** What reads command lines: a fifth of the time of `--help`, which needs no more of a command line than its one word. */
const commander = /\/node_modules\/commander\//;
const kafka = /\/node_modules\/kafkajs\/|\/libs\/pipeline\/kafka\//;

describe('node_modules/.bin/loopsmith', function () {
  it('--help loads no container, and nothing that reads command lines', () => {
    const { out, scripts } = loaded(['--help']);
    expect(out).to.match(/^Usage: \S*loopsmith /);
    expect(scripts.filter((url) => commander.test(url))).to.deep.equal([]);
    expect(loaded(['--version']).scripts.some((url) => commander.test(url))).to.equal(true);
    expect(scripts.filter((url) => url.includes('/apps/cli/dist/main.js'))).to.have.length(1);
    expect(scripts.filter((url) => container.test(url))).to.deep.equal([]);
  });

  it('tune loads nothing of Kafka without --brokers, and jobs does', () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-model-'));
    try {
      writeFileSync(join(folder, 'model.onnx'), pooledModel());
      expect(loaded(['tune', join(folder, 'model.onnx'), '--trials', '2']).scripts.filter((url) => kafka.test(url))).to.deep.equal([]);
      expect(loaded(['jobs', 'list', '--brokers', '127.0.0.1:1'], 3).scripts.some((url) => kafka.test(url))).to.equal(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a command does, and this way of looking sees it', () => {
    expect(loaded(['doctor', '--json']).scripts.some((url) => container.test(url))).to.equal(true);
  });
});
