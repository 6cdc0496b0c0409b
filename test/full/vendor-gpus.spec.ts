/** The longer networks for CUDA and ROCm where there is no such GPU, and squeezenet1.1's kernels, in warps of 32 and waves of 64, under gcc's sanitizers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnx } from '@loopsmith/frontend-onnx';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks, networkOptions } from '@loopsmith/stages';
import { needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { zooModel } from '@loopsmith/zoo';
import { expect } from 'chai';
import { checkTasks, isFaulty } from '../e2e/gpu-tasks.js';
import { vendorGpus } from '../e2e/vendor-gpu-cases.js';
import { runSanitizedKernel, sanitizers } from './gpu-sanitized.js';

for (const { name: vendor, plugin, compile, onCpu, compilers, isas, isa } of vendorGpus) describe(`longer networks for ${vendor}`, function () {
  this.timeout(1_800_000);
  const directory = mkdtempSync(join(tmpdir(), `loopsmith-${plugin.id}-full-`));
  after(() => { rmSync(directory, { recursive: true }); });

  for (const name of ['resnet18', 'mobilenet_v2'] as const) {
    it(`builds every task of ${name} for three architectures without spills that count, and all answer right`, async function () {
      needs(this, ...compilers);
      const checked = await checkTasks(plugin, compile, isas, name, directory);
      expect(checked.filter(isFaulty)).to.deep.equal([]);
    });
  }

  for (const [kind, flags] of Object.entries(sanitizers)) {
    it(`finds nothing in the kernels of squeezenet1.1 by the ${kind} sanitizer`, async () => {
      const target = unwrap(await plugin.resolve(isa));
      const network = unwrap(toNetwork(unwrap(onnx.import(zooModel('squeezenet1.1'), { name: 'squeezenet1.1', shapes: {}, values: {} })), networkOptions(plugin, target)));
      for (const { task } of extractTasks(network, { target, threads: 1 })) {
        const space = plugin.space(task);
        runSanitizedKernel(plugin.emit(task, unwrap(plugin.lower(task, unwrap(space.schedule(space.untuned())))), 'kernel'), onCpu, flags, directory);
      }
    });
  }
});
