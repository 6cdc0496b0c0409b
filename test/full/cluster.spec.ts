/** resnet18 tuned through a real broker by two workers that build and measure on this machine: its library gives the answers that ONNX Runtime gave. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeZooCase } from '../e2e/zoo-case.js';
import { Site } from '../faults/cluster.js';

describe('resnet18 on a cluster', () => {
  const site = new Site();
  after(() => site.remove());

  it('is tuned by two workers, and its library answers right', async function () {
    needs(this, command('java'), command('mvn'), command('gcc'));
    this.timeout(1_800_000);
    await site.startKafka();
    const path = (...parts: readonly string[]): string => join(site.folder, ...parts);
    writeZooCase({
      path,
      write: (name, content) => {
        mkdirSync(dirname(path(name)), { recursive: true });
        writeFileSync(path(name), content);
      },
    }, 'resnet18');
    const workers = ['one', 'two'].map((name) => site.start(['worker', '--name', name, '--brokers', site.brokers]));
    await Promise.all(workers.map(({ said }) => said('"ready":true')));
    const tuned = await site.start(['tune', 'resnet18.onnx', '--trials', '120', '--brokers', site.brokers]).ended;
    expect(tuned.code, tuned.err).to.equal(0);
    // tasks that take over another's schedules may find fewer of them than were set aside
    expect(tuned.err).to.match(/Finished 1[012]\d trials/);
    const compiled = await site.start(['compile', 'resnet18.onnx', '-o', 'library']).ended;
    expect(compiled.code, compiled.err).to.equal(0);
    const verified = await site.start(['verify', 'library', 'resnet18-case']).ended;
    expect(verified.code, verified.out + verified.err).to.equal(0);
    // and leave when they are asked to
    for (const worker of workers) {
      worker.process.kill('SIGTERM');
      expect((await worker.ended).code).to.equal(0);
    }
  });
});
