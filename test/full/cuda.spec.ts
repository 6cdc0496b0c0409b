/** The longer networks for CUDA where there is no NVIDIA GPU, and squeezenet1.1's kernels under gcc's sanitizers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cuda, cudaOnCpu, nvrtcLibraries } from '@loopsmith/codegen-cuda';
import { onnx } from '@loopsmith/frontend-onnx';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks } from '@loopsmith/stages';
import { file, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { zooModel } from '@loopsmith/zoo';
import { expect } from 'chai';
import { checkTasks } from '../e2e/gpu-tasks.js';
import { runSanitizedKernel, sanitizers } from './gpu-sanitized.js';

describe('longer networks for CUDA', function () {
  this.timeout(1_800_000);
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-cuda-full-'));
  after(() => { rmSync(directory, { recursive: true }); });

  for (const name of ['resnet18', 'mobilenet_v2'] as const) {
    it(`builds every task of ${name} for three architectures without spills, and all answer right`, async function () {
      needs(this, file(nvrtcLibraries()[0]!));
      const checked = await checkTasks(cuda, ['sm_61', 'sm_80', 'sm_90'], name, directory);
      expect(checked.filter(({ resources, error }) => resources.length === 0 || resources.some(({ spilledBytes }) => spilledBytes > 0) || error > 1)).to.deep.equal([]);
    });
  }

  for (const [kind, flags] of Object.entries(sanitizers)) {
    it(`finds nothing in the kernels of squeezenet1.1 by the ${kind} sanitizer`, async () => {
      const target = unwrap(await cuda.resolve('sm_80'));
      const network = unwrap(toNetwork(unwrap(onnx.import(zooModel('squeezenet1.1'), { name: 'squeezenet1.1', shapes: {}, values: {} })), { channelBlock: 1 }));
      for (const { task } of extractTasks(network, { target, threads: 1 })) {
        const space = cuda.space(task);
        runSanitizedKernel(cuda.emit(task, unwrap(cuda.lower(task, unwrap(space.schedule(space.untuned())))), 'kernel'), cudaOnCpu, flags, directory);
      }
    });
  }
});
