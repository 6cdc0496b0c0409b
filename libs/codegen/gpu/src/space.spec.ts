/** Every point a GPU space offers is a legal schedule whose threads do not race and that computes what the definition says; limits refuse before anything is built. */
import { expect } from 'chai';
import { build, evaluate, outputOf, printSchedule, toNumbers, verifyProgram, type Definition } from '@loopsmith/ir';
import { applySchedule, buildProgram, launchKernels } from '@loopsmith/lowering';
import { convolution, dense, largestDifference, maxPool, randomInputs, runProgram, softmax } from '@loopsmith/lowering/testing';
import { everyPoint, type GpuLimits, type Target, type Task } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { draftGpuPlan } from './draft.js';
import { lowerForGpu } from './lower.js';
import { gpuSpace } from './space.js';
import { taskFor } from './testing/index.js';

const limits: GpuLimits = { warp: 8, threadsPerBlock: 64, threads: [64, 64, 64], blocks: [65535, 65535, 65535], sharedBytes: 16 << 10, registersPerThread: 128, units: 4, lanesPerUnit: 32 };
const targetOf = (gpu: GpuLimits): Target => ({
  id: 'test:gpu', isa: 'gpu', vectorBytes: 16, registers: 128, fmaPerCycle: 1, fmaLatency: 4, loadsPerCycle: 1,
  caches: { l1: 16 << 10, l2: 512 << 10, l3: 512 << 10 }, clock: 1e9, bandwidths: { l2: 80e9, l3: 40e9, memory: 20e9 }, gpu,
});
const taskOf = (definition: Definition, lanes: number, gpu = limits): Task => taskFor(definition, targetOf(gpu), lanes);

/** A product over positions in one row, as pointwise convolutions of a network are. */
const pointwise = (channels: number, outputs: number, positions: number): Definition => {
  const X = build.input('X', 'f32', [channels, positions]), W = build.input('W', 'f32', [outputs, channels], 'compile');
  const [{ k, x }, points] = build.axesOf({ k: outputs, x: positions }), [{ c }, sums] = build.axesOf({ c: channels });
  const A = build.stage('A', 'f32', points, build.binary('multiply', build.load(X, c, x), build.load(W, k, c)), build.over('sum', sums, 'f32'));
  return { name: 'pointwise', inputs: [X, W], tables: [], stages: [A, build.stage('Y', 'f32', points, build.binary('max', build.load(A, k, x), build.literal(0)))] };
};

const cases: readonly { readonly name: string; readonly definition: Definition; readonly space: string; readonly lanes?: number; readonly together?: number; readonly staged?: boolean }[] = [
  { name: 'convolution 3x3', definition: convolution({ channels: 16, outputs: 8, size: 7, kernel: 3, pad: 1 }), space: 'gpu tile 4' },
  { name: 'convolution 3x3 in blocks of four', definition: convolution({ channels: 8, outputs: 8, size: 7, kernel: 3, pad: 1 }), space: 'gpu tile 4', lanes: 4 },
  { name: 'convolution 3x3 with stride 2', definition: convolution({ channels: 8, outputs: 6, size: 9, kernel: 3, pad: 1, stride: 2 }), space: 'gpu tile 4' },
  { name: 'convolution 1x1', definition: convolution({ channels: 32, outputs: 12, size: 5, kernel: 1 }), space: 'gpu tile 4' },
  { name: 'convolution 1x1 whose rows vectors divide', definition: convolution({ channels: 16, outputs: 8, size: 8, kernel: 1 }), space: 'gpu tile 4', together: 4 },
  { name: 'pointwise convolution through shared memory', definition: pointwise(16, 8, 27), space: 'gpu tile 4', staged: true },
  { name: 'pointwise convolution through shared memory whose rows vectors divide', definition: pointwise(16, 8, 24), space: 'gpu tile 4', staged: true, together: 4 },
  { name: 'convolution in groups', definition: convolution({ channels: 8, outputs: 8, size: 6, kernel: 3, pad: 1, groups: 2 }), space: 'gpu tile 4' },
  { name: 'depthwise convolution', definition: convolution({ channels: 8, outputs: 8, size: 7, kernel: 3, pad: 1, groups: 8 }), space: 'gpu tile 4' },
  { name: 'depthwise convolution in blocks of four', definition: convolution({ channels: 8, outputs: 8, size: 7, kernel: 3, pad: 1, groups: 8 }), space: 'gpu tile 4', lanes: 4 },
  { name: 'max pool', definition: maxPool(4, 9, 3, 2, 1), space: 'gpu tile 4' },
  { name: 'dense', definition: dense(1, 64, 10), space: 'gpu tile 4' },
  { name: 'dense over several rows', definition: dense(3, 16, 20), space: 'gpu tile 4' },
  { name: 'softmax', definition: softmax(3, 7), space: 'gpu generic 4' },
  { name: 'softmax over rows that vectors divide', definition: softmax(3, 8), space: 'gpu generic 4', together: 4 },
];

