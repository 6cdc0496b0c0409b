/** Small definitions that the tests of lowering share: every kind of index and reduction the operators use, at sizes an interpreter likes. */
import { build, constant, floorDivide, plus, scale, add, subtract, type Definition, type Layout, type Value } from '@loopsmith/ir';

const { input, axesOf, stage, over, load, binary, literal, select } = build;

export interface ConvolutionShape {
  readonly channels: number; readonly outputs: number; readonly size: number; readonly kernel: number;
  readonly stride?: number; readonly pad?: number; readonly dilation?: number; readonly groups?: number;
}

/** relu(conv(X, W) + bias + R) over [c, y, x]. */
export const convolution = (shape: ConvolutionShape): Definition => {
  const { channels, outputs, size, kernel, stride = 1, pad = 0, dilation = 1, groups = 1 } = shape;
  const out = Math.floor((size + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1;
  const perGroup = channels / groups, outputsPerGroup = outputs / groups;
  const X = input('X', 'f32', [channels, size, size]);
  const W = input('W', 'f32', [outputs, perGroup, kernel, kernel], 'compile');
  const bias = input('bias', 'f32', [outputs], 'compile');
  const R = input('R', 'f32', [outputs, out, out]);
  const [p, paddedAxes] = axesOf({ c: channels, y: size + 2 * pad, x: size + 2 * pad });
  const y = plus(p.y, -pad), x = plus(p.x, -pad);
  const inside = [y, subtract(constant(size - 1), y), x, subtract(constant(size - 1), x)];
  const P = stage('P', 'f32', paddedAxes, pad === 0 ? load(X, p.c, p.y, p.x) : select(inside, load(X, p.c, y, x), literal(0)));
  const [a, axes] = axesOf({ k: outputs, y: out, x: out });
  const [r, reduced] = axesOf({ c: perGroup, r: kernel, s: kernel });
  const channel = add(r.c, scale(floorDivide(a.k, outputsPerGroup), perGroup));
  const A = stage('A', 'f32', axes,
    binary('multiply', load(P, channel, add(scale(a.y, stride), scale(r.r, dilation)), add(scale(a.x, stride), scale(r.s, dilation))), load(W, a.k, r.c, r.r, r.s)),
    over('sum', reduced, 'f32'));
  const [o, outAxes] = axesOf({ k: outputs, y: out, x: out });
  const sum = binary('add', binary('add', load(A, o.k, o.y, o.x), load(bias, o.k)), load(R, o.k, o.y, o.x));
  const Y = stage('Y', 'f32', outAxes, binary('max', sum, literal(0)));
  return { name: 'convolution', inputs: [X, W, bias, R], tables: [], stages: [P, A, Y] };
};

/** max over a window, padded with -inf; the output reduces itself. */
export const maxPool = (channels: number, size: number, kernel: number, stride: number, pad: number): Definition => {
  const out = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  const X = input('X', 'f32', [channels, size, size]);
  const [p, paddedAxes] = axesOf({ c: channels, y: size + 2 * pad, x: size + 2 * pad });
  const y = plus(p.y, -pad), x = plus(p.x, -pad);
  const P = stage('P', 'f32', paddedAxes, select([y, subtract(constant(size - 1), y), x, subtract(constant(size - 1), x)], load(X, p.c, y, x), literal(-Infinity)));
  const [o, axes] = axesOf({ c: channels, y: out, x: out });
  const [r, window] = axesOf({ r: kernel, s: kernel });
  const Y = stage('Y', 'f32', axes, load(P, o.c, add(scale(o.y, stride), r.r), add(scale(o.x, stride), r.s)), over('max', window, 'f32'));
  return { name: 'maxPool', inputs: [X], tables: [], stages: [P, Y] };
};

/** softmax over the last axis: two reductions and stages between them. */
export const softmax = (rows: number, columns: number): Definition => {
  const X = input('X', 'f32', [rows, columns]);
  const [m, mAxes] = axesOf({ i: rows });
  const [j, reduced] = axesOf({ j: columns });
  const M = stage('M', 'f32', mAxes, load(X, m.i, j.j), over('max', reduced, 'f32'));
  const [e, eAxes] = axesOf({ i: rows, j: columns });
  const E = stage('E', 'f32', eAxes, build.unary('exp', binary('subtract', load(X, e.i, e.j), load(M, e.i))));
  const [s, sAxes] = axesOf({ i: rows });
  const S = stage('S', 'f32', sAxes, load(E, s.i, j.j), over('sum', reduced, 'f32'));
  const [o, oAxes] = axesOf({ i: rows, j: columns });
  const Y = stage('Y', 'f32', oAxes, binary('divide', load(E, o.i, o.j), load(S, o.i)));
  return { name: 'softmax', inputs: [X], tables: [], stages: [M, E, S, Y] };
};

/** X[m, c] times W[k, c] plus bias. */
export const dense = (rows: number, channels: number, outputs: number): Definition => {
  const X = input('X', 'f32', [rows, channels]), W = input('W', 'f32', [outputs, channels], 'compile'), bias = input('bias', 'f32', [outputs], 'compile');
  const [a, axes] = axesOf({ m: rows, k: outputs });
  const [r, reduced] = axesOf({ c: channels });
  const A = stage('A', 'f32', axes, binary('multiply', load(X, a.m, r.c), load(W, a.k, r.c)), over('sum', reduced, 'f32'));
  const [o, outAxes] = axesOf({ m: rows, k: outputs });
  const value: Value = binary('add', load(A, o.m, o.k), load(bias, o.k));
  return { name: 'dense', inputs: [X, W, bias], tables: [], stages: [A, stage('Y', 'f32', outAxes, value)] };
};

/** Row-major layouts for everything: what `applySchedule` takes when it is given none. */
export const plain: Readonly<Record<string, Layout>> = {};
