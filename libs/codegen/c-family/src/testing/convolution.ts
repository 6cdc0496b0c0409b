/** Structured programs built by hand for specs: the direct 3x3 convolution with residual and ReLU, as the steps would build it. */
import {
  add, constant, loopVariable, modulo, floorDivide, scale, subtract, sum, variable,
  type Buffer, type Expression, type Guard, type Index, type LoopKind, type LoopVariable, type Program, type Statement,
} from '@loopsmith/ir';

export interface ConvolutionTile {
  readonly lanes: number;
  readonly channels: number;
  readonly outputs: number;
  /** Rows and columns of the picture. */
  readonly size: number;
  readonly pixels: number;
  readonly vectors: number;
  /** Which unrolled loop is the outer one. */
  readonly outside: 'pixels' | 'vectors';
}

export const load = (buffer: Buffer, at: Index): Expression => ({ kind: 'load', buffer, at });
export const binary = (operator: 'add' | 'multiply' | 'max' | 'min' | 'subtract' | 'divide', left: Expression, right: Expression): Expression => ({ kind: 'binary', operator, left, right });
export const float = (value: number): Expression => ({ kind: 'constant', dtype: 'f32', value });
export const store = (buffer: Buffer, at: Index, value: Expression): Statement => ({ kind: 'store', buffer, at, value });
export const loop = (v: LoopVariable, as: LoopKind, ...body: readonly Statement[]): Statement => ({ kind: 'for', variable: v, as, body });
export const when = (guard: Guard, ...body: readonly Statement[]): Statement => ({ kind: 'if', when: guard, body });
export const buffer = (name: string, size: number, role: Buffer['role'] = 'input', scope: Buffer['scope'] = 'global', dtype: Buffer['dtype'] = 'f32', slack = 64): Buffer => ({ name, dtype, size, scope, role, slack });

/** Inputs X [c/lanes y x c%lanes], W [k/tile c/lanes r s c%lanes k%tile], bias, R and output Y like X. */
export const convolutionProgram = ({ lanes, channels, outputs, size, pixels, vectors, outside }: ConvolutionTile): Program => {
  const tile = lanes * vectors, tiles = Math.ceil(size / pixels), picture = size * size * lanes;
  const X = buffer('X', channels * size * size), W = buffer('W', outputs * channels * 9, 'compile');
  const bias = buffer('bias', outputs, 'compile'), R = buffer('R', outputs * size * size), Y = buffer('Y', outputs * size * size, 'output');
  const A = buffer('A', pixels * tile, 'temporary', 'register');
  const v = {
    gy: loopVariable('Y.gy', (outputs / tile) * size), xo: loopVariable('Y.xo', tiles), xi: loopVariable('Y.xi', pixels), kj: loopVariable('Y.kj', vectors), kl: loopVariable('Y.kl', lanes),
    co: loopVariable('A.co', channels / lanes), r: loopVariable('A.r', 3), s: loopVariable('A.s', 3), ci: loopVariable('A.ci', lanes),
    x: loopVariable('A.x', pixels), aj: loopVariable('A.kj', vectors), al: loopVariable('A.kl', lanes),
    zx: loopVariable('A.x0', pixels), zj: loopVariable('A.kj0', vectors), zl: loopVariable('A.kl0', lanes),
  };
  const of = Object.fromEntries(Object.entries(v).map(([name, loopOf]) => [name, variable(loopOf)])) as Record<keyof typeof v, Index>;
  const g = floorDivide(of.gy, size), y = modulo(of.gy, size);
  const tileAt = (x: Index, j: Index, l: Index): Index => sum(scale(x, tile), scale(j, lanes), l);
  const row = sum(y, of.r, constant(-1)), column = sum(scale(of.xo, pixels), of.x, of.s, constant(-1));
  const inside = (at: Index): Guard => [at, subtract(constant(size - 1), at)];
  const nest = (x: LoopVariable, j: LoopVariable, inner: Statement): Statement =>
    outside === 'pixels' ? loop(x, 'unrolled', loop(j, 'unrolled', inner)) : loop(j, 'unrolled', loop(x, 'unrolled', inner));
  const accumulator = tileAt(of.x, of.aj, of.al);
  const update = store(A, accumulator, binary('add', load(A, accumulator), binary('multiply',
    load(X, sum(scale(of.co, picture), scale(row, size * lanes), scale(column, lanes), of.ci)),
    load(W, sum(scale(g, channels * 9 * tile), scale(of.co, 9 * lanes * tile), scale(of.r, 3 * lanes * tile), scale(of.s, lanes * tile), scale(of.ci, tile), scale(of.aj, lanes), of.al)))));
  const padded = outside === 'pixels'
    ? loop(v.x, 'unrolled', when(inside(column), loop(v.aj, 'unrolled', loop(v.al, 'vectorized', update))))
    : loop(v.aj, 'unrolled', loop(v.x, 'unrolled', when(inside(column), loop(v.al, 'vectorized', update))));
  const outputAt = sum(scale(add(scale(g, vectors), of.kj), picture), scale(y, size * lanes), scale(add(scale(of.xo, pixels), of.xi), lanes), of.kl);
  const result = store(Y, outputAt, binary('max', binary('add', binary('add', load(A, tileAt(of.xi, of.kj, of.kl)), load(bias, sum(scale(g, tile), scale(of.kj, lanes), of.kl))), load(R, outputAt)), float(0)));
  const live: Guard = [subtract(constant(size - 1), add(scale(of.xo, pixels), of.xi))];
  return {
    buffers: [X, W, bias, R, Y],
    kernels: [{
      name: 'Y', launch: null,
      body: [loop(v.gy, 'parallel', loop(v.xo, 'serial',
        { kind: 'declare', buffer: A },
        nest(v.zx, v.zj, loop(v.zl, 'vectorized', store(A, tileAt(of.zx, of.zj, of.zl), float(0)))),
        loop(v.r, 'serial', when(inside(row), loop(v.s, 'serial', loop(v.co, 'serial', loop(v.ci, 'serial', padded))))),
        outside === 'pixels'
          ? loop(v.xi, 'unrolled', when(live, loop(v.kj, 'unrolled', loop(v.kl, 'vectorized', result))))
          : loop(v.kj, 'unrolled', loop(v.xi, 'unrolled', when(live, loop(v.kl, 'vectorized', result)))),
      ))],
    }],
  };
};

