/** A cluster in pieces, as people use it: each stage a worker of its own, a job that is left, looked at, come back to and ended, and every refusal with its words. */
import { command, needs, repository } from '@loopsmith/testing';
import { freePorts } from '@loopsmith/transport-kafka/broker';
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { residualModel } from '../e2e/models.js';
import { onPath } from '../e2e/program.js';
import { plugin, readTopic, Site, type Ended, type Running } from './cluster.js';

const stages = ['extract', 'propose', 'build', 'measure', 'fit'] as const;
const device = ['--target', 'simulated:plain', '--plugin', plugin];

describe('jobs of a cluster', () => {
  // slow enough to be there when somebody looks
  const site = new Site({ buildMs: 50, measureMs: 300 });
  let broker: Running, brokers: string;
  before(async function () {
    needs(this, command('java'), command('mvn'));
    writeFileSync(join(site.folder, 'model.onnx'), residualModel());
    const [port] = await freePorts(1);
    brokers = `127.0.0.1:${port}`;
    broker = site.start(['broker', '--port', String(port)]);
    await broker.said(`Kafka is ready at ${brokers}`);
  });
  after(() => site.remove());
  const run = (...args: readonly string[]): Promise<Ended> => site.start([...args, '--brokers', brokers]).ended;
  const tuning = ['tune', 'model.onnx', ...device, '--trials', '1000'] as const;

  it('are refused at once when nobody serves them', async () => {
    expect(await run(...tuning)).to.deep.equal({
      code: 3, out: '',
      err: `loopsmith: no worker at ${brokers} serves extract, propose, build, measure, fit; start one with \`loopsmith worker --stages extract,propose,build,measure,fit --brokers ${brokers}\`; nothing was submitted\n`,
    });
    expect(await run('jobs', 'list')).to.deep.equal({ code: 0, out: '0 jobs, 0 workers\n', err: '' });
  });

  it('are not worked on without a fence, unless somebody says so in so many words', async function () {
    const folder = join(site.folder, 'bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'unshare'), '#!/bin/sh\nexit 1\n');
    chmodSync(join(folder, 'unshare'), 0o755);
    const worker = ['worker', '--name', 'open', '--stages', 'build', '--brokers', brokers, ...device], environment = { PATH: `${folder}:${onPath['PATH']}` };
    expect(await site.start(worker, environment).ended).to.deep.include({
      code: 3,
      err: 'loopsmith: this worker would run code that comes over the network, and this machine lets it shut out no network for that code (unshare --net is refused); run it as root or where user namespaces are allowed, or say --run-unfenced-code-from-the-network\n',
    });
    // what a former worker built and nobody asks for any more
    const left = join(site.folder, '.loopsmith', 'workers', 'open', 'hands', 'libraries', 'old.so');
    mkdirSync(dirname(left), { recursive: true });
    writeFileSync(left, 'code');
    const unfenced = site.start([...worker, '--run-unfenced-code-from-the-network'], environment);
    await unfenced.said('"ready":true');
    expect(existsSync(left)).to.equal(false);
    expect(unfenced.out()).to.match(/"text":"candidates run fenced: (?!.*no network)/);
    unfenced.process.kill('SIGTERM');
    expect((await unfenced.ended).code).to.equal(0);
  });

  it('go on when they are left, are come back to, and end when they are told to', async () => {
    const workers = stages.map((stage) => site.start(['worker', '--name', stage, '--stages', stage, '--brokers', brokers, ...device]));
    await Promise.all(workers.map(({ said }) => said('"ready":true')));
    const left = site.start([...tuning, '--brokers', brokers]);
    await left.warned('Progress (');
    left.process.kill('SIGINT');
    const { code, err } = await left.ended, job = /^Job ([0-9a-f]{16}); 5 workers, 1 device at /.exec(err)?.[1] ?? err;
    expect(code).to.equal(130);
    expect(err).to.contain(`Leaving; the job goes on. Come back with: loopsmith jobs watch ${job} --brokers ${brokers}\n`);
    expect((await run('jobs', 'list')).out).to.match(new RegExp(`^${job}  running    model  simulated:plain  1000 trials, \\d+ trials? so far  \\S+\n1 job, 5 workers: .*propose \\(propose\\)`));

    const watching = site.start(['jobs', 'watch', job, '--brokers', brokers]);
    await watching.warned('Progress (');
    expect(await run('jobs', 'cancel', job)).to.deep.equal({ code: 0, out: `Job ${job} ends after the candidates that are being measured.\n`, err: '' });
    const watched = await watching.ended;
    expect([watched.code, /Interrupted after \d+ trials/.test(watched.err)], watched.err).to.deep.equal([130, true]);
    const { job: listed, state, trials } = JSON.parse((await run('jobs', 'list', '--json')).out) as { readonly job: string; readonly state: string; readonly trials: number };
    expect([listed, state]).to.deep.equal([job, 'cancelled']);
    expect(trials).to.be.greaterThan(0).and.to.be.lessThan(1000);
    for (const command of ['watch', 'cancel']) expect(await run('jobs', command, 'f'.repeat(16))).to.deep.equal({ code: 3, out: '', err: `loopsmith: there is no job ${'f'.repeat(16)}; \`loopsmith jobs list\` has their ids\n` });

    for (const { process: worker } of workers) worker.kill('SIGTERM');
    expect((await Promise.all(workers.map(({ ended }) => ended))).map(({ code: left_ }) => left_)).to.deep.equal(stages.map(() => 0));
  });

  it('end with the name of the strategy that throws, after three tries', async () => {
    const broken = ['--plugin', repository('test', 'dist', 'faults', 'broken-strategy.module.js')];
    const worker = site.start(['worker', '--name', 'all', '--brokers', brokers, ...device, ...broken]);
    await worker.said('"ready":true');
    const { code, err } = await run('tune', 'model.onnx', ...device, ...broken, '--strategy', 'broken', '--trials', '12');
    expect(code).to.equal(3);
    expect(err).to.match(/\nloopsmith: propose failed 3 times on all: the search strategy "broken" threw an error in propose: points is not iterable\n$/);
    expect(worker.out()).to.match(/\(try 1 of 3\).*\n[^]*\(try 2 of 3\).*\n[^]*\(try 3 of 3\).*\n[^]*given up: propose failed 3 times on all/);
    worker.process.kill('SIGTERM');
    expect((await worker.ended).code).to.equal(0);
  });

  it('end when their strategy ends the process of every worker that runs them, and leave the worker to others', async () => {
    const ending = ['--plugin', repository('test', 'dist', 'faults', 'ending-strategy.module.js')];
    const hands = site.start(['worker', '--name', 'hands', '--stages', 'extract,build,measure,fit', '--brokers', brokers, ...device]);
    const owner = site.start(['worker', '--name', 'owner', '--stages', 'propose', '--supervise', '--brokers', brokers, ...device, ...ending]);
    await Promise.all([hands, owner].map(({ said }) => said('"ready":true')));
    const { code, err } = await run('tune', 'model.onnx', ...device, ...ending, '--strategy', 'ending', '--trials', '12');
    expect(code, owner.out()).to.equal(3);
    expect(err).to.match(/\nloopsmith: the process of the worker ended 3 times in the middle of this job \(owner, owner, owner\): by a plugin that ends it or crashes, or for lack of memory; /);
    expect(owner.out()).to.contain('something ended this process with 0 in the middle of its work: most likely a plugin that calls process.exit');
    const letters = (await readTopic(brokers, 'loopsmith.v1.dead-letters')).filter(({ attempts, topic }) => attempts === 3 && topic === 'extracted');
    expect(letters.map(({ reason }) => (reason as { code: string }).code)).to.deep.equal(['infrastructure', 'infrastructure']);
    // that of the strategy that throws, above, is one of the two
    const next = await run('tune', 'model.onnx', ...device, '--trials', '12');
    expect([next.code, /Records: /.test(next.out)], next.err).to.deep.equal([0, true]);
    for (const { process: worker } of [hands, owner]) worker.kill('SIGTERM');
    expect((await Promise.all([hands.ended, owner.ended])).map(({ code: left }) => left)).to.deep.equal([0, 0]);
  });

  it('are listed for a program of somebody\'s own, which goes on afterwards', async () => {
    const script = `const { nodeWorld, runCli } = await import(${JSON.stringify(new URL('../../../apps/cli/dist/index.js', import.meta.url).href)});
      console.log('code', await runCli(['jobs', 'list', '--brokers', ${JSON.stringify(brokers)}], nodeWorld(), '0'));
      await new Promise((resolve) => { setTimeout(resolve, 4000); });
      console.log('goes on');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: site.folder });
    expect(stdout).to.match(/\n\d jobs?, \d workers?.*\ncode 0\ngoes on\n$/);
  });

  it('have brokers whose configuration can be looked at first', async () => {
    const { code, out } = await site.start(['broker', '--nodes', '3', '--port', '19092', '--print-config']).ended;
    expect(code).to.equal(0);
    expect(out.match(/^# .*|^listeners=.*/gm)).to.deep.equal([1, 2, 3].flatMap((node) => [`# broker-${node}.properties`, `listeners=PLAINTEXT://127.0.0.1:${19_090 + 2 * node},CONTROLLER://127.0.0.1:${19_091 + 2 * node}`]));
  });

  it('have a broker that stops when it is asked to', async () => {
    broker.process.kill('SIGINT');
    const { code, out } = await broker.ended;
    expect([code, out.endsWith('Kafka has stopped.\n')]).to.deep.equal([0, true]);
  });
});
