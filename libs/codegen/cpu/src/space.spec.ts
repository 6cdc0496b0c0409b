/** Every point a space offers is a legal schedule that computes what the definition says; drafts rank and refuse with a reason. */
import { expect } from 'chai';
import { blockedLayout, evaluate, flopsOf, outputOf, parseDefinition, plainLayout, printSchedule, shapeOf, toNumbers, unpack, type Attribute, type Definition, type Layout, type TensorType } from '@loopsmith/ir';
import { interpret } from '@loopsmith/ir/testing';
import { applySchedule, buildProgram, operatorOf } from '@loopsmith/lowering';
import { convolution, dense, largestDifference, maxPool, randomInputs, runProgram, softmax } from '@loopsmith/lowering/testing';
import { openPoints, structureOf } from '@loopsmith/codegen-spaces';
import { everyPoint, type Target, type Task } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { leastOfTile } from './contraction-bound.js';
import { draftPlan } from './draft.js';
import { cpuSpace, tileOffer } from './space.js';
import { tileOutlines } from './tile-outline.js';
import { blockingOf, leastOfWinograd } from './winograd.js';

const target: Target = {
  id: 'test:four', isa: 'four', vectorBytes: 16, registers: 16, fmaPerCycle: 2, fmaLatency: 4, loadsPerCycle: 2,
  caches: { l1: 32 << 10, l2: 512 << 10, l3: 16 << 20 }, clock: 3e9, bandwidths: { l2: 80e9, l3: 40e9, memory: 20e9 },
};

/** A task whose run-time tensors are blocked by four along axis 0 where that divides, else row-major. */
const taskOf = (definition: Definition, threads = 1): Task => {
  const layoutOf = (shape: readonly number[], axis: number): Layout => (shape[axis]! % 4 === 0 && shape.length > 2 ? blockedLayout(shape, axis, 4) : plainLayout(shape));
  const layouts = Object.fromEntries([
    ...definition.inputs.filter(({ when }) => when === 'run').map(({ name, shape }) => [name, layoutOf(shape, 0)] as const),
    [outputOf(definition).name, layoutOf(shapeOf(outputOf(definition)), 0)] as const,
  ]);
  return { key: 'task', workload: '', label: definition.name, definition, layouts, inPlace: null, target, threads, flops: flopsOf(definition) };
};

/** A convolution of 8 channels after a formula, in the forms that graph passes make: padding holds it, or a stage of its own. */
const afterFormula = (pad: boolean, batch = 1): Definition => unwrap(parseDefinition(pad
  ? `tensor padded(i0: f32[8,7,7], i1: f32[8] compile, i2: f32[12,8,3,3] compile)
  s0[a0<8, a1<9, a2<9] = select a1-1 >= 0 & -a1+7 >= 0 & a2-1 >= 0 & -a2+7 >= 0 then max(i0[a0, a1-1, a2-1] * i1[a0] + 1, 0) else 0
  s1[a0<12, a1<7, a2<7] = sum[a3<8, a4<3, a5<3] s0[a3, a1+a4, a2+a5] * i2[a0, a3, a4, a5]
  s2[a0<12, a1<7, a2<7] = max(s1[a0, a1, a2], 0)
`
  : `tensor plain(i0: f32[8,${batch},30], i1: f32[8] compile, i2: f32[40,8] compile)
  s0[a0<8, a1<${batch}, a2<30] = max(i0[a0, a1, a2] * i1[a0] + 1, 0)
  s1[a0<40, a1<${batch}, a2<30] = sum[a3<8] s0[a3, a1, a2] * i2[a0, a3]
  s2[a0<40, a1<${batch}, a2<30] = max(s1[a0, a1, a2], 0)
`));

/** A 1x1 convolution as graph passes make it: pixels are one axis. */
const flatConvolution = (channels: number): Definition => unwrap(parseDefinition(`tensor flat(i0: f32[${channels},1,30], i1: f32[40,${channels}] compile)
  s0[a0<40, a1<1, a2<30] = sum[a3<${channels}] i0[a3, a1, a2] * i1[a0, a3]
  s1[a0<40, a1<1, a2<30] = max(s0[a0, a1, a2], 0)
`));

