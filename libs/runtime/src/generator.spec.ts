/** The two implementations of seeded data, C and TypeScript, give the very same numbers; and inputs get data they can use. */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, dtypes, indirect, isFloat, toNumbers, type Definition, type DType, type Value } from '@loopsmith/ir';
import { alignedCopy, unwrap } from '@loopsmith/util';
import { generate, generatorsFor, type Generator } from './generator.js';
import { startHarness, type Harness } from './harness.js';
import { taskLines } from './protocol.js';
import { compileText } from './testing/planted.js';

const cTypes: Readonly<Record<DType, string>> = {
  f32: 'float', f64: 'double', f16: 'unsigned short', bf16: 'unsigned short', i8: 'signed char', u8: 'unsigned char', i16: 'short', u16: 'unsigned short',
  i32: 'int', u32: 'unsigned', i64: 'long', u64: 'unsigned long', bool: 'unsigned char',
};
const count = 5000;

/** A task whose "reference" hands out its input as it lies in memory. */
const echo = (dtype: DType): { readonly definition: Definition; readonly text: string } => {
  const X = build.input('X', dtype, [count]);
  const [{ i }, axes] = build.axesOf({ i: count });
  return {
    definition: { name: 'echo', inputs: [X], tables: [], stages: [build.stage('Y', dtype, axes, build.load(X, i))] },
    text: `void loopsmith_reference(const void *const *inputs, void *output) { const ${cTypes[dtype]} *X = inputs[0]; double *Y = output; for (int i = 0; i < ${count}; i++) Y[i] = X[i]; }`,
  };
};

describe('seeded data', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-generator-'));
  let harness: Harness;
  before(async () => { harness = unwrap(await startHarness({ directory })); });
  after(async () => {
    await harness.close();
    rmSync(directory, { recursive: true });
  });

  it('are the same bits in the harness and here, for every dtype, generator and set', async () => {
    const kinds: readonly Omit<Generator, 'key'>[] = [
      { kind: 'normal', a: 0.3 / 37837.2, b: 0 }, { kind: 'uniform', a: 1 / 16777216, b: 0 }, { kind: 'positive', a: 0, b: 0 }, { kind: 'integers', a: 3, b: 90 },
    ];
    for (const dtype of dtypes) {
      const { definition, text } = echo(dtype), library = compileText(directory, `echo-${dtype}`, text);
      for (const [n, kind] of kinds.entries()) {
        if (!isFloat(dtype) && kind.kind !== 'integers') continue;
        const generator = { ...kind, key: 0xdeadbeef };
        expect(unwrap(await harness.command(taskLines(`${dtype}${n}`, definition, [generator], library, 5000)))).to.deep.equal(['ok']);
        for (const set of [0, 1] as const) {
          const path = join(directory, 'answer');
          expect(unwrap(await harness.command([`dump ${dtype}${n}`, `set ${set}`, `path ${path}`]))).to.deep.equal([`ok ${count}`]);
          const data = generate(generator, set, dtype, [count]);
          const expected = dtype === 'f16' || dtype === 'bf16' ? Float64Array.from(data.values as Uint16Array) : toNumbers(data);
          expect(new Float64Array(alignedCopy(readFileSync(path)))).to.deep.equal(expected);
        }
      }
    }
  });

  it('are about N(0, 1), differ between sets and names, and are never all alike', () => {
    const [a, b] = ['A', 'B'].map((name) => generatorsFor({ name: 't', inputs: [build.input(name, 'f32', [count])], tables: [], stages: [] }, 1)[0]!);
    const values = generate(a!, 0, 'f32', [count]).values as Float32Array;
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / count)).to.be.lessThan(0.05);
    expect(Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / count)).to.be.closeTo(1, 0.05);
    expect(values.slice(0, 4)).to.not.deep.equal((generate(a!, 1, 'f32', [count]).values as Float32Array).slice(0, 4));
    expect(values.slice(0, 4)).to.not.deep.equal((generate(b!, 0, 'f32', [count]).values as Float32Array).slice(0, 4));
  });

  const kindFor = (value: (X: Value) => Value, dtype: DType = 'f32'): string => {
    const X = build.input('X', dtype, [4]), Z = build.input('Z', 'f32', [4]);
    const [{ i }, axes] = build.axesOf({ i: 4 });
    const P = build.stage('P', dtype, axes, build.load(X, i));
    return generatorsFor({ name: 't', inputs: [X, Z], tables: [], stages: [P, build.stage('Y', dtype, axes, value(build.load(P, i)))] }, 1)[0]!.kind;
  };
  it('stay inside the domain of the operators that read them, through stages between', () => {
    expect(kindFor((X) => build.unary('exp', X))).to.equal('normal');
    expect(kindFor((X) => build.unary('sqrt', build.binary('add', X, build.literal(1e-5))))).to.equal('positive');
    expect(kindFor((X) => build.binary('divide', build.literal(1), X))).to.equal('positive');
    expect(kindFor((X) => build.unary('asin', X))).to.equal('uniform');
    expect(kindFor((X) => X, 'i32')).to.equal('integers');
  });

  it('hold a divisor of 0 and of -1 among integers, and shifts by too many bits and too few', () => {
    const drawn = (operator: 'divide' | 'modulo' | 'remainder' | 'shiftLeft' | 'shiftRight', dtype: DType): number[] => {
      const X = build.input('X', dtype, [count]), R = build.input('R', dtype, [count]);
      const [{ i }, axes] = build.axesOf({ i: count });
      const [, generator] = generatorsFor({ name: 't', inputs: [X, R], tables: [], stages: [build.stage('Y', dtype, axes, build.binary(operator, build.load(X, i), build.load(R, i)))] }, 1);
      return Array.from(toNumbers(generate(generator!, 1, dtype, [count])));
    };
    for (const operator of ['divide', 'modulo', 'remainder'] as const) {
      expect(drawn(operator, 'i32'), operator).to.include(0).and.to.include(-1);
      expect(drawn(operator, 'u8'), operator).to.include(0);
    }
    for (const operator of ['shiftLeft', 'shiftRight'] as const) {
      expect(drawn(operator, 'i64'), operator).to.include(64).and.to.include(-1).and.to.include(1);
      expect(drawn(operator, 'u16'), operator).to.include(64).and.to.include(0).and.to.include(15);
    }
  });

  it('are valid indices where they address another tensor', () => {
    const T = build.input('T', 'f32', [7]), I = build.input('I', 'i64', [4]);
    const [{ i }, axes] = build.axesOf({ i: 4 });
    const gather = build.stage('Y', 'f32', axes, build.load(T, indirect('I', [i], 0, 6)));
    expect(generatorsFor({ name: 't', inputs: [T, I], tables: [], stages: [gather] }, 1)[1]).to.include({ kind: 'integers', a: 0, b: 7 });
  });
});
