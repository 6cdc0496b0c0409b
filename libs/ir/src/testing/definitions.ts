/** Definitions to test with, as text: one per way of computing that Loopsmith must get right. Random inputs that suit them. No assertions. */
import { unwrap, type Random } from '@loopsmith/util';
import { fromNumbers, type TensorData } from '../tensor/data.js';
import { parseDefinition } from '../tensor/parse.js';
import { elementsOf, gathersOf, type Definition } from '../tensor/tensor.js';

const exampleTexts = {
  convolution: `tensor convolution(X: f32[1,4,9,7], W: f32[6,4,3,3] compile, bias: f32[6] compile)
  P[n<1, c<4, y<11, x<9] = select y-1 >= 0 & -y+9 >= 0 & x-1 >= 0 & -x+7 >= 0 then X[0, c, y-1, x-1] else 0
  A[n<1, k<6, y<9, x<7] = sum[c<4, r<3, s<3] P[0, c, r+y, s+x] * W[k, c, r, s]
  Y[n<1, k<6, y<9, x<7] = max(A[0, k, y, x] + bias[k], 0)
`,
  // stride 2, dilation 2, three groups, batch 2
  groupedConvolution: `tensor groupedConvolution(X: f32[2,6,11,10], W: f32[9,2,3,2] compile)
  P[n<2, c<6, y<15, x<12] = select y-2 >= 0 & -y+12 >= 0 & x-1 >= 0 & -x+10 >= 0 then X[n, c, y-2, x-1] else 0
  Y[n<2, k<9, y<6, x<5] = sum[c<2, r<3, s<2] P[n, c+2*(k/3), 2*r+2*y, 2*s+2*x] * W[k, c, r, s]
`,
  // stride 2, kernel 3, padding 1: 5 pixels become 9
  transposedConvolution: `tensor transposedConvolution(X: f32[3,5,5], W: f32[3,2,3,3] compile)
  Y[k<2, y<9, x<9] = sum[c<3, r<3, s<3] (select -r+y+1-2*((-r+y+1)/2) >= 0 & -(-r+y+1)+2*((-r+y+1)/2) >= 0 & -r+y+1 >= 0 & r-y+8 >= 0 & -(-s+x+1)+2*((-s+x+1)/2) >= 0 & -s+x+1 >= 0 & s-x+8 >= 0 then X[c, (-r+y+1)/2, (-s+x+1)/2] else 0) * W[c, k, r, s]
`,
  maxPool: `tensor maxPool(X: f32[3,8,8])
  P[c<3, y<10, x<10] = select y-1 >= 0 & -y+8 >= 0 & x-1 >= 0 & -x+8 >= 0 then X[c, y-1, x-1] else -inf
  Y[c<3, y<4, x<4] = max[r<3, s<3] P[c, r+2*y, s+2*x]
`,
  softmax: `tensor softmax(X: f32[5,33])
  M[i<5] = max[j<33] X[i, j]
  E[i<5, j<33] = exp(X[i, j] - M[i])
  S[i<5] = sum[j<33] E[i, j]
  Y[i<5, j<33] = E[i, j] / S[i]
`,
  argMax: `tensor argMax(X: f32[4,17])
  M[i<4] = max[j<17] X[i, j]
  Y: i64[i<4] = min[j<17] choose X[i, j] == M[i] then index(j):i64 else 17:i64
`,
  integers: `tensor integers(A: i8[4,6], B: u8[6,5], zero: i32[4])
  S: i32[i<4, j<5] = sum[k<6] i32(A[i, k]) * i32(B[k, j])
  T: i32[i<4, j<5] = remainder(S[i, j] * S[i, j] * 65537:i32, 1000:i32) - modulo(S[i, j], 7:i32) + S[i, j] / (zero[i] - 3:i32)
  U: i8[i<4, j<5] = i8(T[i, j]) * i8(S[i, j]) + 100:i8
  Y: i32[i<4, j<5] = choose U[i, j] >= 0:i8 then xor(i32(U[i, j]), shiftLeft(S[i, j], 3:i32)) else or(not(T[i, j]), shiftRight(S[i, j], 2:i32))
`,
  gather: `tensor gather(X: f32[7,4], I: i64[5])
  J: i64[i<5] = choose I[i] < 0:i64 then I[i] + 7:i64 else I[i]
  Y[i<5, j<4] = X[J{i; 0..6}, j] * 2
`,
  // Winograd's F(2,3) along one line: a table in, two tables out
  tables: `tensor tables(X: f32[4,4], g: f32[3] compile)
  table B: f32[4,4] = 1, 0, -1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, 1, 0, -1
  table G: f32[4,3] = 1, 0, 0, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0, 0, 1
  table A: f32[2,4] = 1, 1, 1, 0, 0, 1, -1, -1
  U[a<4] = sum[r<3] G[a, r] * g[r]
  V[t<4, a<4] = sum[i<4] B[a, i] * X[t, i]
  Y[t<4, j<2] = sum[a<4] A[j, a] * (U[a] * V[t, a])
`,
  halves: `tensor halves(X: f16[3,16], S: bf16[16], mask: bool[16])
  A: f16[i<3] = sum: f32[j<16] f32(X[i, j]) * f32(S[j])
  Y: f16[i<3, j<16] = choose mask[j] == 1:bool then f16(tanh(f32(X[i, j])) - f32(A[i])) else X[i, j]
`,
  functions: `tensor functions(X: f32[40])
  Y: f64[i<40] = f64(erf(X[i]) + exp(-X[i]) + log(absolute(X[i]) + 1) + round(X[i] * 4) + floor(X[i]) * ceil(X[i]) + power(absolute(X[i]), 1.5) + atan2(X[i], 2) + modulo(X[i], 0.75) + remainder(X[i], 0.75) + sin(X[i]) + sqrt(absolute(X[i])) + asinh(X[i]) + truncate(X[i] * 3) + min(X[i], 0.25))
`,
  // a resize by 3/2 with its coordinate clamped at the end, over a concatenation
  resizeConcat: `tensor resizeConcat(A: f32[3,6], B: f32[2,6])
  C[c<5, x<6] = select -c+2 >= 0 then A[c, x] else B[c-3, x]
  Y[c<5, x<9] = C[c, 2*x/3] + (select -(2*x/3)+4 >= 0 then C[c, 2*x/3+1] else C[c, 5]) * 0.5
`,
} as const;