/** The same after a formula that reads less than it makes: bytes, or one number for all pixels. */
const afterNarrow = (data: string): Definition => unwrap(parseDefinition(`tensor narrow(${data}, i1: f32[8] compile, i2: f32[40,8] compile)
  s0[a0<8, a1<1, a2<30] = max(${data.startsWith('i0: u8') ? 'f32(i0[a0, a1, a2])' : 'i0[a0]'} * i1[a0] + 1, 0)
  s1[a0<40, a1<1, a2<30] = sum[a3<8] s0[a3, a1, a2] * i2[a0, a3]
  s2[a0<40, a1<1, a2<30] = max(s1[a0, a1, a2], 0)
`));

const meanOfRows = unwrap(parseDefinition('tensor mean(X: f32[6,19])\n  S[i<6] = sum[j<19] X[i, j]\n  Y[i<6] = S[i] / 19\n'));

const meanOfPlanes = unwrap(parseDefinition('tensor mean(X: f32[6,5,19])\n  S[i<6] = sum[y<5, x<19] X[i, y, x]\n  Y[i<6] = S[i] / 95\n'));
/** Sums whose results lie together: pairs of a row. */
const pairsOfRows = unwrap(parseDefinition('tensor pairs(X: f32[3,30])\n  S[b<3, i<30] = sum[j<30] max(X[b, j] - X[b, i], 0)\n  Y[b<3, i<30] = max[j<4] S[b, i] * X[b, j]\n'));
const meanOfAll = unwrap(parseDefinition('tensor mean(X: f32[82,60])\n  S[] = sum[i<82, j<60] X[i, j]\n  Y[] = S[] / 4920\n'));
const largestOfAll = unwrap(parseDefinition('tensor most(X: f32[82,60])\n  Y[a<1, b<1] = max[i<82, j<60] X[i, j]\n'));
/** Written along another axis than it is read along: rows of a matrix, and rows into blocks of channels, both with a rest. */
const elementsApart = (step: number): Definition => unwrap(parseDefinition(`tensor apart(X: f32[13,${step}])\n  Y[c<${step}, p<13] = X[p, c] * 2\n`));
const turnedMatrix = unwrap(parseDefinition('tensor turned(X: f32[9,22], R: f32[9])\n  Y[i<22, j<9] = X[j, i] * 2 + R[j]\n'));
const rowsIntoBlocks = unwrap(parseDefinition('tensor blocks(X: f32[1,8,3,7])\n  Y[c<8, y<3, x<7] = X[0, c, y, x] + 1\n'));

/** What an operator means of operands by their types. */
const operation = (operator: string, attributes: Readonly<Record<string, Attribute>>, ...operands: readonly TensorType[]): Definition => {
  const node = { name: 'n', operator, inputs: operands.map((_, i) => `x${i}`), outputs: ['y'], attributes };
  return unwrap(operatorOf(node).define(node, operands));
};
const floats = (...shape: readonly number[]): TensorType => ({ dtype: 'f32', shape }), wholes = (...shape: readonly number[]): TensorType => ({ dtype: 'i32', shape });

