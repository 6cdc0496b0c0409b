/** The C reference, compiled and run, gives what `evaluate` gives; and its text is plain enough to be believed. */
import { bytesOfData, elementsOf, evaluate, isFloat, outputOf, parseDefinition, shapeOf, toNumbers, type Definition, type TensorData } from '@loopsmith/ir';
import { example, exampleNames, randomInputs } from '@loopsmith/ir/testing';
import { alignedCopy, code, product, seededRandom, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceSource } from './reference.js';

/** Reads the files named on the command line as inputs and writes the output to the last. */
const main = (outputs: number): string => code`
  #include <stdio.h>
  #include <stdlib.h>
  void loopsmith_reference(const void *const *inputs, void *output);
  static double output[${outputs}];
  int main(int count, char **names) {
    const void *inputs[16];
    for (int i = 1; i < count - 1; i++) {
      FILE *file = fopen(names[i], "rb");
      void *bytes = malloc(1 << 20);
      if (!file || !bytes || fread(bytes, 1, 1 << 20, file) == 0) return 1;
      inputs[i - 1] = bytes;
      fclose(file);
    }
    loopsmith_reference(inputs, output);
    FILE *file = fopen(names[count - 1], "wb");
    return !file || fwrite(output, sizeof output, 1, file) != 1 || fclose(file);
  }
`;

describe('referenceSource', () => {
  let folder = '';
  before(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-reference-')); });
  after(() => rmSync(folder, { recursive: true }));

  const runInC = (definition: Definition, inputs: ReadonlyMap<string, TensorData>): Float64Array => {
    const at = (name: string): string => join(folder, `${definition.name}.${name}`);
    writeFileSync(at('c'), referenceSource(definition));
    writeFileSync(at('main.c'), main(elementsOf(outputOf(definition))));
    execFileSync('gcc', ['-std=c99', '-O2', '-Wall', '-Wextra', '-Werror', '-fsanitize=undefined', '-fno-sanitize-recover', at('c'), at('main.c'), '-o', at('exe'), '-lm'], { stdio: 'pipe' });
    const files = definition.inputs.map((input) => {
      writeFileSync(at(`in.${input.name}`), bytesOfData(inputs.get(input.name)!));
      return at(`in.${input.name}`);
    });
    execFileSync(at('exe'), [...files, at('out')], { stdio: 'pipe' });
    return new Float64Array(alignedCopy(readFileSync(at('out'))));
  };

  for (const name of exampleNames)
    it(`computes ${name} as evaluate does`, function () {
      const definition = example(name), inputs = randomInputs(definition, seededRandom(1)), output = outputOf(definition);
      const found = runInC(definition, inputs), expected = toNumbers(evaluate(definition, inputs).get(output.name)!);
      expect(found.length).to.equal(product(shapeOf(output)));
      // f32 stages are unrounded in C: a few roundings of values of this size apart. All other dtypes are the same to the bit.
      const exact = !isFloat(output.dtype) || name === 'maxPool';
      const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
      found.forEach((value, i) => {
        if (exact) expect(value, `element ${i}`).to.equal(expected[i]);
        else expect(value, `element ${i}`).to.be.closeTo(expected[i]!, scale * (output.dtype === 'f16' ? 1e-3 : 4e-7));
      });
    });

  it('rounds 16-bit floats to the bit, subnormals, ties and infinities too', () => {
    const values = [0, -0, 1, 1 / 3, -2.5e-5, 6e-8, 3e-8, 2.98023223876953125e-8, 8.940696716308594e-8, 65504, 65519, 65520, -1e9, 1e-40, 3.39e38, 1.00390625, 1.01171875, Infinity, -Infinity, NaN];
    for (const dtype of ['f16', 'bf16'] as const) {
      const definition = unwrap(parseDefinition(`tensor ${dtype}_values(X: f64[${values.length}])\n  A: ${dtype}[i<${values.length}] = ${dtype}(X[i])\n  Y: f64[i<${values.length}] = f64(A[i])\n`));
      const inputs = new Map([['X', { dtype: 'f64', shape: [values.length], values: Float64Array.from(values) } as const]]);
      expect([...runInC(definition, inputs)]).to.deep.equal([...toNumbers(evaluate(definition, inputs).get('Y')!)]);
    }
  });

  it('rounds a float that is cast to its own dtype', () => {
    const definition = unwrap(parseDefinition('tensor same_dtype(X: f32[3])\n  Y: f64[i<3] = f64(f32(X[i] / 3))\n'));
    const inputs = new Map([['X', { dtype: 'f32', shape: [3], values: Float32Array.of(0.1, 1, 7) } as const]]);
    expect([...runInC(definition, inputs)]).to.deep.equal([...toNumbers(evaluate(definition, inputs).get('Y')!)]);
  });

  it('reads like the definition', () => {
    expect(referenceSource(example('maxPool'))).to.equal(`#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static inline double max_double(double a, double b) { return b > a ? b : a; }

void loopsmith_reference(const void *const *inputs, void *output) {
  const float *i0 = inputs[0];
  double *s0 = malloc(300 * sizeof *s0);
  if (!s0) abort();
  double *restrict out = output;
  /* P[c<3, y<10, x<10] = select y-1 >= 0 & -y+8 >= 0 & x-1 >= 0 & -x+8 >= 0 then X[c, y-1, x-1] else -inf */
  {
    double *restrict to = s0;
    for (int64_t v0 = 0; v0 <= 2; v0++) {
      for (int64_t v1 = 0; v1 <= 9; v1++) {
        for (int64_t v2 = 0; v2 <= 9; v2++) {
          *to++ = (v1 - 1 >= 0 && -v1 + 8 >= 0 && v2 - 1 >= 0 && -v2 + 8 >= 0 ? (double)i0[64*v0 + v2 + 8*v1 - 9] : (-INFINITY));
        }
      }
    }
  }
  /* Y[c<3, y<4, x<4] = max[r<3, s<3] P[c, r+2*y, s+2*x] */
  {
    double *restrict to = out;
    for (int64_t v0 = 0; v0 <= 2; v0++) {
      for (int64_t v1 = 0; v1 <= 3; v1++) {
        double row[4];
        for (int64_t v2 = 0; v2 <= 3; v2++) {
          row[v2] = (-INFINITY);
        }
        for (int64_t r0 = 0; r0 <= 2; r0++) {
          for (int64_t r1 = 0; r1 <= 2; r1++) {
            for (int64_t v2 = 0; v2 <= 3; v2++) {
              row[v2] = max_double(row[v2], s0[100*v0 + 10*r0 + r1 + 2*v2 + 20*v1]);
            }
          }
        }
        for (int64_t v2 = 0; v2 <= 3; v2++) {
          *to++ = row[v2];
        }
      }
    }
  }
  free(s0);
}
`);
  });
});
