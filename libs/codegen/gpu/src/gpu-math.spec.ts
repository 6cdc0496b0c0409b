/** The functions of native/gpu_math.h against the C library's, over their whole range and at the edges. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { gpuNativeDirectory } from './host-toolchain.js';

const one = ['exp', 'log', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'erf'] as const;
const two = ['atan2', 'pow', 'fmod'] as const;
/** Compilers of GPUs have these themselves in floats. */
const inFloats = one.filter((name) => name !== 'exp' && name !== 'log');

/** Prints per function the largest error relative to the value (absolute below 1e-3 of sin and its like), and the first argument whose class differs: NaN, an infinity, the sign of a zero. */
const program = `
#include <math.h>
#include <stdio.h>
#define __device__
#include "gpu_math.h"
static double worst, at, other; static int classes;
static void compare(double found, double wanted, double x, double y) {
  if (isnan(wanted) || isinf(wanted) || wanted == 0) {
    if (isnan(wanted) ? !isnan(found) : found != wanted || (wanted == 0 && signbit(found) != signbit(wanted))) { if (!classes++) { at = x; other = y; } }
    return;
  }
  if (fabs(wanted) < 1e-290) return; /* denormals round to fewer bits */
  const double size = fabs(wanted) > 1e-3 || fabs(x) < 1e-3 ? fabs(wanted) : 1e-3, error = fabs(found - wanted) / size;
  if (!(error <= worst) && !classes) { worst = error; at = x; other = y; }
}
static const double edges[] = {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 1e-8, -1e-8, 1e30, -1e30, 700.0, -700.0, 1000.0, -1000.0, INFINITY, -INFINITY, NAN, 1e-310, 20.0, 2.5, 6.0, 1e9};
enum { EDGES = sizeof edges / sizeof *edges, STEPS = 4000 };
static double argument(int i, double range) { return i < EDGES ? edges[i] : range * (2.0 * (i - EDGES) / STEPS - 1.0) * ((i & 7) == 0 ? 0.01 : 1.0); }
static int meaningless(const char *name, double x) { return (name[0] == 's' || name[0] == 'c' || name[0] == 't') && name[3] == 0 && fabs(x) > 1073741824.0; }
static void report(const char *name, const char *kind) { printf("%s%s %.3g %d %.17g %.17g\\n", name, kind, worst, classes, at, other); worst = 0; classes = 0; }
#define ONE(name, range) \\
  for (int i = 0; i < EDGES + STEPS; i++) { const double x = argument(i, range); if (!meaningless(#name, x) || !(fabs(x) < INFINITY)) compare(loopsmith_##name(x), name(x), x, 0); } report(#name, "");
#define FLOAT(name, range) \\
  for (int i = 0; i < EDGES + STEPS; i++) { const float x = argument(i, range); if (!meaningless(#name, x) || !(fabs(x) < INFINITY)) compare(loopsmith_##name##f(x), name##f(x), x, 0); } report(#name, "f");
#define TWO(name, range) \\
  for (int i = 0; i < EDGES + 200; i++) for (int j = 0; j < EDGES + 200; j++) { const double x = argument(i, range), y = argument(j * 3 % (EDGES + 200), range); compare(loopsmith_##name(x, y), name(x, y), x, y); } report(#name, "");
int main(void) {
${one.map((name) => `  ONE(${name}, ${name.startsWith('a') && name !== 'atan' && name !== 'asinh' && name !== 'acosh' ? 1 : 30})`).join('\n')}
${inFloats.map((name) => `  FLOAT(${name}, ${name === 'asin' || name === 'acos' || name === 'atanh' ? 1 : 30})`).join('\n')}
${two.map((name) => `  TWO(${name}, 30)`).join('\n')}
  return 0;
}
`;

describe('gpu_math.h', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-gpu-math-'));
  after(() => { rmSync(directory, { recursive: true }); });

  it('answers as the C library does, in double and in floats', function () {
    needs(this, command('gcc'));
    writeFileSync(join(directory, 'compare.c'), program);
    execFileSync('gcc', ['-O1', '-w', `-I${gpuNativeDirectory}`, '-o', join(directory, 'compare'), join(directory, 'compare.c'), '-lm']);
    const lines = execFileSync(join(directory, 'compare'), { encoding: 'utf8' }).trim().split('\n');
    expect(lines).to.have.length(one.length + inFloats.length + two.length);
    for (const line of lines) {
      const [name, worst, classes] = line.split(' ');
      expect(Number(classes), `edge cases of ${line}`).to.equal(0);
      expect(Number(worst), line).to.be.at.most(name!.endsWith('f') && name !== 'erf' ? 1e-6 : 2e-13);
    }
  });
});