const cases: readonly { readonly name: string; readonly definition: Definition; readonly space: string }[] = [
  { name: 'convolution 3x3', definition: convolution({ channels: 8, outputs: 16, size: 7, kernel: 3, pad: 1 }), space: 'tile 1' },
  { name: 'convolution 3x3 with stride 2', definition: convolution({ channels: 8, outputs: 8, size: 9, kernel: 3, pad: 1, stride: 2 }), space: 'tile 1' },
  { name: 'convolution 1x1', definition: convolution({ channels: 8, outputs: 12, size: 6, kernel: 1 }), space: 'tile 1' },
  { name: 'convolution of three channels', definition: convolution({ channels: 3, outputs: 8, size: 9, kernel: 3, pad: 1, stride: 2 }), space: 'tile 1' },
  { name: 'convolution with as many outputs as fill no vector', definition: convolution({ channels: 4, outputs: 6, size: 5, kernel: 3, pad: 1 }), space: 'tile 1' },
  { name: 'depthwise convolution', definition: convolution({ channels: 8, outputs: 8, size: 7, kernel: 3, pad: 1, groups: 8 }), space: 'tile 1' },
  { name: 'partial sums over blocks of channels', definition: convolution({ channels: 64, outputs: 8, size: 7, kernel: 1 }), space: 'tile 1' },
  { name: 'max pool', definition: maxPool(8, 9, 3, 2, 1), space: 'tile 1' },
  { name: 'a 1x1 convolution in one axis of pixels', definition: flatConvolution(4), space: 'tile 1' },
  { name: 'dense', definition: dense(1, 16, 10), space: 'tile 1' },
  { name: 'dense over several rows', definition: dense(3, 16, 20), space: 'tile 1' },
  { name: 'a 3x3 convolution after a formula', definition: afterFormula(true), space: 'tile 1' },
  { name: 'a 1x1 convolution after a formula', definition: afterFormula(false), space: 'tile 1' },
  { name: 'a batch of 1x1 convolutions after a formula', definition: afterFormula(false, 3), space: 'tile 1' },
  { name: 'a 1x1 convolution after a formula of bytes', definition: afterNarrow('i0: u8[8,1,30]'), space: 'tile 1' },
  { name: 'a 1x1 convolution after a formula of one number per channel', definition: afterNarrow('i0: f32[8]'), space: 'tile 1' },
  { name: 'softmax', definition: softmax(3, 7), space: 'generic 5' },
  { name: 'softmax of long rows', definition: softmax(3, 43), space: 'generic 5' },
  { name: 'a mean of rows', definition: meanOfRows, space: 'generic 5' },
  { name: 'a mean of planes', definition: meanOfPlanes, space: 'generic 5' },
  { name: 'sums over the pairs of a row', definition: pairsOfRows, space: 'generic 5' },
  { name: 'a mean of everything', definition: meanOfAll, space: 'generic 5' },
  { name: 'a transposed matrix', definition: turnedMatrix, space: 'generic 5' },
  { name: 'pixels of three channels', definition: elementsApart(3), space: 'generic 5' },
  { name: 'rows that are written into blocks', definition: rowsIntoBlocks, space: 'generic 5' },
  { name: 'running sums along rows', definition: operation('running', { axis: 1 }, floats(3, 40), wholes(16)), space: 'generic 5' },
  { name: 'running products from the end, along columns', definition: operation('running', { by: 'multiply', reverse: true, exclusive: true }, floats(23, 24), wholes(16)), space: 'generic 5' },
  { name: 'elements found in turn', definition: operation('topInTurn', { k: 3 }, floats(3, 21, 1), wholes(21)), space: 'generic 5' },
  { name: 'all pairs of rows', definition: operation('topPlaces', { k: 3, largest: false }, floats(2, 21, 1), wholes(21)), space: 'generic 5' },
  { name: 'cuts that are reached', definition: operation('reached', { k: 4 }, floats(3, 21, 1), floats(1, 7, 1)), space: 'generic 5' },
  { name: 'places found by halves', definition: operation('firstAbove', {}, wholes(2, 21, 1), wholes(6)), space: 'generic 5' },
];

