/** How samples are taken, with clock, kernels and the system's interruptions made up: which calls become whose samples. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { code } from '@loopsmith/util';
import { nativeDirectory } from './native.js';

/**
 * Arguments: candidates, samples, fewest, milliseconds of budget, cutoff in ns, then the numbers of the calls, from 0, during which a core is
 * taken away; -1 stands for all. Call n takes n microseconds, so the samples printed tell which calls they are.
 */
const madeUp = code`
  #define _GNU_SOURCE
  #include "harness/candidate.h"
  #include <stdio.h>
  #include <stdlib.h>
  #include <sys/resource.h>
  #include <time.h>
  static double now = 1;
  static long taken, call;
  static int interrupted_count;
  static long interrupted[64];
  static int made_up_clock(clockid_t of, struct timespec *at) { (void)of; at->tv_sec = (time_t)(now / 1e9); at->tv_nsec = (long)(now - (double)at->tv_sec * 1e9); return 0; }
  static int made_up_usage(int of, struct rusage *used) { (void)of; used->ru_nivcsw = taken; return 0; }
  #define clock_gettime made_up_clock
  #define getrusage made_up_usage
  #include "harness/timing.c"
  void candidate_run(candidate *subject, int set, loopsmith_pool *pool) {
    (void)subject, (void)set, (void)pool;
    for (int i = 0; i < interrupted_count; i++) taken += interrupted[i] == call || interrupted[i] == -1;
    now += 1000.0 * (double)call++;
  }
  double candidate_run_queued(candidate *subject, int repeats) { (void)subject, (void)repeats; return 0; }
  void candidate_upload(candidate *subject, int set) { (void)subject, (void)set; }
  void candidate_refill_alias(const candidate *subject, int set) { (void)subject, (void)set; }
  size_t dtype_bytes(dtype of) { (void)of; return 4; }
  void fail_with(failure *fault, const char *class, const char *format, ...) { (void)fault, (void)class, (void)format; exit(9); }
  void loopsmith_pool_run(loopsmith_pool *pool, loopsmith_job job, void *context) { (void)pool; job(context, 0, 1); }
  void loopsmith_pool_barrier(loopsmith_pool *pool) { (void)pool; }
  int main(int count, char **arguments) {
    static candidate candidates[8];
    static volatile int current;
    measurement of = {.threads = 1, .weights = WEIGHTS_WARM, .count = atoi(arguments[1]), .samples = atoi(arguments[2]), .fewest = atoi(arguments[3]), .budget_ns = 1e6 * atof(arguments[4]), .cutoff_ns = atof(arguments[5]), .candidates = candidates};
    for (int i = 6; i < count; i++) interrupted[interrupted_count++] = atol(arguments[i]);
    take_samples(&of, NULL, &current);
    for (int c = 0; c < of.count; c++, puts("")) for (int i = 0; i < candidates[c].sample_count; i++) printf("%.0f ", candidates[c].samples[i] / 1000);
    return 0;
  }`;

describe('samples', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-timing-')), program = join(directory, 'timing');
  before(() => {
    writeFileSync(`${program}.c`, madeUp);
    execFileSync('gcc', ['-O1', '-w', `-I${nativeDirectory}`, '-o', program, `${program}.c`]);
  });
  after(() => rmSync(directory, { recursive: true }));
  const calls = (...asked: readonly number[]): readonly (readonly number[])[] =>
    execFileSync(program, asked.map(String), { encoding: 'utf8' }).trimEnd().split('\n').map((line) => line.trim().split(' ').map(Number));

  /** Two candidates, three rounds, a second of budget, no cutoff. */
  const compared = [2, 3, 3, 1000, 0] as const;
  const comparisons: readonly (readonly [string, readonly number[], readonly (readonly number[])[]])[] = [
    ['go by turns, every other round backwards', [], [[0, 3, 4], [1, 2, 5]]],
    ['repeat a round whole in which one was disturbed', [3], [[0, 4, 7], [1, 5, 6]]],
    ['repeat the first round as any other', [0], [[3, 4, 7], [2, 5, 6]]],
    ['keep a round at its place that is disturbed again and again', [2, 4, 7], [[0, 7, 8], [1, 6, 9]]],
    ['keep every round where all are disturbed', [-1], [[4, 11, 16], [5, 10, 17]]],
  ];
  for (const [what, disturbed, expected] of comparisons) it(`of a comparison ${what}`, () => expect(calls(...compared, ...disturbed)).to.deep.equal(expected));

  it('of a comparison that has taken its time are repeated no more', () => expect(calls(2, 3, 3, 0, 0, -1)).to.deep.equal([[0, 3, 4], [1, 2, 5]]));

  it('of a search leave out what was disturbed, and take the fastest of it where nothing else is to be had', () => {
    expect(calls(1, 4, 2, 1000, 0, 1, 2)).to.deep.equal([[0, 3, 4, 5]]);
    expect(calls(1, 2, 2, 1000, 0, -1)).to.deep.equal([[0, 1]]);
    expect(calls(1, 2, 2, 1000, 0, 0, 1, 2, 3, 4)).to.deep.equal([[5, 0]]);
  });
});
