/** What the draft model makes of a target's properties. Its figures rank; none is a promise. */
import { expect } from 'chai';
import { blockedLayout, flopsOf, outputOf, parseDefinition, plainLayout, printSchedule, shapeOf, type Definition } from '@loopsmith/ir';
import { convolution } from '@loopsmith/lowering/testing';
import type { Target, Task } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { cpuSpace } from './space.js';

const target: Target = {
  id: 'test:four', isa: 'four', vectorBytes: 16, registers: 16, fmaPerCycle: 2, fmaLatency: 4, loadsPerCycle: 2,
  caches: { l1: 32 << 10, l2: 512 << 10, l3: 16 << 20 }, clock: 3e9, bandwidths: { l2: 80e9, l3: 40e9, memory: 20e9 },
};
const taskOf = (definition: Definition, on: Target): Task => {
  const tensors = [...definition.inputs.filter(({ when }) => when === 'run'), outputOf(definition)];
  const layouts = Object.fromEntries(tensors.map((tensor) => [tensor.name, blockedLayout(shapeOf(tensor), 0, 4)]));
  return { key: 'task', workload: '', label: definition.name, definition, layouts, inPlace: null, target: on, threads: 1, flops: flopsOf(definition) };
};

describe('the draft model', () => {
  it('loads a vector again for each of two products, where they take operands from memory', () => {
    const loadsPerProduct = (on: Target, pixels: number): number => {
      const space = cpuSpace(taskOf(convolution({ channels: 8, outputs: 8, size: 12, kernel: 1 }), on));
      const point = { ...space.untuned(), vectors: 2, rows: 1, pixels };
      return 2 ** space.draft(point).features[space.featureNames!.indexOf('loadsPerMultiplyAdd')]! - 1;
    };
    // of 2 pixels by 2 vectors: two weights and two data for four products, or a weight for each
    expect(loadsPerProduct(target, 2)).to.be.closeTo(4 / 4, 1e-9);
    expect(loadsPerProduct({ ...target, memoryOperands: true }, 2)).to.be.closeTo(6 / 4, 1e-9);
    // a vector that three products want is kept
    expect(loadsPerProduct({ ...target, memoryOperands: true }, 3)).to.be.closeTo(5 / 6, 1e-9);
  });

  it('counts the way of partial sums through L2 where they fill more than half of L1', () => {
    const overheadOf = (l1: number, sums: string): number => {
      const on = { ...target, caches: { ...target.caches, l1 } }, space = cpuSpace(taskOf(convolution({ channels: 64, outputs: 8, size: 12, kernel: 1 }), on));
      const draft = space.draft({ ...space.untuned(), vectors: 2, rows: 1, pixels: 4, outer: 'outputs', sums });
      expect(draft.refused).to.equal(null);
      return 2 ** draft.features[space.featureNames!.indexOf('overheadCycles')]! - 1;
    };
    // a band of all 12x12 pixels by two vectors of 16 bytes
    const scratch = 12 * 12 * 2 * 16, vectorsOfAllParts = 2 * 12 * 12 * 2;
    expect(overheadOf(2 * scratch - 2, '32 by 12') - overheadOf(2 * scratch, '32 by 12')).to.be.closeTo(4 * vectorsOfAllParts, 1e-6);
    expect(overheadOf(2 * scratch - 2, 'one')).to.equal(overheadOf(2 * scratch, 'one'));
  });

  it('takes elements that lie two apart for two loads and a merge, so that they are computed in vectors', () => {
    const definition = unwrap(parseDefinition(`tensor halved(X: f32[3,32,64])
  Y[c<3, y<16, x<32] = max(max(X[c, 2*y, 2*x], X[c, 2*y, 2*x+1]), max(X[c, 2*y+1, 2*x], X[c, 2*y+1, 2*x+1]))
`));
    const on = { ...target, vectorBytes: 64 }, layouts = { X: plainLayout([3, 32, 64]), Y: plainLayout([3, 16, 32]) }, space = cpuSpace({ ...taskOf(definition, on), layouts });
    expect(printSchedule(unwrap(space.schedule(space.untuned())))).to.match(/vectorize Y\.\w+/);
  });
});
