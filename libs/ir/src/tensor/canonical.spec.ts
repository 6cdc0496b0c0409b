/** Names never reach a workload; everything that decides the code does. */
import { seededRandom, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { example, exampleNames, randomInputs } from '../testing/definitions.js';
import { canonicalDefinition, withoutSlice, workloadText } from './canonical.js';
import { evaluate } from './evaluate.js';
import { blockedLayout, plainLayout, type Layout } from './layout.js';
import { parseDefinition } from './parse.js';
import type { Definition } from './tensor.js';
import { printDefinition } from './text.js';
import { verifyDefinition } from './verify.js';

const read = (text: string): Definition => unwrap(parseDefinition(text));

describe('canonicalDefinition', () => {
  it('names by position', () => {
    expect(printDefinition(canonicalDefinition(example('tables')))).to.equal(`tensor task(i0: f32[4,4], i1: f32[3] compile)
  table t0: f32[4,4] = 1, 0, -1, 0, 0, 1, 1, 0, 0, -1, 1, 0, 0, 1, 0, -1
  table t1: f32[4,3] = 1, 0, 0, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0, 0, 1
  table t2: f32[2,4] = 1, 1, 1, 0, 0, 1, -1, -1
  s0[a0<4] = sum[a1<3] t1[a0, a1] * i1[a1]
  s1[a0<4, a1<4] = sum[a2<4] t0[a1, a2] * i0[a0, a2]
  s2[a0<4, a1<2] = sum[a2<4] t2[a1, a2] * (s0[a2] * s1[a0, a2])
`);
  });

  it('gives one text to definitions that differ in names alone, whatever order their terms print in', () => {
    const pool = `tensor pool(X: f32[3,9], I: i32[5])
  P[c<3, y<11] = select y-1 >= 0 & -y+9 >= 0 then X[c, y-1] else -inf
  Y[c<3, y<5] = max[r<3] P[I{y; 0..2}, (12*y+4*r+c)/6]
`;
    const renamed = `tensor other(input: f32[3,9], which: i32[5])
  zz[b<3, a<11] = select a-1 >= 0 & -a+9 >= 0 then input[b, a-1] else -inf
  out[z<3, q<5] = max[a<3] zz[which{q; 0..2}, (4*a+12*q+z)/6]
`;
    expect(printDefinition(canonicalDefinition(read(pool)))).to.equal(printDefinition(canonicalDefinition(read(renamed))));
    expect(workloadText(read(pool), { X: plainLayout([3, 9]) })).to.equal(workloadText(read(renamed), { input: plainLayout([3, 9]) }));
  });

  for (const name of exampleNames)
    it(`stays sound and computes the same, and is its own canonical form: ${name}`, () => {
      const definition = example(name), canonical = canonicalDefinition(definition);
      expect(verifyDefinition(canonical)).to.deep.equal([]);
      expect(canonicalDefinition(canonical)).to.deep.equal(canonical);
      const inputs = randomInputs(definition, seededRandom(1));
      const [expected] = evaluate(definition, inputs).values();
      const [found] = evaluate(canonical, new Map(definition.inputs.map((input, i) => [`i${i}`, inputs.get(input.name)!]))).values();
      expect(found).to.deep.equal(expected);
    });
});

describe('workloadText', () => {
  const relu = read('tensor relu(X: f32[1,32,7,7], W: f32[32] compile)\n  Y[n<1, c<32, y<7, x<7] = max(X[n, c, y, x] * W[c], 0)\n');

  it('ends with the layouts of run-time tensors', () => {
    const layout = blockedLayout([1, 32, 7, 7], 1, 8);
    expect(workloadText(relu, { X: layout, W: plainLayout([32]), Y: layout })).to.equal(`tensor task(i0: f32[1,32,7,7], i1: f32[32] compile)
  s0[a0<1, a1<32, a2<7, a3<7] = max(i0[0, a1, a2, a3] * i1[a1], 0)
  i0 [a0 a1/8 a2 a3 a1%8]
  s0 [a0 a1/8 a2 a3 a1%8]
`);
    expect(workloadText(relu, {})).to.equal(printDefinition(canonicalDefinition(relu)));
  });

  it('does not know where a slice of one image begins, but of two images how far apart they lie', () => {
    const slice = (n: number, offset: number, blocks: number): Layout => blockedLayout([n, 32, 7, 7], 1, 8)
      .map((dim) => (dim.axis !== 1 ? dim : { ...dim, offset, size: dim.modulo ?? blocks }));
    const own = blockedLayout([1, 32, 7, 7], 1, 8);
    expect(withoutSlice(slice(1, 96, 16), [1, 32, 7, 7])).to.deep.equal(own);
    expect(workloadText(relu, { X: slice(1, 96, 16), Y: own })).to.equal(workloadText(relu, { X: own, Y: slice(1, 8, 9) }));
    expect(withoutSlice(slice(2, 96, 16), [2, 32, 7, 7])).to.deep.equal(slice(2, 0, 16));
    // four channels into a block of eight: no pointer starts there
    expect(withoutSlice(slice(1, 4, 5), [1, 32, 7, 7])).to.deep.equal(slice(1, 4, 5));
  });
});
