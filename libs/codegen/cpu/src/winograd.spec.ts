/** Every Winograd point of a space is a legal schedule that computes what the definition says; where the algorithm is offered, and where not. */
import { expect } from 'chai';
import { blockedLayout, evaluate, flopsOf, outputOf, parseDefinition, printSchedule, shapeOf, toNumbers, verifyProgram, type Definition } from '@loopsmith/ir';
import { applySchedule, buildProgram, defaultBudget, expand } from '@loopsmith/lowering';
import { convolution, largestDifference, randomInputs, runProgram } from '@loopsmith/lowering/testing';
import { everyPoint, type Point, type Space, type Target, type Task } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { cpuSpace } from './space.js';
import { leastOfWinograd } from './winograd.js';

const target: Target = {
  id: 'test:four', isa: 'four', vectorBytes: 16, registers: 16, fmaPerCycle: 2, fmaLatency: 4, loadsPerCycle: 2,
  caches: { l1: 32 << 10, l2: 512 << 10, l3: 16 << 20 }, clock: 3e9, bandwidths: { l2: 80e9, l3: 40e9, memory: 20e9 },
};

/** Channels blocked by four. */
const taskOf = (definition: Definition, change: Partial<Task> = {}): Task => {
  const axis = shapeOf(outputOf(definition)).length - 3;
  const run = [...definition.inputs.filter(({ when }) => when === 'run').map(({ name, shape }) => [name, shape] as const), [outputOf(definition).name, shapeOf(outputOf(definition))] as const];
  return {
    key: 'task', workload: '', label: definition.name, definition, inPlace: null, target, threads: 1, flops: flopsOf(definition),
    layouts: Object.fromEntries(run.map(([name, shape]) => [name, blockedLayout(shape, axis, 4)])), ...change,
  };
};
const algorithms = (space: Space): readonly (string | number)[] => space.choices.find(({ name }) => name === 'algorithm')?.values ?? [];
const winogradPoints = (space: Space): readonly Point[] =>
  [...everyPoint(space.choices)].filter((point) => String(point['algorithm']).startsWith('winograd') && space.draft(point).refused === null);

/** Two pictures of 9x11 with a prologue, in the form that graph passes make. */
const batched = unwrap(parseDefinition(`tensor batched(i0: f32[2,8,9,11], i1: f32[8,8,3,3] compile, i2: f32[8] compile)
  s0[a0<2, a1<8, a2<11, a3<13] = select a2-1 >= 0 & -a2+9 >= 0 & a3-1 >= 0 & -a3+11 >= 0 then max(i0[a0, a1, a2-1, a3-1], 0) else 0
  s1[a0<2, a1<8, a2<9, a3<11] = sum[a4<8, a5<3, a6<3] s0[a0, a4, a2+a5, a3+a6] * i1[a1, a4, a5, a6]
  s2[a0<2, a1<8, a2<9, a3<11] = max(s1[a0, a1, a2, a3] + i2[a1], 0)
`));
const cases: readonly { readonly name: string; readonly task: Task }[] = [
  { name: 'a picture of whole tiles', task: taskOf(convolution({ channels: 4, outputs: 16, size: 8, kernel: 3, pad: 1 })) },
  { name: 'a picture of 9x9 without padding', task: taskOf(convolution({ channels: 4, outputs: 8, size: 11, kernel: 3 })) },
  { name: 'a batch of 9x11 on two threads', task: taskOf(batched, { threads: 2 }) },
];

