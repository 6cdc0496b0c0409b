/** The text of definitions: what it looks like, that reading undoes printing, and what is said of text that cannot be read. */
import { seededRandom, type Random } from '@loopsmith/util';
import { expect } from 'chai';
import { dtypes } from '../dtype.js';
import { add, constant, floorDivide, indirect, modulo, plus, scale, type Index } from '../index/index-expression.js';
import * as build from './build.js';
import { parseDefinition } from './parse.js';
import { binaryOperators, unaryOperators, type Comparison } from './operation.js';
import type { Definition, ReductionOperator, Tensor, Value } from './tensor.js';
import { printDefinition } from './text.js';

const conv2d = (): Definition => {
  const X = build.input('X', 'f32', [64, 56, 56]), W = build.input('W', 'f32', [64, 64, 3, 3], 'compile');
  const bias = build.input('bias', 'f32', [64], 'compile'), R = build.input('R', 'f32', [64, 56, 56]);
  const [p, pAxes] = build.axesOf({ c: 64, y: 58, x: 58 });
  const inside = [plus(p.y, -1), plus(scale(p.y, -1), 56), plus(p.x, -1), plus(scale(p.x, -1), 56)];
  const P = build.stage('P', 'f32', pAxes, build.select(inside, build.load(X, p.c, plus(p.y, -1), plus(p.x, -1)), build.literal(0)));
  const [a, aAxes] = build.axesOf({ k: 64, y: 56, x: 56 });
  const [r, rAxes] = build.axesOf({ c: 64, r: 3, s: 3 });
  const product = build.binary('multiply', build.load(P, r.c, add(a.y, r.r), add(a.x, r.s)), build.load(W, a.k, r.c, r.r, r.s));
  const A = build.stage('A', 'f32', aAxes, product, build.over('sum', rAxes, 'f32'));
  const sum = build.binary('add', build.binary('add', build.load(A, a.k, a.y, a.x), build.load(bias, a.k)), build.load(R, a.k, a.y, a.x));
  const Y = build.stage('Y', 'f32', aAxes, build.binary('max', sum, build.literal(0)));
  return { name: 'conv2d', inputs: [X, W, bias, R], tables: [], stages: [P, A, Y] };
};

const conv2dText = `tensor conv2d(X: f32[64,56,56], W: f32[64,64,3,3] compile, bias: f32[64] compile, R: f32[64,56,56])
  P[c<64, y<58, x<58] = select y-1 >= 0 & -y+56 >= 0 & x-1 >= 0 & -x+56 >= 0 then X[c, y-1, x-1] else 0
  A[k<64, y<56, x<56] = sum[c<64, r<3, s<3] P[c, r+y, s+x] * W[k, c, r, s]
  Y[k<64, y<56, x<56] = max(A[k, y, x] + bias[k] + R[k, y, x], 0)
`;

const comparisons: readonly Comparison[] = ['<', '<=', '==', '!=', '>', '>='];
const numbers = [0, -0, 1, -1, 0.5, -2.25, 1e-7, 1e21, 0.1, Infinity, -Infinity, NaN, 3.4028234663852886e38];

const randomDefinition = (random: Random): Definition => {
  const inputs = Array.from({ length: random.below(4) }, (_, i) =>
    build.input(`in${i}`, random.pick(dtypes), [3, 4].slice(random.below(3)), random.below(2) === 0 ? 'run' : 'compile'));
  const tables = Array.from({ length: random.below(3) }, (_, i) => build.table(`T${i}`, random.pick(dtypes), [2, 2], [1, 2, 3, 4].map(() => random.pick(numbers))));
  const known: Tensor[] = [...inputs, ...tables];
  const stages = Array.from({ length: 1 + random.below(3) }, (_, i) => {
    const [outer, axes] = build.axesOf<string>(random.below(5) === 0 ? {} : { y: 3, x: 1 + random.below(5) });
    const [inner, over] = build.axesOf({ r: 4, s: 2 });
    const reduces = random.below(2) === 0;
    const scope = [...Object.values<Index>(outer), ...(reduces ? Object.values<Index>(inner) : []), constant(random.below(5))];
    const dtype = random.pick(dtypes);
    const reduction = reduces ? build.over(random.pick<ReductionOperator>(['sum', 'max', 'min', 'product']), over, random.pick([dtype, random.pick(dtypes)])) : null;
    const stage = build.stage(`S${i}`, dtype, axes, randomValue(random, known, scope, 1 + random.below(3)), reduction);
    known.push(stage);
    return stage;
  });
  return { name: 'random', inputs, tables, stages };
};

