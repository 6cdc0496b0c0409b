/** The longer networks for ROCm where there is no AMD GPU, and squeezenet1.1's kernels in waves of 64 under gcc's sanitizers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rocm, rocmOnCpu } from '@loopsmith/codegen-rocm';
import { onnx } from '@loopsmith/frontend-onnx';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks } from '@loopsmith/stages';
import { command, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { zooModel } from '@loopsmith/zoo';
import { expect } from 'chai';
import { checkTasks } from '../e2e/gpu-tasks.js';
import { runSanitizedKernel, sanitizers } from './gpu-sanitized.js';

describe('longer networks for ROCm', function () {
  this.timeout(1_800_000);
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-rocm-full-'));
  after(() => { rmSync(directory, { recursive: true }); });

  for (const name of ['resnet18', 'mobilenet_v2'] as const) {
    it(`builds every task of ${name} for three architectures without spills, and all answer right`, async function () {
      needs(this, command('clang-19'), command('ld.lld-19'));
      const checked = await checkTasks(rocm, ['gfx900', 'gfx90a', 'gfx1100'], name, directory);
      expect(checked.filter(({ resources, error }) => resources.length === 0 || resources.some(({ spilledBytes }) => spilledBytes > 0) || error > 1)).to.deep.equal([]);
    });
  }

  for (const [kind, flags] of Object.entries(sanitizers)) {
    it(`finds nothing in the kernels of squeezenet1.1 by the ${kind} sanitizer`, async () => {
      const target = unwrap(await rocm.resolve('gfx90a'));
      const network = unwrap(toNetwork(unwrap(onnx.import(zooModel('squeezenet1.1'), { name: 'squeezenet1.1', shapes: {}, values: {} })), { channelBlock: 1 }));
      for (const { task } of extractTasks(network, { target, threads: 1 })) {
        const space = rocm.space(task);
        runSanitizedKernel(rocm.emit(task, unwrap(rocm.lower(task, unwrap(space.schedule(space.untuned())))), 'kernel'), rocmOnCpu('gfx90a'), flags, directory);
      }
    });
  }
});
