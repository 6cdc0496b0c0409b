/** Sessions and calls side by side under gcc's thread sanitizer: right answers, and no data race in pool, session or runtime. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columns, expectedSums, rows, writeToyNetwork } from './testing/toy-network.js';

/** Eight callers over two sessions of two threads, each with an image and an answer of its own; `unlocked` plants a race between them. */
const callers = (sums: readonly (readonly number[])[], unlocked: boolean): string => `
#include "loopsmith.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
static loopsmith_session *sessions[2];
static const float expected[8][${rows}] = {${sums.map((row) => `{${row.join(', ')}}`).join(', ')}};
static int wrong, done;
static void *call(void *argument) {
  const int caller = (int)(size_t)argument;
  float image[${rows * columns}], sums[${rows}], copy[${rows * columns}];
  for (int i = 0; i < ${rows * columns}; i++) image[i] = caller + (i % 7) * 0.5f;
  const void *inputs[] = {image};
  void *outputs[] = {sums, copy};
  for (int turn = 0; turn < 50; turn++) {
    if (loopsmith_run(sessions[caller % 2], inputs, outputs)) { __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED); continue; }
    for (int r = 0; r < ${rows}; r++) if (fabsf(sums[r] - expected[caller][r]) > 1e-3f) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
    ${unlocked ? 'done++;' : '__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);'}
  }
  return NULL;
}
int main(int count, char **arguments) {
  pthread_t threads[8];
  for (int s = 0; s < 2; s++) if (loopsmith_create(arguments[1], 2, &sessions[s])) { puts(loopsmith_error()); return 1; }
  for (size_t i = 0; i < 8; i++) if (pthread_create(&threads[i], NULL, call, (void *)i)) return 2;
  for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
  for (int s = 0; s < 2; s++) loopsmith_destroy(sessions[s]);
  printf("%d wrong\\n", wrong);
  return wrong != 0;
}
`;

describe('two sessions and eight concurrent calls', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-threads-')), flags = ['-g', '-fsanitize=thread'];
  const image = (caller: number): Float32Array => Float32Array.from({ length: rows * columns }, (_, i) => caller + (i % 7) * 0.5);
  const run = (unlocked: boolean): ReturnType<typeof spawnSync> => {
    const program = join(directory, unlocked ? 'unlocked' : 'callers');
    writeFileSync(`${program}.c`, callers(Array.from({ length: 8 }, (_, caller) => expectedSums(image(caller))), unlocked));
    execFileSync('gcc', ['-O1', ...flags, `-I${directory}`, `${program}.c`, join(directory, 'network.so'), '-Wl,-rpath,$ORIGIN', '-pthread', '-lm', '-o', program]);
    // without a personality of its own, newer kernels place programs where the sanitizer keeps its shadow
    return spawnSync('setarch', ['--addr-no-randomize', program, join(directory, 'network.weights')], { encoding: 'utf8' });
  };
  before(function () {
    needs(this, command('gcc'), command('setarch'));
    writeToyNetwork(directory, null, flags);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('give right answers under the thread sanitizer, which finds nothing', () => {
    const { status, stdout, stderr } = run(false);
    expect([status, stdout, stderr]).to.deep.equal([0, '0 wrong\n', '']);
  });

  it('would be seen if they raced: a counter without a lock is', () => {
    const { status, stderr } = run(true);
    expect(status).to.equal(66);
    expect(stderr).to.match(/WARNING: ThreadSanitizer: data race/);
  });
});
