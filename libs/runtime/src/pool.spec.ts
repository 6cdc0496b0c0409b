/** The thread pool under stress, watched by ThreadSanitizer: jobs and barriers order every access, whether parts spin or sleep. */
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { code } from '@loopsmith/util';
import { nativeDirectory } from './native.js';

/** Plain, unsynchronised memory written by one part and read by another: only the pool stands between them. */
const stress = code`
  #include "pool.h"
  #include <stdio.h>
  #include <stdlib.h>
  #include <unistd.h>
  #define STAGES 8
  static loopsmith_pool *pool;
  static long cells[STAGES + 1][16];
  static long wrong[16];
  static void job(void *context, int part, int parts) {
    cells[0][part] = *(long *)context + part;
    for (int stage = 0; stage < STAGES; stage++) {
      loopsmith_pool_barrier(pool);
      const int neighbour = (part + 1) % parts;
      if (cells[stage][neighbour] != *(long *)context + (neighbour + stage) % parts + stage) wrong[part]++;
      cells[stage + 1][part] = *(long *)context + (part + stage + 1) % parts + stage + 1;
    }
  }
  int main(int count, char **arguments) {
    const int parts = atoi(arguments[1]), jobs = atoi(arguments[2]);
    (void)count;
    pool = loopsmith_pool_create(parts, NULL);
    for (long i = 0; i < jobs; i++) {
      loopsmith_pool_run(pool, job, &i);
      for (int part = 0; part < parts; part++) if (cells[STAGES][part] != i + (part + STAGES) % parts + STAGES) wrong[0]++;
      if (i % 100 == 99) usleep(3000); /* long enough for the workers to fall asleep */
    }
    loopsmith_pool_destroy(pool);
    long sum = 0;
    for (int part = 0; part < parts; part++) sum += wrong[part];
    printf("%d parts, %ld wrong", parts, sum);
    return 0;
  }`;

/** Each part multiplies to a subnormal result, and a subnormal operand to a normal one; the caller does the same before and after. */
const subnormals = code`
  #include "pool.h"
  #include <stdio.h>
  #include <stdlib.h>
  static volatile float least = 1.2e-38f, tenth = 0.1f, subnormal = 1e-39f, million = 1e6f;
  static int found[16];
  static int kept(void) { return (least * tenth != 0) + (subnormal * million != 0); }
  static void job(void *context, int part, int parts) { (void)context; (void)parts; found[part] = kept(); }
  int main(int count, char **arguments) {
    const int parts = atoi(arguments[1]);
    (void)count;
    loopsmith_pool *pool = loopsmith_pool_create(parts, NULL);
    printf("%d kept before;", kept());
    loopsmith_pool_run(pool, job, NULL);
    for (int part = 0; part < parts; part++) printf(" %d", found[part]);
    printf(" by the parts; %d after", kept());
    loopsmith_pool_destroy(pool);
    return 0;
  }`;