describe('GPU spaces', () => {
  it('refuse tensors that 32 bits do not address, and more of them than a launch hands over', () => {
    const sumOf = (count: number, extent: number): Definition => {
      const inputs = Array.from({ length: count }, (_, i) => build.input(`X${i}`, 'f32', [extent])), [{ i }, points] = build.axesOf({ i: extent });
      return { name: 'sum', inputs, tables: [], stages: [build.stage('Y', 'f32', points, inputs.map((X) => build.load(X, i)).reduce((a, b) => build.binary('add', a, b)))] };
    };
    const said = (definition: Definition): string => { const lowered = lowerForGpu(taskOf(definition, 1), []); return lowered.ok ? 'accepted' : lowered.failure.message; };
    expect(said(sumOf(1, 2 ** 31))).to.equal('X0 has 2147483648 elements; kernels of test:gpu address fewer than 2147483648, so compile a smaller batch');
    expect(said(sumOf(63, 4))).to.equal('accepted');
    expect(said(sumOf(64, 4))).to.equal('sum takes 65 tensors; kernels of test:gpu take at most 64, so split the operator that joins so many');
  });

  for (const { name, definition, space: id, lanes = 1, together, staged = false } of cases) {
    it(`offer legal schedules that keep the numbers of ${name}`, () => {
      const task = taskOf(definition, lanes), space = gpuSpace(task);
      expect(space.id).to.equal(id);
      const inputs = randomInputs(definition, 3);
      const expected = toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!);
      const points = [...everyPoint(space.choices)].filter((point) => space.draft(point).refused === null && (together === undefined || point['together'] === together) && (!staged || Number(point['staged']) > 0));
      expect(points, 'legal points').to.have.length.greaterThan(0);
      // odd, since the last choice has two values
      const step = Math.max(1, Math.ceil(points.length / 8)) | 1;
      for (let i = 0; i < points.length; i += step) {
        const schedule = unwrap(space.schedule(points[i]!)), text = printSchedule(schedule);
        const plan = unwrap(applySchedule(definition, task.layouts, schedule));
        const program = unwrap(launchKernels(unwrap(buildProgram(plan)), limits));
        expect(verifyProgram(program).map(({ message }) => message), text).to.deep.equal([]);
        expect(largestDifference(runProgram(plan, program, inputs), expected), text).to.be.lessThan(1e-5);
        const { program: expanded } = unwrap(lowerForGpu(task, schedule));
        expect(largestDifference(runProgram(plan, expanded, inputs), expected), text).to.be.lessThan(1e-5);
      }
    });
  }

  it('draft a point as its schedule alone is drafted, whichever point was asked for before', () => {
    for (const { name, definition, lanes = 1 } of cases.filter(({ staged, together }) => staged || together !== undefined)) {
      const task = taskOf(definition, lanes), points = [...everyPoint(gpuSpace(task).choices)].filter((_, i) => i % 3 !== 1);
      const drafted = (order: typeof points): ReadonlyMap<string, number> => {
        const space = gpuSpace(task);
        return new Map(order.map((point) => [JSON.stringify(point), space.draft(point).milliseconds]));
      };
      const forwards = drafted(points), backwards = drafted(points.toReversed());
      let legal = 0;
      for (const point of points) {
        const text = JSON.stringify(point), milliseconds = forwards.get(text)!;
        expect(backwards.get(text), `${name} ${text}`).to.equal(milliseconds);
        const schedule = Number.isFinite(milliseconds) ? gpuSpace(task).schedule(point) : null;
        if (!schedule?.ok || legal++ % 7 !== 0) continue;
        expect(draftGpuPlan(unwrap(applySchedule(definition, task.layouts, schedule.value)), task.target).milliseconds, `${name} ${text}`).to.equal(milliseconds);
      }
      expect(legal, name).to.be.greaterThan(0);
    }
  });
});