export type ExampleName = keyof typeof exampleTexts;
export const exampleNames = Object.keys(exampleTexts) as readonly ExampleName[];
export const example = (name: ExampleName): Definition => unwrap(parseDefinition(exampleTexts[name]));

/** Values for every input: floats in [-2, 2), integers that use their range, and indices within what gathers promise. */
export const randomInputs = (definition: Definition, random: Random): ReadonlyMap<string, TensorData> => {
  const gathered = gatherBound(definition);
  return new Map(definition.inputs.map((input) => {
    const draw = random.fork(input.name);
    const one = (): number => {
      switch (input.dtype) {
        case 'f32': case 'f64': case 'f16': case 'bf16': return draw.next() * 4 - 2;
        case 'bool': return draw.below(2);
        case 'i8': case 'i16': return draw.below(256) - 128;
        case 'u8': case 'u16': case 'u32': case 'u64': return draw.below(256);
        case 'i32': return draw.below(2000) - 1000;
        case 'i64': return draw.below(gathered);
        default: return input.dtype satisfies never;
      }
    };
    return [input.name, fromNumbers(input.dtype, input.shape, Array.from({ length: elementsOf(input) }, one))];
  }));
};

/** One past the least upper bound that any gather promises; 100 where nothing gathers. */
const gatherBound = (definition: Definition): number => {
  let bound = 100;
  for (const stage of definition.stages) for (const { last } of gathersOf(stage.value)) bound = Math.min(bound, last + 1);
  return bound;
};