describe('Winograd on a CPU', () => {
  for (const { name, task } of cases) {
    it(`keeps the numbers of ${name}`, () => {
      const space = cpuSpace(task), { definition } = task;
      const inputs = randomInputs(definition, 3);
      const expected = toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!);
      const points = winogradPoints(space), step = Math.max(1, Math.floor(points.length / 4));
      expect(points, 'legal points').to.have.length.greaterThan(0);
      expect(space.draft(space.untuned()).milliseconds, 'the draft of the untuned point').to.be.at.most(Math.min(...points.map((point) => space.draft(point).milliseconds)));
      for (let i = 0; i < points.length; i += step) {
        const schedule = unwrap(space.schedule(points[i]!)), text = printSchedule(schedule);
        const plan = unwrap(applySchedule(definition, task.layouts, schedule)), program = unwrap(buildProgram(plan));
        expect(verifyProgram(program).map(({ message }) => message), text).to.deep.equal([]);
        expect(largestDifference(runProgram(plan, program, inputs), expected), text).to.be.lessThan(1e-5);
        const tables = new Map(plan.definition.tables.map((table) => [table.name, table.values]));
        const expanded = unwrap(expand(program, { lanes: () => 4, budget: defaultBudget, tables }));
        expect(expanded.buffers.map((buffer) => buffer.name)).to.not.include.members(['BT']);
        expect(largestDifference(runProgram(plan, expanded, inputs), expected), text).to.be.lessThan(1e-5);
      }
    });
  }

  it('is offered in blocks of tiles, shared by outputs where there are few blocks', () => {
    expect(algorithms(cpuSpace(taskOf(convolution({ channels: 4, outputs: 8, size: 14, kernel: 3, pad: 1 }), { threads: 2 })))).to.deep.equal([
      'direct', 'winograd 2 by 49 in 2', 'winograd 2 by 25 in 1', 'winograd 2 by 25 in 2', 'winograd 2 by 13 in 1', 'winograd 2 by 13 in 2', 'winograd 2 by 9 in 1', 'winograd 2 by 9 in 2',
      'winograd 4 by 16 in 2', 'winograd 4 by 8 in 1', 'winograd 4 by 8 in 2',
    ]);
  });

  it('is not offered at 7x7, for stride 2, for channels that fill no vector, to an exact task', () => {
    const shapes = [{ size: 7, pad: 1 }, { size: 15, pad: 1, stride: 2 }, { size: 14, pad: 1, channels: 6 }, { size: 14, pad: 1, outputs: 6 }];
    for (const shape of shapes) expect(algorithms(cpuSpace(taskOf(convolution({ channels: 8, outputs: 8, kernel: 3, ...shape })))), JSON.stringify(shape)).to.deep.equal([]);
    expect(algorithms(cpuSpace(taskOf(convolution({ channels: 8, outputs: 8, size: 14, kernel: 3, pad: 1 }), { exact: true })))).to.deep.equal([]);
  });

  it('refuses what is no use before any step is applied', () => {
    const space = cpuSpace(taskOf(convolution({ channels: 8, outputs: 32, size: 14, kernel: 3, pad: 1 })));
    const refusal = (change: Point): string | null => space.draft({ algorithm: 'winograd 4 by 8 in 1', vectors: 2, pixels: 5, rows: 1, outer: 'outputs', ...change }).refused;
    expect(refusal({})).to.equal(null);
    expect(refusal({ outer: 'rows' })).to.equal('outer is nothing that winograd has; it stays outputs');
    expect(refusal({ vectors: 3, pixels: 3 })).to.equal('8 vectors of outputs are not whole tiles of 3 in 1 parts');
    expect(refusal({ vectors: 1, pixels: 14 })).to.equal('a tile of 14 in a block of 8');
    expect(refusal({ vectors: 1, pixels: 8 })).to.equal('9 loads for 8 multiply-adds');
    expect(refusal({ vectors: 2, pixels: 2 })).to.equal('4 sums at a time, where 8 hide the latency of a multiply-add');
  });

  it('has a tile of one vector for all tiles of a picture, which reads each weight once', () => {
    const task = taskOf(convolution({ channels: 8, outputs: 32, size: 12, kernel: 3, pad: 1 })), space = cpuSpace(task), { definition } = task;
    expect(space.choices.find(({ name }) => name === 'pixels')!.values, 'nine tiles of 4x4 outputs').to.include(9);
    const point: Point = { algorithm: 'winograd 4 by 9 in 1', vectors: 1, pixels: 9, rows: 1, outer: 'outputs' };
    expect(space.draft(point).refused).to.equal(null);
    expect(space.draft({ ...point, algorithm: 'direct' }).refused).to.equal('9 are tiles of a whole block, which direct convolution has none of');
    const schedule = unwrap(space.schedule(point)), plan = unwrap(applySchedule(definition, task.layouts, schedule)), inputs = randomInputs(definition, 3);
    expect(printSchedule(schedule)).to.contain('split M.t by 9 into to tu').and.to.contain('layout U [k/4 a b c k%4]');
    expect(largestDifference(runProgram(plan, unwrap(buildProgram(plan)), inputs), toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!))).to.be.lessThan(1e-5);
  });

  it('makes the products of all outputs place by place where data leaves L2, and only there', () => {
    const of = (l2: number): Task => taskOf(convolution({ channels: 40, outputs: 40, size: 8, kernel: 3, pad: 1 }), { target: { ...target, caches: { ...target.caches, l2 } } });
    const task = of(16 << 10), { definition } = task, inputs = randomInputs(definition, 3);
    const point: Point = { algorithm: 'winograd 4 by 4 in 1', vectors: 2, pixels: 4, rows: 1, outer: 'outputs', sums: 'one' };
    expect(cpuSpace(task).draft(point).refused).to.equal(null);
    const schedule = unwrap(cpuSpace(task).schedule(point)), plan = unwrap(applySchedule(definition, task.layouts, schedule)), program = unwrap(buildProgram(plan));
    expect(printSchedule(schedule)).to.contain('reorder M a b kg to').and.to.contain('layout U [a b k/8 c k%8]');
    expect(verifyProgram(program).map(({ message }) => message)).to.deep.equal([]);
    expect(largestDifference(runProgram(plan, program, inputs), toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!))).to.be.lessThan(1e-4);
    expect(printSchedule(unwrap(cpuSpace(of(512 << 10)).schedule(point)))).to.contain('reorder M a b to').and.to.contain('layout U [k/8 a b c k%8]');
  });

  it('refuses scratch far beyond the L2 cache, and drafts the rest ahead of direct', () => {
    const task = taskOf(convolution({ channels: 256, outputs: 256, size: 28, kernel: 3, pad: 1 })), space = cpuSpace(task);
    const rest = { pixels: 4, rows: 1, outer: 'outputs', sums: 'one' };
    expect(space.draft({ ...rest, algorithm: 'winograd 4 by 49 in 1', vectors: 2 }).refused).to.equal('2083 KB of scratch in an L2 of 512 KB');
    const [fused, direct] = ['winograd 4 by 17 in 1', 'direct'].map((algorithm) => space.draft({ ...rest, algorithm, vectors: 2 }));
    expect(fused!.milliseconds / direct!.milliseconds).to.be.within(0.2, 0.6);
  });

  it('has few points whose bound is under the cheapest draft', () => {
    for (const threads of [1, 2]) {
      const definition = convolution({ channels: 128, outputs: 128, size: 58, kernel: 3 });
      const wide: Target = { ...target, vectorBytes: 64, registers: 32, caches: { l1: 48 << 10, l2: 2 << 20, l3: 32 << 20 } };
      const layouts = Object.fromEntries(definition.inputs.flatMap(({ name, shape, when }) => (when === 'run' ? [[name, blockedLayout(shape, 0, 16)]] : [])));
      const output = outputOf(definition), task = taskOf(definition, { target: wide, threads, layouts: { ...layouts, [output.name]: blockedLayout(shapeOf(output), 0, 16) } });
      const space = cpuSpace(task), points = winogradPoints(space), best = space.draft(space.untuned()).milliseconds;
      expect(points.filter((point) => leastOfWinograd(task, point) <= best).length / points.length, `threads: ${threads}`).to.be.within(0, 0.15);
    }
  });
});