describe('CPU spaces', () => {
  for (const { name, definition, space: id } of cases) {
    it(`offer legal schedules that keep the numbers of ${name}, the cheapest first`, () => {
      const task = taskOf(definition);
      const space = cpuSpace(task);
      expect(space.id).to.equal(id);
      const inputs = randomInputs(definition, 3);
      const expected = toNumbers(evaluate(definition, inputs).get(outputOf(definition).name)!);
      const points = [...everyPoint(space.choices)].filter((point) => space.draft(point).refused === null);
      expect(points, 'legal points').to.have.length.greaterThan(0);
      expect(space.draft(space.untuned()).milliseconds, 'the draft of the untuned point').to.equal(Math.min(...points.map((point) => space.draft(point).milliseconds)));
      const step = Math.max(1, Math.floor(points.length / 40));
      for (let i = 0; i < points.length; i += step) {
        const schedule = unwrap(space.schedule(points[i]!));
        const plan = unwrap(applySchedule(definition, task.layouts, schedule));
        const found = runProgram(plan, unwrap(buildProgram(plan)), inputs);
        expect(largestDifference(found, expected), printSchedule(schedule)).to.be.lessThan(1e-5);
      }
    });
  }

  for (const [dtype, batch] of [['f16', 1], ['f16', 2], ['u8', 1], ['u8', 2]] as const)
    it(`cut ${dtype}, of which a register holds more than a block, into the blocks of its layout, in vectors and beside a neighbour's slice: batch ${batch}`, () => {
      const definition = unwrap(parseDefinition(`tensor pool(i0: ${dtype}[${batch},12,4,4])
  s0: ${dtype}[a0<${batch}, a1<12, a2<3, a3<3] = max[a4<2, a5<2] i0[a0, a1, a2+a4, a3+a5]
`));
      // the first half of a concatenation of two
      const slice = blockedLayout([batch, 24, 3, 3], 1, 4), task: Task = { ...taskOf(definition), layouts: { i0: blockedLayout([batch, 12, 4, 4], 1, 4), s0: slice } };
      const space = cpuSpace(task), inputs = randomInputs(definition, 3), points = [...everyPoint(space.choices)].filter((point) => space.draft(point).refused === null);
      expect([space.id, points.length > 0]).to.deep.equal(['tile 1', true]);
      const expected = toNumbers(evaluate(definition, inputs).get('s0')!), foreign = 7;
      for (const point of points) {
        const schedule = unwrap(space.schedule(point)), plan = unwrap(applySchedule(definition, task.layouts, schedule)), program = unwrap(buildProgram(plan)), text = printSchedule(schedule);
        expect(text).to.contain('vectorize s0.kl');
        expect(largestDifference(runProgram(plan, program, inputs), expected), text).to.equal(0);
        const stored = new Map(program.buffers.map(({ name, size }) => [name, new Float64Array(size).fill(foreign)])), logical = new Float64Array(batch * 12 * 9);
        interpret(program, stored);
        unpack(slice.map((dim) => (dim.axis === 1 ? { ...dim, offset: 12 } : dim)), [batch, 12, 3, 3], stored.get('s0')!, logical);
        expect(logical.every((value) => value === foreign), `${text} stores what is its neighbour's`).to.equal(true);
      }
    });

  it('have vectors of half floats where no tile fits, too', () => {
    const definition = unwrap(parseDefinition('tensor plane(i0: f16[1,12,4,4])\n  s0: f16[a0<1, a1<12] = max[a4<4, a5<4] i0[0, a1, a4, a5]\n  s1: f16[a0<1, a1<12, a2<1, a3<1] = s0[0, a1]\n'));
    const space = cpuSpace({ ...taskOf(definition), layouts: { i0: blockedLayout([1, 12, 4, 4], 1, 4), s1: blockedLayout([1, 12, 1, 1], 1, 4) } });
    expect(space.id).to.equal('generic 5');
    expect(printSchedule(unwrap(space.schedule({ lanes: 'vector' })))).to.contain('vectorize s1.li');
  });

  it('compute what a row of a softmax needs for that row, its sums in lanes and, of long rows, in several vectors', () => {
    const schedule = (columns: number): string => printSchedule(unwrap(cpuSpace(taskOf(softmax(3, columns))).schedule({ lanes: 'vector' })));
    expect(schedule(11)).to.contain('computeAt E in Y.i scratch').and.to.contain('computeAt M in Y.i register; splitReduction M.j by 4 strided; vectorize M.o; computeAt Mp in Y.i register; reorder Mp j o; unroll Mp.j; vectorize Mp.o');
    expect(schedule(43)).to.contain('splitReduction M.j by 4 strided; splitReduction Mp.j by 4 strided').and.to.contain('reorder Mpp j oo o; unroll Mpp.j oo; vectorize Mpp.o');
    expect(schedule(4)).not.to.contain('splitReduction');
  });

  it('make several vectors of results of a sum at once, where few of them are idle', () => {
    const schedule = printSchedule(unwrap(cpuSpace(taskOf(pairsOfRows)).schedule({ lanes: 'vector' })));
    expect(schedule).to.contain('split S.i by 16 into lo lx; split S.lx by 4 into lv li; reorder S b lo lv li; unroll S.lv').and.to.contain('reorder Ss j lv li; unroll Ss.lv; vectorize Ss.li');
  });

  it('read squares of vectors along the one axis and write them along the other, where a copy turns them', () => {
    const schedule = (definition: Definition): string => printSchedule(unwrap(cpuSpace(taskOf(definition)).schedule({ lanes: 'vector' })));
    expect(schedule(turnedMatrix)).to.contain('split Y.j by 4 into lo li; split Y.i by 4 into to ti; reorder Y to lo ti li').and.to.contain('cacheRead Y of X as Yt; computeAt Yt in Y.lo register').and.to.contain('vectorize Yt.a1');
    expect(schedule(rowsIntoBlocks)).to.contain('split Y.c by 4 into lo li; split Y.x by 4 into to ti').and.to.contain('vectorize Yt.a3');
    // its last square would read more than 16 KB past the end
    expect(schedule(unwrap(parseDefinition('tensor far(X: f32[9,2200])\n  Y[i<2200, j<9] = X[j, i]\n')))).not.to.contain('cacheRead');
  });

  it('take elements that lie a few apart as lanes, and leave those further apart to a loop', () => {
    const schedule = (step: number): string => printSchedule(unwrap(cpuSpace(taskOf(elementsApart(step))).schedule({ lanes: 'vector' })));
    expect([2, 3].map(schedule)).to.deep.equal(Array.from({ length: 2 }, () => 'split Y.p by 4 into lo li; reorder Y c lo li; vectorize Y.li; parallel Y.c'));
    expect(schedule(9)).not.to.contain('vectorize Y.p');
  });

  it('compute a costly formula in lanes wherever its operands lie, and prefer that', () => {
    const space = (text: string) => cpuSpace(taskOf(unwrap(parseDefinition(text)))), schedule = (text: string): string => printSchedule(unwrap(space(text).schedule(space(text).untuned())));
    // a square's last rows would be read more than 16 KB past the end
    expect(schedule('tensor far(X: f32[9,2200])\n  Y[i<2200, j<9] = 1 / (exp(X[j, i]) + 1)\n')).to.equal('split Y.j by 4 into lo li; reorder Y i lo li; vectorize Y.li; parallel Y.i');
    // what lies together are pairs: lanes are along what is longer than a vector
    expect(schedule('tensor pairs(X: f32[18,40,40])\n  Y[i<14400, j<2] = tanh(X[2*i-18*i/9+j, i/360, i/9-40*i/360])\n')).to.equal('split Y.i by 4 into lo li; reorder Y j lo li; vectorize Y.li; parallel Y.j');
    expect(schedule('tensor far(X: f32[9,2200])\n  Y[i<2200, j<9] = X[j, i] + 1\n')).not.to.contain('vectorize');
  });

  it('compute a column of vectors at a time where rows of one stage read other rows of another', () => {
    const definition = unwrap(parseDefinition(`tensor running(X: f32[9,24])
  S[i<9, j<24] = X[i, j] + (select i-1 >= 0 then X[i-1, j] else 0) + (select i-2 >= 0 then X[i-2, j] else 0)
  Y[i<9, j<24] = S[i, j] + (select i-3 >= 0 then S[i-3, j] else 0) + (select i-6 >= 0 then S[i-6, j] else 0)
`)), task = taskOf(definition), schedule = unwrap(cpuSpace(task).schedule({ lanes: 'vector' })), inputs = randomInputs(definition, 3);
    expect(printSchedule(schedule)).to.contain('split Y.j by 4 into co li; reorder Y co i li; vectorize Y.li; parallel Y.co; computeAt S in Y.co scratch').and.to.contain('vectorize S.li');
    const plan = unwrap(applySchedule(definition, task.layouts, schedule));
    expect(largestDifference(runProgram(plan, unwrap(buildProgram(plan)), inputs), toNumbers(evaluate(definition, inputs).get('Y')!))).to.be.lessThan(1e-5);
  });

  it('keep a formula in a column where stages of more points would compute it anew', () => {
    const task = taskOf(unwrap(parseDefinition('tensor doubled(X: f32[9,24])\n  S[i<9, j<24] = X[i, j] * 3\n  Y[i<18, j<24] = S[i/2, j] + 1\n')));
    expect(printSchedule(unwrap(cpuSpace(task).schedule({ lanes: 'vector' })))).to.contain('computeAt S in Y.co scratch');
  });

  it('share a sum of everything among the threads, in vectors, by the parts of an axis that as many divide', () => {
    const schedule = (definition: Definition, threads: number): string => printSchedule(unwrap(cpuSpace(taskOf(definition, threads)).schedule({ lanes: 'vector' })));
    expect(schedule(meanOfAll, 2)).to.contain('splitReduction S.i by 41; root Sp; cacheWrite Sp as Sps; parallel Sp.o').and.to.contain('vectorize Spspp');
    expect(schedule(meanOfAll, 1)).to.contain('splitReduction S.i by 82; root Sp');
    expect(schedule(largestOfAll, 2)).to.contain('splitReduction Y.i by 41').and.to.contain('root Yp');
    expect(schedule(largestOfAll, 1)).not.to.contain('root');
    for (const [definition, threads] of [[meanOfAll, 2], [largestOfAll, 2], [largestOfAll, 1], [meanOfAll, 7]] as const) {
      const task = taskOf(definition, threads), inputs = randomInputs(definition, 3), plan = unwrap(applySchedule(definition, task.layouts, unwrap(cpuSpace(task).schedule({ lanes: 'vector' }))));
      expect(largestDifference(runProgram(plan, unwrap(buildProgram(plan)), inputs), toNumbers(evaluate(definition, inputs).get('Y')!)), `${threads} threads`).to.be.lessThan(1e-5);
    }
  });

  it('leave a row that two others of the output read, or that no cache keeps, a kernel of its own', () => {
    const shared = unwrap(parseDefinition('tensor shared(X: f32[6,19])\n  S[i<6] = sum[j<19] X[i, j]\n  Y[i<5, j<19] = exp(S[i]) * X[i, j] + exp(S[i+1])\n'));
    expect(printSchedule(unwrap(cpuSpace(taskOf(shared)).schedule({ lanes: 'vector' })))).to.contain('root S');
    const task = { ...taskOf(softmax(3, 43)), target: { ...target, caches: { l1: 128, l2: 256, l3: 1 << 20 } } };
    expect(printSchedule(unwrap(cpuSpace(task).schedule({ lanes: 'vector' })))).to.contain('root E').and.to.contain('computeAt M in E.i register');
  });

  it('place a formula before a convolution at every read, in blocks of each cache or in a kernel, by both tiles', () => {
    const space = cpuSpace({ ...taskOf(afterFormula(false)), target: { ...target, caches: { l1: 400, l2: 1600, l3: 16 << 20 } } });
    const text = (data: string): string => printSchedule(unwrap(space.schedule({ vectors: 2, pixels: 4, rows: 1, outer: 'outputs', data })));
    expect(space.draft({ vectors: 2, pixels: 4, rows: 1, outer: 'outputs', data: 'inline' }).refused).to.equal('s0 would be computed 5 times');
    expect(text('inline')).to.contain('inline s0');
    // 8 channels of 4 pixels are 128 bytes: two tiles in three quarters of L1, six in half of L2
    expect(text('l1')).to.contain('split s2.xo by 2 into db di').and.to.contain('computeAt s0 in s2.db scratch');
    expect(text('l2')).to.contain('split s2.xo by 4 into db di').and.to.contain('computeAt s0 in s2.db scratch');
    expect(text('kernel')).to.contain('root s0').and.to.contain('parallel s0.cb');
  });

  it('compute all outputs of a block of pixels whose data fits L1, where that is more than a tile and less than all', () => {
    const task = { ...taskOf(flatConvolution(64)), target: { ...target, caches: { ...target.caches, l1: 4 << 10 } } };
    const space = cpuSpace(task), point = { vectors: 2, pixels: 4, rows: 1, outer: 'blocks', sums: 'one' };
    // 64 channels of 4 pixels are one KiB: three tiles in three quarters of L1
    expect(printSchedule(unwrap(space.schedule(point)))).to.contain('split s1.xo by 3 into db di; reorder s1 db g di xi kj kl').and.to.contain('parallel s1.db');
    expect(space.draft(point).refused).to.equal(null);
    expect(space.draft({ ...point, sums: '32 by 1' }).refused).to.equal('blocks outside go with one sum');
    expect(cpuSpace({ ...task, target: { ...target, caches: { ...target.caches, l1: 512 } } }).draft(point).refused).to.equal('the data of one tile does not fit l1');
    expect(cpuSpace({ ...task, target }).draft(point).refused).to.equal('one block would be all pixels');
  });

  // small caches, so that the weights of a tile, which come again for every tile then, are more than they keep
  for (const { caches, threads } of [{ caches: target.caches, threads: 1 }, { caches: { l1: 400, l2: 1600, l3: 16 << 20 }, threads: 2 }])
    for (const { name, definition, space: id } of cases.filter(({ space }) => space.startsWith('tile')))
      it(`know a bound that no draft of ${name} is under: L1 of ${caches.l1} bytes, threads: ${threads}`, () => {
        const task: Task = { ...taskOf(definition, threads), target: { ...target, caches } }, space = cpuSpace(task), structure = structureOf(task);
        expect(space.id).to.equal(id);
        const least = leastOfTile(task, structure, structure.single!);
        for (const point of everyPoint(space.choices)) {
          const { refused, milliseconds } = space.draft(point);
          if (refused === null) expect(blockingOf(point) ? leastOfWinograd(task, point) : least(point), JSON.stringify(point)).to.be.at.most(milliseconds);
        }
      });

  for (const { caches, threads } of [{ caches: target.caches, threads: 1 }, { caches: { l1: 400, l2: 1600, l3: 16 << 20 }, threads: 2 }])
    for (const { name, definition, space: id } of cases.filter(({ space }) => space.startsWith('tile')))
      it(`draft a point of ${name} as its plan is drafted: L1 of ${caches.l1} bytes, threads: ${threads}`, () => {
        const task: Task = { ...taskOf(definition, threads), target: { ...target, caches } }, space = cpuSpace(task), structure = structureOf(task);
        expect(space.id).to.equal(id);
        const outlines = tileOutlines(task, structure, structure.single!);
        let without = 0;
        for (const point of everyPoint(space.choices)) {
          const { refused, milliseconds, features } = space.draft(point);
          if (refused !== null) continue;
          const ofPlan = draftPlan(unwrap(applySchedule(definition, task.layouts, unwrap(space.schedule(point)))), task.target, threads);
          expect([milliseconds, ...features.slice(0, ofPlan.features.length)], JSON.stringify(point)).to.deep.equal([ofPlan.milliseconds, ...ofPlan.features]);
          if (!blockingOf(point) && outlines(point)) without++;
        }
        expect(without > 0, 'points that are drafted without a plan').to.equal(name !== 'a 3x3 convolution after a formula');
      });

  for (const { caches, threads } of [{ caches: target.caches, threads: 1 }, { caches: { l1: 400, l2: 1600, l3: 16 << 20 }, threads: 2 }])
    for (const { name, definition, space: id } of cases.filter(({ space }) => space.startsWith('tile')))
      it(`find the points of ${name} that are not refused without making all others: L1 of ${caches.l1} bytes, threads: ${threads}`, () => {
        const task: Task = { ...taskOf(definition, threads), target: { ...target, caches } }, structure = structureOf(task), { choices, refuses } = tileOffer(task, structure, structure.single!);
        expect(cpuSpace(task).id).to.equal(id);
        const all = [...everyPoint(choices)];
        let asked = 0;
        const open = [...openPoints({ choices, refuses: (point) => { asked++; return refuses(point); } })];
        expect(open).to.deep.equal(all.filter((point) => refuses(point) === null)).and.to.be.of.length.above(0);
        expect([...cpuSpace(task).open!()]).to.deep.equal(open);
        // six points of dense differ in their last choices alone
        expect(asked < all.length, `${asked} of ${all.length} points asked`).to.equal(name !== 'dense');
      });

  it('have few points of a 1x1 convolution after a formula whose bound is under the cheapest draft', () => {
    const task = taskOf(unwrap(parseDefinition(`tensor layer(i0: f32[256,1,784], i1: f32[256] compile, i2: f32[128,256] compile)
  s0[a0<256, a1<1, a2<784] = max(i0[a0, a1, a2] * i1[a0], 0)
  s1[a0<128, a1<1, a2<784] = sum[a3<256] s0[a3, a1, a2] * i2[a0, a3]
  s2[a0<128, a1<1, a2<784] = max(s1[a0, a1, a2], 0)
`)));
    const space = cpuSpace(task), structure = structureOf(task), least = leastOfTile(task, structure, structure.single!);
    const legal = [...everyPoint(space.choices)].filter((point) => space.draft(point).refused === null), best = space.draft(space.untuned()).milliseconds;
    expect(legal.filter((point) => least(point) <= best).length / legal.length).to.be.within(0, 0.02);
  });

  it('store the weights of one row in a panel for each vector of a tile, whole tiles of them, or in one for all', () => {
    const space = cpuSpace(taskOf(dense(1, 16, 10))), text = (panels: string): string => printSchedule(unwrap(space.schedule({ vectors: 2, pixels: 1, rows: 1, outer: 'outputs', panels })));
    // ten outputs are three vectors, and two tiles of two
    expect(text('apart')).to.match(/layout \w+ \[_?\w+\/4:4 /);
    expect(text('together')).to.match(/layout \w+ \[_?\w+\/8 /);
    expect(space.untuned()['panels']).to.equal('apart');
    // what records from before there was the choice hold: who reads them finds its value by the schedule
    expect(printSchedule(unwrap(space.schedule({ vectors: 2, pixels: 1, rows: 1, outer: 'outputs' })))).to.equal(text('together')).and.not.to.equal(text('apart'));
    expect(space.draft({ vectors: 1, pixels: 1, rows: 1, outer: 'outputs', panels: 'together' }).refused).to.equal('one vector is one panel');
  });

  it('refuse a tile that the registers cannot hold, before any step is applied', () => {
    const space = cpuSpace(taskOf(convolution({ channels: 8, outputs: 32, size: 14, kernel: 3, pad: 1 })));
    expect(space.draft({ vectors: 4, pixels: 14, rows: 1, outer: 'outputs' }).refused).to.equal('56 accumulators of 14');
  });

  it('draft a parallel kernel faster for more threads, and no faster than its iterations allow', () => {
    const definition = convolution({ channels: 8, outputs: 16, size: 14, kernel: 3, pad: 1 });
    const point = { vectors: 2, pixels: 4, rows: 1, outer: 'outputs' };
    const [one, two] = [1, 2].map((threads) => cpuSpace(taskOf(definition, threads)).draft(point).milliseconds) as [number, number];
    expect(two).to.be.within(one / 2, one * 0.75);
  });
});
