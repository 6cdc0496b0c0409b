/** Where a library finds inputs and leaves outputs: in the caller's memory or in its own, with the same answers at any address. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columns, expectedSums, rows, writeToyNetwork } from './testing/toy-network.js';

const image = Float32Array.from({ length: rows * columns }, (_, i) => (i % 7) * 0.5 - 1);

/** Runs the toy network on memory that ends where none may be read, at the case's address; prints how many answers are wrong. */
const caller = `
#define _GNU_SOURCE
#include "loopsmith.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
enum { PAGE = 65536, IMAGE = ${rows * columns * 4}, SUMS = ${rows * 4} };
static const float image[] = {${[...image].join(', ')}}, sums[] = {${expectedSums(image).join(', ')}};
/* The end of memory behind which a page is that nobody may touch. */
static char *fenced(void) {
  char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(at + PAGE, PAGE, PROT_NONE);
  return at + PAGE;
}
int main(int count, char **arguments) {
  (void)count;
  loopsmith_session *session;
  if (loopsmith_create(arguments[1], 2, &session)) { puts(loopsmith_error()); return 1; }
  char *x = fenced() - IMAGE, *s = fenced() - SUMS, *c = fenced() - IMAGE;
  const char *what = arguments[2];
  if (strcmp(what, "odd addresses") == 0) { x -= 1; s -= 3; c -= 5; }
  if (strcmp(what, "sums over the image") == 0) s = x;
  if (strcmp(what, "the copy over the image") == 0) { x -= 16; c = x + 8; }
  if (strcmp(what, "the copy on the image") == 0) c = x;
  int wrong = 0;
  for (int turn = 0; turn < 3; turn++) {
    memset(s, 0, SUMS);
    memset(c, 0, IMAGE);
    memcpy(x, image, IMAGE);
    const void *inputs[] = {x};
    void *outputs[] = {s, c};
    if (loopsmith_run(session, inputs, outputs)) { puts(loopsmith_error()); return 1; }
    float value;
    for (int i = 0; i < ${rows}; i++) { memcpy(&value, s + 4 * i, 4); wrong += !(fabsf(value - sums[i]) < 1e-3f); }
    wrong += memcmp(c, image, IMAGE) != 0;
  }
  printf("%d wrong\\n", wrong);
  loopsmith_destroy(session);
  return 0;
}
`;

/** A float at an address that is no multiple of 4 ends the program, as it may on other processors than x86, which loads it all the same. */
const trapping = ['-fsanitize=alignment', '-fsanitize-undefined-trap-on-error'];

describe('the memory of a caller', () => {
  const folders: string[] = [];
  /** `exact`: whether the library says that its calls keep within the input; `reads`: how many floats of it they read. */
  const library = (exact: boolean, reads: number): ((what: string) => ReturnType<typeof spawnSync>) => {
    const directory = mkdtempSync(join(tmpdir(), 'loopsmith-memory-')), program = join(directory, 'caller');
    folders.push(directory);
    writeToyNetwork(directory, null, trapping, { exact, reads });
    writeFileSync(`${program}.c`, caller);
    execFileSync('gcc', ['-O1', `-I${directory}`, `${program}.c`, join(directory, 'network.so'), '-Wl,-rpath,$ORIGIN', '-lm', '-o', program]);
    return (what) => spawnSync(program, [join(directory, 'network.weights'), what], { encoding: 'utf8' });
  };
  before(function () { needs(this, command('gcc')); });
  after(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });

  it('gives the same answers at the end of a page, at odd addresses and where outputs lie over inputs', () => {
    const run = library(true, rows * columns);
    for (const what of ['a page\'s end', 'odd addresses', 'sums over the image', 'the copy over the image', 'the copy on the image'])
      expect([what, run(what).stdout]).to.deep.equal([what, '0 wrong\n']);
  });
  it('is not what a call reads past the end of', () => {
    expect(library(false, rows * columns + 16)('a page\'s end').stdout).to.equal('0 wrong\n');
  });
  it('is where calls read: one that reads past the end and does not say so faults there', () => {
    expect(library(true, rows * columns + 16)('a page\'s end').signal).to.equal('SIGSEGV');
  });
});
