/** Every command of docs/guides/run-on-a-cluster.md, run as it stands there but for the port, the job's id and a smaller budget: a real tuning run through a real broker. */
import { command, needs, repository } from '@loopsmith/testing';
import { freePorts } from '@loopsmith/transport-kafka/broker';
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { residualModel } from '../e2e/models.js';
import { Site, type Ended } from './cluster.js';

/** Lines of code that begin with the program's name, in order. */
const commands = (): readonly string[] => [...readFileSync(repository('docs', 'guides', 'run-on-a-cluster.md'), 'utf8').matchAll(/```\n([^]*?)```/g)].flatMap(([, block]) => block!.split('\n')).filter((line) => line.startsWith('npx loopsmith '));

describe('the guide to a cluster', () => {
  const site = new Site();
  after(() => site.remove());

  it('holds: each of its commands does what it says', async function () {
    needs(this, command('java'), command('mvn'), command('gcc'));
    writeFileSync(join(site.folder, 'model.onnx'), residualModel());
    const [port] = await freePorts(1);
    let job = '';
    const args = (line: string): readonly string[] => line.replaceAll('9092', String(port)).replace('--trials 200', '--trials 12').replace(' JOB ', ` ${job} `).split(' ').slice(2);
    const run = async (line: string): Promise<Ended> => site.start(args(line)).ended;
    const done = new Map<string, Ended>();
    for (const line of commands()) {
      const [name] = args(line);
      if (name === 'broker') await site.start(args(line)).said('Kafka is ready');
      else if (name === 'worker') await site.start(args(line)).said('"ready":true');
      else {
        const ended = await run(line);
        done.set(args(line).slice(0, 2).join(' '), ended);
        job = /^Job ([0-9a-f]{16})/m.exec(ended.err)?.[1] ?? job;
      }
    }
    const of = (name: string): Ended => done.get(name) ?? { code: 'not in the guide', out: '', err: '' };
    expect(of('tune model.onnx').code, of('tune model.onnx').err).to.equal(0);
    expect(of('tune model.onnx').err).to.match(/Finished 12 trials/);
    expect(of('compile model.onnx').code, of('compile model.onnx').err).to.equal(0);
    expect(of('jobs list').out).to.match(new RegExp(`^${job}  finished   model  x86-avx:`)).and.to.match(/1 job, 1 worker: /);
    expect(of('jobs watch').code).to.equal(0);
    expect(of('jobs watch').err).to.match(/Finished 12 trials/);
    expect(of('jobs cancel')).to.deep.include({ code: 3, err: `loopsmith: job ${job} has ended already (finished); there is nothing to cancel\n` });
    // the job has ended, so the same command has nothing to do but to say so
    const again = await run(commands().find((line) => line.includes(' tune '))!);
    expect([again.code, /was submitted before/.test(again.err)]).to.deep.equal([0, true]);
    // nobody measures with two threads here
    const refused = await run(`npx loopsmith tune model.onnx --brokers localhost:9092 --threads 2`);
    expect(refused.code).to.equal(3);
    expect(refused.err).to.match(/^loopsmith: no worker at localhost:\d+ measures for x86-avx:host with 2 threads, only for x86-avx:\S+ with 1 thread; start one with --target and --threads, or tune for what is there; nothing was submitted\n$/);
  });
});
