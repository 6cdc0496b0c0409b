/** From a schedule to text, end to end for the two kernels that everything was designed around (forms.md, cases 1 and 4). */
import { expect } from 'chai';
import { blockedLayout, flopsOf, outputOf, parseDefinition, parseSchedule, printProgram, shapeOf, verifyProgram, type Definition } from '@loopsmith/ir';
import { applySchedule, buildProgram } from '@loopsmith/lowering';
import { convolution } from '@loopsmith/lowering/testing';
import { golden } from '@loopsmith/testing';
import { gccAvx2, gccAvx512, kernelSource, printKernels } from '@loopsmith/codegen-c-family';
import { cpuSpace } from '@loopsmith/codegen-cpu';
import type { KernelSource, Lowered, Point, Task } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { x86Avx } from './plugin.js';
import { resolveTarget } from './target.js';

const caches = { l1: 32 << 10, l2: 1 << 20, l3: 32 << 20 };
const taskOf = (definition: Definition, isa: string): Task => {
  const target = unwrap(resolveTarget(isa, { model: 'a CPU', flags: new Set(), cores: 1, hertz: 3e9, caches }));
  const lanes = target.vectorBytes / 4;
  const runtime = [...definition.inputs.filter(({ when }) => when === 'run').map(({ name, shape }) => [name, shape] as const), [outputOf(definition).name, shapeOf(outputOf(definition))] as const];
  return {
    key: 'task', workload: '', label: 'conv2d', definition, inPlace: null, target, threads: 1, flops: flopsOf(definition),
    layouts: Object.fromEntries(runtime.map(([name, shape]) => [name, blockedLayout(shape, 0, lanes)])),
  };
};

/** Case 1: 3x3 64→64@56 with a residual, 14 pixels x 2 vectors of 16. */
const case1 = `
  inline P
  split Y.k by 32 into g kk; split Y.kk by 16 into kj kl; split Y.x by 14 into xo xi
  reorder Y g y xo xi kj kl; unroll Y.xi kj; vectorize Y.kl
  computeAt A in Y.xo register; layout A [y x k]
  split A.k by 16 into kj kl; split A.c by 16 into co ci
  reorder A co r s ci y x kj kl; unroll A.y x kj; vectorize A.kl
  layout W [k/32 c/16 r s c%16 k%32]; fuse Y.g y into gy; parallel Y.gy`;
/** Case 4: 35 wide, tile 14, guarded tail. */
const cases = [
  { name: 'case 1', definition: convolution({ channels: 64, outputs: 64, size: 56, kernel: 3, pad: 1 }) },
  { name: 'case 4', definition: convolution({ channels: 48, outputs: 96, size: 35, kernel: 3, pad: 1 }) },
];

const { emit, lower } = x86Avx;
/** As the compiler of C gets it where assembly has no words. */
const inC = (task: Task, lowered: Lowered): KernelSource => kernelSource(task, lowered, (aliased) => printKernels(lowered.program, task.target.vectorBytes === 64 ? gccAvx512 : gccAvx2, 'kernel', aliased));
/** The kernel of a point of the task's space, in C. */
const emitted = (task: Task, point: Point): KernelSource => inC(task, unwrap(lower(task, unwrap(cpuSpace(task).schedule(point)))));

describe('the x86 emitter', () => {
  for (const { name, definition } of cases) {
    it(`makes a sound structured program of ${name}`, function () {
      const task = taskOf(definition, 'avx512');
      const plan = unwrap(applySchedule(definition, task.layouts, unwrap(parseSchedule(case1))));
      const program = unwrap(buildProgram(plan));
      expect(verifyProgram(program)).to.deep.equal([]);
      golden(this, printProgram(program));
    });

    it(`prints ${name} as C`, function () {
      const task = taskOf(definition, 'avx512');
      const kernel = inC(task, unwrap(lower(task, unwrap(parseSchedule(case1)))));
      expect(kernel.symbols).to.deep.equal(['kernel']);
      expect(kernel.buffers.map(({ role, tensor }) => `${role} ${tensor}`)).to.deep.equal(['input X', 'compile W', 'compile bias', 'input R', 'output Y']);
      golden(this, kernel.source);
    });

    it(`prints ${name} as assembly, around it what C calls`, function () {
      const task = taskOf(definition, 'avx512'), lowered = unwrap(lower(task, unwrap(parseSchedule(case1)))), kernel = emit(task, lowered, 'kernel');
      expect({ ...kernel, source: '' }).to.deep.equal({ ...inC(task, lowered), source: '' });
      golden(this, kernel.source);
    });
  }

  it('prints fused Winograd as C, its tables folded and its transformed weights a buffer', function () {
    const task = taskOf(convolution({ channels: 16, outputs: 16, size: 10, kernel: 3, pad: 1 }), 'avx2');
    const schedule = unwrap(cpuSpace(task).schedule({ algorithm: 'winograd 2 by 9 in 1', vectors: 2, pixels: 5, rows: 1, outer: 'outputs' }));
    const kernel = inC(task, unwrap(lower(task, schedule)));
    expect(kernel.buffers.map(({ role, tensor }) => `${role} ${tensor}`)).to.deep.equal(['input X', 'compile bias', 'input R', 'compile U', 'output Y']);
    expect(kernel.algorithm).to.equal('winograd 2');
    golden(this, kernel.source);
  });

  it('prints a formula before a 1x1 convolution as C: once per block of pixels, in vectors, before all outputs of the block', function () {
    const definition = unwrap(parseDefinition(`tensor normalised(X: f32[32,1,49], scale: f32[32] compile, shift: f32[32] compile, W: f32[64,32] compile)
  P[c<32, y<1, x<49] = max(X[c, y, x] * scale[c] + shift[c], 0)
  A[k<64, y<1, x<49] = sum[c<32] P[c, y, x] * W[k, c]
  Y[k<64, y<1, x<49] = max(A[k, y, x], 0)
`));
    const task = taskOf(definition, 'avx2'), kernel = emitted(task, { vectors: 2, pixels: 6, rows: 1, outer: 'outputs', sums: 'one', data: 'l2' });
    expect(kernel.symbols).to.deep.equal(['kernel']);
    golden(this, kernel.source);
  });

  it('prints a window with stride as C: one copy of its loops for pixels whose whole window lies inside, without a branch, and two for the edges', function () {
    const definition = convolution({ channels: 3, outputs: 16, size: 32, kernel: 3, pad: 1, stride: 2 });
    const task = { ...taskOf(definition, 'avx2'), layouts: { Y: blockedLayout([16, 16, 16], 0, 8), R: blockedLayout([16, 16, 16], 0, 8) } };
    golden(this, emitted(task, { vectors: 2, pixels: 4, rows: 1, outer: 'rows' }).source);
  });

  it('prints a depthwise window that is written out as C: each element of a row is loaded once', function () {
    const task = taskOf(convolution({ channels: 16, outputs: 16, size: 14, kernel: 3, pad: 1, groups: 16 }), 'avx2');
    golden(this, emitted(task, { vectors: 1, pixels: 7, rows: 1, outer: 'outputs', taps: 'window' }).source);
  });

  it('says which step of a schedule is illegal', () => {
    const task = taskOf(cases[0]!.definition, 'avx2');
    const refused = lower(task, unwrap(parseSchedule('inline A')));
    expect(refused.ok ? '' : refused.failure.message).to.equal('inline A: A is a sum; place it');
  });
});
