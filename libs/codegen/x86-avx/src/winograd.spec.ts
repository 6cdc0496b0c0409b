/** Winograd on this machine's own device: the transformed weights arrive, answers are right within the algorithm's tolerance, and the error is told. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blockedLayout, flopsOf, outputOf, printSchedule, shapeOf } from '@loopsmith/ir';
import { convolution } from '@loopsmith/lowering/testing';
import { command, cpu, needs } from '@loopsmith/testing';
import type { Artifact, Task } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { x86Avx } from './plugin.js';

describe('Winograd on this device', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-winograd-'));
  after(() => { rmSync(directory, { recursive: true }); });

  it('gives right answers, farther from the reference the larger the tile', async function () {
    needs(this, command('gcc'), cpu('avx2'), cpu('fma'));
    const target = unwrap(await x86Avx.resolve('avx2'));
    const definition = convolution({ channels: 64, outputs: 32, size: 13, kernel: 3, pad: 1 }), output = outputOf(definition);
    const task: Task = {
      key: 'task', workload: '', label: 'conv2d 3x3', definition, inPlace: null, target, threads: 2, flops: flopsOf(definition),
      layouts: Object.fromEntries(['X', 'R', output.name].map((name) => [name, blockedLayout(definition.inputs.find((input) => input.name === name)?.shape ?? shapeOf(output), 0, 8)])),
    };
    const space = x86Avx.space(task);
    const batch = ['direct', 'winograd 2 by 9 in 2', 'winograd 4 by 16 in 2', 'winograd 4 by 8 in 1'].map((algorithm, i) => {
      const point = { algorithm, vectors: 2, pixels: 5, rows: 1, outer: 'outputs', sums: 'one' };
      return { id: `c${i}`, task: task.key, point, schedule: unwrap(space.schedule(point)) };
    });
    expect(printSchedule(batch[2]!.schedule)).to.match(/^algorithm winograd 4; inline P; /);
    const builder = unwrap(await x86Avx.builder(target, directory));
    const artifacts: readonly Artifact[] = (await builder.build(task, batch)).map(unwrap);
    const device = unwrap(await x86Avx.device(target, { threads: 2, directory, seed: 1 }));
    try {
      const bench = unwrap(await device.prepare(task));
      const errors = (await bench.compare(artifacts, 3)).map(({ outcome }) => unwrap(outcome).error);
      await bench.close();
      const [direct, small, large, other] = errors as [number, number, number, number];
      expect(direct).to.be.within(1e-4, 0.2);
      expect(small).to.be.within(1e-4, 0.2);
      // of a tolerance four times as wide
      expect(large).to.be.within(direct, 0.5);
      expect(other).to.be.within(direct, 0.5);
    } finally {
      await device.close();
    }
  });
});
