/** Runs printed kernels for specs: gcc builds them, a small C program loads them, hands buffers over as files and takes them back. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, type NumericArray, type Program } from '@loopsmith/ir';
import { alignedCopy, elementArray, unwrap } from '@loopsmith/util';
import type { PrintedKernels } from '../print-kernels.js';
import { compileBatch } from '../toolchain/compile-batch.js';
import { gccFlags } from '../toolchain/flags.js';

/** Usage: host library scratchBytes parts outFile buffers symbols..; every buffer and the scratch end at a page that cannot be touched. */
const host = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
static char *fenced(long bytes) {
  long room = (bytes + 64 + 4095) / 4096 * 4096;
  char *all = mmap(0, room + 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(all, 4096, PROT_NONE); mprotect(all + 4096 + room, 4096, PROT_NONE);
  return all + 4096 + room - (bytes + 63) / 64 * 64;
}
int main(int count, char **argument) {
  void *library = dlopen(argument[1], RTLD_NOW);
  if (!library) { fprintf(stderr, "%s", dlerror()); return 3; }
  void *scratch = fenced(atol(argument[2])); int parts = atoi(argument[3]), buffers = atoi(argument[4]);
  void *memory[2048]; long bytes[2048]; FILE *file = fopen(argument[5], "rb+");
  for (int i = 0; i < buffers; i++) {
    long slack; fread(&bytes[i], 8, 1, file); fread(&slack, 8, 1, file);
    memory[i] = fenced(bytes[i] + slack); fread(memory[i], 1, bytes[i], file); memset((char *)memory[i] + bytes[i], 0xff, slack);
  }
  for (int s = 6; s < count; s++) {
    void (*kernel)(void *const *, void *, int, int) = dlsym(library, argument[s]);
    if (!kernel) return 4;
    for (int part = 0; part < parts; part++) kernel(memory, scratch, part, parts);
  }
  rewind(file);
  for (int i = 0; i < buffers; i++) { fseek(file, 16, SEEK_CUR); fwrite(memory[i], 1, bytes[i], file); }
  return fclose(file);
}`;

let built: string | null = null;
/** Built once for all specs of a process, which takes it away at its end. */
const hostProgram = (): string => {
  if (built !== null) return built;
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-kernel-host-')), executable = join(folder, 'host');
  process.once('exit', () => rmSync(folder, { recursive: true }));
  writeFileSync(`${executable}.c`, host);
  execFileSync('gcc', ['-O1', '-w', '-o', executable, `${executable}.c`, '-ldl']);
  return built = executable;
};

/** Runs the kernels on the buffers, in place; gcc is needed and its absence is a failure. */
export const runKernels = async (printed: PrintedKernels, program: Program, isaFlags: readonly string[], buffers: ReadonlyMap<string, NumericArray>, parts = 1): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-kernels-'));
  try {
    const [made] = await compileBatch({ compiler: 'gcc', flags: gccFlags(isaFlags), sources: [printed], directory: folder });
    const { library } = unwrap(made!);
    const executable = hostProgram(), data = join(folder, 'data');
    writeFileSync(data, Buffer.concat(program.buffers.flatMap(({ name, size, slack, dtype }) => {
      const array = buffers.get(name)!;
      if (array.length !== size) throw new Error(`${name} has ${size} elements, not ${array.length}`);
      const head = new BigInt64Array([BigInt(array.byteLength), BigInt(slack * bytesOf[dtype])]);
      return [Buffer.from(head.buffer), Buffer.from(array.buffer, array.byteOffset, array.byteLength)];
    })));
    execFileSync(executable, [library, String(printed.scratchBytes), String(parts), String(program.buffers.length), data, ...printed.symbols]);
    const bytes = readFileSync(data);
    let at = 0;
    for (const { name, dtype } of program.buffers) {
      const array = buffers.get(name)!;
      at += 16;
      array.set(elementArray(dtype, alignedCopy(bytes.subarray(at, at + array.byteLength))) as never);
      at += array.byteLength;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
};