const randomIndex = (random: Random, known: readonly Tensor[], scope: readonly Index[]): Index => {
  const index = add(scale(random.pick(scope), random.below(7) - 3), plus(random.pick(scope), random.below(9) - 4));
  switch (random.below(5)) {
    case 0: return floorDivide(index, 1 + random.below(4));
    case 1: return modulo(index, 1 + random.below(4));
    case 2: return known.length === 0 ? index : indirect(random.pick(known).name, [index], -2, 5);
    default: return index;
  }
};

const randomValue = (random: Random, known: readonly Tensor[], scope: readonly Index[], depth: number): Value => {
  const part = (): Value => randomValue(random, known, scope, depth - 1);
  const index = (): Index => randomIndex(random, known, scope);
  const leaf = random.below(3);
  if (depth === 0 && leaf === 0) return build.literal(random.pick(numbers), random.pick(dtypes));
  if (depth === 0 && leaf === 1) return { kind: 'index', dtype: random.pick(['i32', 'i64'] as const), of: index() };
  if (depth === 0) return known.length === 0 ? build.literal(1) : build.load(random.pick(known), index(), index());
  switch (random.below(7)) {
    case 0: case 1: return build.binary(random.pick(binaryOperators), part(), part());
    case 2: return build.binary(random.pick(['add', 'subtract', 'multiply', 'divide'] as const), part(), part());
    case 3: return build.unary(random.pick(['negate', random.pick(unaryOperators)] as const), part());
    case 4: return build.select(Array.from({ length: random.below(3) }, index), part(), part());
    case 5: return build.choose(part(), random.pick(comparisons), part(), part(), part());
    default: return build.cast(random.pick(dtypes), part());
  }
};

const refusal = (text: string): string => {
  const outcome = parseDefinition(text);
  return outcome.ok ? 'read without complaint' : `${outcome.failure.code}: ${outcome.failure.message}`;
};

describe('text of a definition', () => {
  it('prints a convolution as people write it', () => expect(printDefinition(conv2d())).to.equal(conv2dText));

  it('is read back to the same definition', () => {
    expect(parseDefinition(conv2dText)).to.deep.equal({ ok: true, value: conv2d() });
    const random = seededRandom(11);
    for (let i = 0; i < 300; i++) {
      const definition = randomDefinition(random);
      const text = printDefinition(definition);
      expect(parseDefinition(text), text).to.deep.equal({ ok: true, value: definition });
    }
  });

  it('marks dtypes only where they differ from what is usual', () => {
    const text = `tensor typed(X: i8[4], I: i64[2], S: f16[])
  table T: f32[3] = 1, -0.5, -inf
  A: i32[] = sum[i<4] i32(X[i]) * 3:i32
  B: f16[j<2] = max: f32[i<4] f32(X[i]) + T[I{j; 0..2}] - (1 - f32(S[]))
  Y: i64[] = choose A[] < 2:i32 then index(7):i64 else -(5:i64) + -(-I[0]) * (select 1 >= 0 then I[0] else 2:i64)
`;
    const outcome = parseDefinition(text);
    if (!outcome.ok) throw new Error(outcome.failure.message);
    expect(printDefinition(outcome.value)).to.equal(text);
  });

  it('says what it expected, and where', () => {
    expect(refusal('tensor f(X: f32[4]')).to.equal('text-unreadable: line 1: expected ")", found the end');
    expect(refusal('tensor f(X: f99[4])')).to.equal('text-unreadable: line 1: expected a dtype, found "f99"');
    expect(refusal('tensor f(X: f32[4])\n  Y[i<4] = Z[i]')).to.equal('text-unreadable: line 2: no input, table or earlier stage is named "Z"');
    expect(refusal('tensor f(X: f32[4])\n  Y[i<4] = X[j]')).to.equal('text-unreadable: line 2: no loop or axis named "j" is in scope');
    expect(refusal('tensor f(X: f32[4])\n  Y[i<4] = exp(X[i], 1)')).to.equal('text-unreadable: line 2: no function exp of 2 values');
    expect(refusal('tensor f(X: f32[4])\n  Y[i<4] = choose X[i] + 1 then 2 else 3')).to.equal('text-unreadable: line 2: expected a comparison, found "then"');
    expect(refusal('tensor f(X: f32[4])\n  Y[i<4] = X[i] X[i]')).to.equal('text-unreadable: line 2: expected the end of the line, found "X"');
    expect(refusal('tensor f(X: f32[4])\n  Y[i<4] = index(i):f32')).to.equal('text-unreadable: line 2: expected i32 or i64, found "f32"');
    expect(refusal('tensor f()\n  table T: f32[1] = x')).to.equal('text-unreadable: line 2: expected a number, found "x"');
    expect(refusal('tensor f()\n)')).to.equal('text-unreadable: line 2: expected the end, found ")"');
  });
});