/** Kernels of 0 to 40 iterations, each of which reads what the call before wrote and sees whether it ran before; then one whose first piece waits for all others. */
const calls = code`
  #include "pool.h"
  #include <stdatomic.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <unistd.h>
  #define MOST 40
  static loopsmith_pool *pool;
  static long cells[2][MOST], extent, call;
  static int parts_of_pool;
  static long places[16];
  static atomic_long wrong, done, kept;
  static void kernel(void *const *buffers, void *scratch, int part, int parts) {
    const long *from = buffers[0];
    long *to = buffers[1];
    *(long *)scratch = part; /* a race, were it not the calling part's */
    for (long i = part * extent / parts; i < (part + 1) * extent / parts; i++) { if (from[(i + 1) % extent] != call - 1 || to[i] != call - 2) wrong++; to[i] = call; }
  }
  static void alternate(void *context, int part, int parts) {
    (void)context, (void)parts;
    void *const forth[] = {cells[0], cells[1]}, *const back[] = {cells[1], cells[0]};
    for (int i = 0; i < 500; i++) {
      if (part == 0) call++;
      loopsmith_pool_barrier(pool);
      loopsmith_pool_call(pool, kernel, call % 2 ? forth : back, &places[part], part);
      loopsmith_pool_barrier(pool);
    }
  }
  /* 64 iterations for each part; those of the first piece end when all others have, or after ten seconds. */
  static void late(void *const *buffers, void *scratch, int part, int parts) {
    (void)buffers, (void)scratch;
    const long all = 64l * parts_of_pool, mine = (part + 1) * all / parts - part * all / parts;
    for (int i = 0; part == 0 && atomic_load(&done) < all - mine && i < 100000; i++) usleep(100);
    if (part == 0) atomic_store(&kept, all - mine - atomic_load(&done));
    atomic_fetch_add(&done, mine);
  }
  static void wait_late(void *context, int part, int parts) { (void)context, (void)parts; loopsmith_pool_call(pool, late, NULL, NULL, part); }
  int main(int count, char **arguments) {
    parts_of_pool = atoi(arguments[1]);
    (void)count;
    pool = loopsmith_pool_create(parts_of_pool, NULL);
    for (extent = 0; extent <= MOST; extent += extent < 4 ? 1 : 9) {
      for (long k = 0; k < MOST; k++) { cells[call % 2][k] = call; cells[1 - call % 2][k] = call - 1; }
      loopsmith_pool_run(pool, alternate, NULL);
      for (long k = 0; k < extent; k++) if (cells[call % 2][k] != call) wrong++;
    }
    printf("%ld wrong;", atomic_load(&wrong));
    if (parts_of_pool > 1) { loopsmith_pool_run(pool, wait_late, NULL); printf(" %ld left beside the piece that waited, %ld done", atomic_load(&kept), atomic_load(&done)); }
    loopsmith_pool_destroy(pool);
    return 0;
  }`;

describe('the thread pool', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-pool-'));
  const built = (name: string, source: string, ...flags: readonly string[]): string => {
    const program = join(directory, name);
    writeFileSync(`${program}.c`, source);
    execFileSync('gcc', ['-std=gnu11', '-O1', '-g', ...flags, `-I${nativeDirectory}`, '-o', program, `${program}.c`, join(nativeDirectory, 'pool.c'), '-pthread']);
    return program;
  };
  let program: string, ofCalls: string, ofSubnormals: string;
  before(() => {
    program = built('stress', stress, '-fsanitize=thread');
    ofCalls = built('calls', calls, '-fsanitize=thread');
    ofSubnormals = built('subnormals', subnormals);
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const [parts, found] of [[1, '0'], [3, '0 0 0']] as const)
    it(`takes subnormal numbers for zero on each of ${parts} parts, and leaves the caller's arithmetic as it was`, () =>
      expect(execFileSync(ofSubnormals, [String(parts)], { encoding: 'utf8' })).to.equal(`2 kept before; ${found} by the parts; 2 after`));

  for (const parts of [1, 2, 3, 4])
    it(`runs 1,000 jobs of nine stages on ${parts} parts without a race or a lost write`, () => {
      const { status, stdout, stderr } = spawnSync(program, [String(parts), '1000'], { encoding: 'utf8' });
      expect({ status, stdout, stderr }).to.deep.equal({ status: 0, stdout: `${parts} parts, 0 wrong`, stderr: '' });
    });

  for (const [parts, found] of [[1, '0 wrong;'], [2, '0 wrong; 0 left beside the piece that waited, 128 done'], [3, '0 wrong; 0 left beside the piece that waited, 192 done'], [7, '0 wrong; 0 left beside the piece that waited, 448 done']] as const)
    it(`runs each iteration of a kernel once on ${parts} parts, and leaves nothing of it to a part that is late but the piece it has begun`, function () {
      this.timeout(60_000);
      const { status, stdout, stderr } = spawnSync(ofCalls, [String(parts)], { encoding: 'utf8' });
      expect({ status, stdout, stderr }).to.deep.equal({ status: 0, stdout: found, stderr: '' });
    });
});
