/** How a candidate's buffers lie on a device, and which a run takes: the harness's way to a driver, on a driver that says what it is asked for. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativeDirectory } from '@loopsmith/runtime';
import { expect } from 'chai';
import { gpuNativeDirectory } from './host-toolchain.js';

/** Memory of the driver is memory of this process. Two buffers of 300 and 100 bytes, the first there three times; prints what every launch finds in them. */
const program = `
#include "gpu_candidate.c"
static int held, uploads, copied;
int loopsmith_driver_open(loopsmith_driver **made, loopsmith_driver_error *error) { *made = NULL; return 0; }
int loopsmith_driver_load(loopsmith_driver *d, const char *const *code, const size_t *bytes, int count, void **program, loopsmith_driver_error *error) { held++; return 0; }
void loopsmith_driver_unload(loopsmith_driver *d, void *program) { held--; }
int loopsmith_driver_allocate(loopsmith_driver *d, size_t bytes, void **memory, loopsmith_driver_error *error) { *memory = calloc(1, bytes); held++; printf("%zu ", bytes); return 0; }
void loopsmith_driver_free(loopsmith_driver *d, void *memory) { free(memory); held--; }
int loopsmith_driver_upload(loopsmith_driver *d, void *memory, size_t start, const void *from, size_t bytes, loopsmith_driver_error *error) { memcpy((char *)memory + start, from, bytes); uploads++; return 0; }
int loopsmith_driver_copy(loopsmith_driver *d, void *memory, size_t to, size_t from, size_t bytes, loopsmith_driver_error *error) {
  if (from + bytes > to) { strcpy(error->text, "the places overlap"); return 1; }
  memcpy((char *)memory + to, (char *)memory + from, bytes);
  copied++;
  return 0;
}
int loopsmith_driver_download(loopsmith_driver *d, void *memory, size_t start, void *to, size_t bytes, loopsmith_driver_error *error) { memcpy(to, (char *)memory + start, bytes); return 0; }
int loopsmith_driver_kernel(loopsmith_driver *d, void *program, const char *name, void **kernel, loopsmith_driver_error *error) { return 0; }
int loopsmith_driver_mark(loopsmith_driver *d, int mark, loopsmith_driver_error *error) { return 0; }
int loopsmith_driver_between(loopsmith_driver *d, int from, int to, double *nanoseconds, loopsmith_driver_error *error) { *nanoseconds = 10; return 0; }
int loopsmith_driver_launch(loopsmith_driver *d, void *kernel, const loopsmith_launch *launch, const loopsmith_argument *a, int count, loopsmith_driver_error *error) {
  char *weight = (char *)a[0].memory + a[0].start, *output = (char *)a[1].memory + a[1].start;
  printf("%zu:%c%c:%zu:%c ", a[0].start, weight[0], weight[299], a[1].start, ++*output);
  return 0;
}
int main(int count, char **words) {
  const loopsmith_gpu_kernel kernel = {0};
  const void *symbols[] = {&kernel};
  static char weight[300], output[100];
  void *hosts[] = {weight, output};
  const size_t bytes[] = {300, 100};
  const unsigned char turns[] = {1, 0};
  loopsmith_offload_error error;
  const loopsmith_offload *table = &loopsmith_offload_table;
  double nanoseconds = 0;
  void *device = table->device(&error), *made = table->open(device, symbols, 1, hosts, bytes, turns, atoi(words[1]), 2, &error);
  memset(weight, 'w', sizeof weight);
  memset(output, 'a', sizeof output);
  if (made == NULL || table->upload(made, 0, weight, &error) || table->upload(made, 1, output, &error)) return 1;
  printf("%d uploads and %d copies ", uploads - 2, copied);
  table->run(made, 4, &nanoseconds, &error);
  table->run(made, 1, &nanoseconds, &error);
  printf("%g %s ", nanoseconds, table->download(made, 1, output, &error) ? error.text : "clean");
  ((char *)((candidate *)made)->arguments[1].memory)[100] = 0;
  printf("%s, ", table->download(made, 1, output, &error) ? error.text : "unseen");
  printf("%d held, ", held);
  table->close(made);
  printf("%d kept", held);
  return 0;
}
`;

describe('a candidate on a device', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-gpu-candidate-'));
  before(() => {
    writeFileSync(join(directory, 'main.c'), program);
    execFileSync('gcc', ['-std=gnu11', '-O1', '-w', `-I${nativeDirectory}`, `-I${gpuNativeDirectory}`, '-o', join(directory, 'main'), join(directory, 'main.c')]);
  });
  after(() => rmSync(directory, { recursive: true }));
  const run = (copies: number): string => execFileSync(join(directory, 'main'), [String(copies)], { encoding: 'utf8' }).trim();
  const tail = 'a write 1 bytes past the end of buffer 1 and its slack, 3 held, 0 kept';

  it('has its weights once, and every run finds them where they are', () => {
    expect(run(1)).to.equal(`1324 1124 2 uploads and 0 copies 0:ww:0:b 0:ww:0:c 0:ww:0:d 0:ww:0:e 0:ww:0:f 10 clean ${tail}`);
  });
  it('has as many as a cache asks for by few copies on the device, each twice the last', () => {
    // 4 turns, then 1
    expect(run(1000)).to.contain(`${999 * 512 + 300 + 1024} 1124 2 uploads and 10 copies 0:ww:0:b 512:ww:0:c 1024:ww:0:d 1536:ww:0:e 2048:ww:0:f 10 clean`);
  });
  it('has them several times, aligned, and every run takes the next copy, from one queue of runs to the next', () => {
    expect(run(3)).to.equal(`2348 1124 2 uploads and 2 copies 0:ww:0:b 512:ww:0:c 1024:ww:0:d 0:ww:0:e 512:ww:0:f 10 clean ${tail}`);
  });
});
