/**
 * For specs: a deployed folder whose tables are written by hand. Two kernels, an intermediate in the arena and weights:
 * hidden = image + weight (weight broadcast over rows), then sums[row] = 2 * sum of hidden[row, :]; the second output is the input itself.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployedFiles } from '../deployed.js';
import { libraryFlags, nativeDirectory, runProgramFlags, runProgramSources, runtimeSources } from '../native.js';

export const rows = 6, columns = 16;
export const weight = Float32Array.from({ length: columns }, (_, i) => i / 4);
/** What the network answers. */
export const expectedSums = (image: Float32Array): number[] =>
  Array.from({ length: rows }, (_, r) => 2 * Array.from({ length: columns }, (_, c) => image[r * columns + c]! + weight[c]!).reduce((a, b) => a + b, 0));

/** The checksum of loopsmith_tables.h. */
const checksum = (payload: Uint8Array): readonly number[] => {
  const lanes = [0x811c9dc5, 0x811c9dc5, 0x811c9dc5, 0x811c9dc5];
  new Uint32Array(payload.buffer, payload.byteOffset, payload.length / 4).forEach((word, i) => { lanes[i % 4] = Math.imul(lanes[i % 4]! ^ word, 0x01000193) >>> 0; });
  return lanes;
};

const weightsFile = (): { readonly bytes: Uint8Array; readonly lanes: readonly number[] } => {
  const payload = new Uint8Array(64);
  payload.set(new Uint8Array(weight.buffer));
  const lanes = checksum(payload), header = new DataView(new ArrayBuffer(64));
  new Uint8Array(header.buffer).set(new TextEncoder().encode('LSWEIGHT'));
  header.setUint32(8, 1, true);
  header.setBigUint64(16, 64n, true);
  lanes.forEach((lane, i) => header.setUint32(24 + 4 * i, lane, true));
  return { bytes: new Uint8Array([...new Uint8Array(header.buffer), ...payload]), lanes };
};

/** What the library says of its input, whether calls keep `exact`ly within it, and how many floats of it they do read. */
interface InputReads { readonly exact: boolean; readonly reads: number }
const wholeInput: InputReads = { exact: true, reads: rows * columns };

const networkText = (lanes: readonly number[], feature: string | null, { exact, reads }: InputReads): string => `
#include "loopsmith_tables.h"
static void add(void *const *buffers, void *scratch, int part, int parts) {
  const float *image = buffers[0], *weight = buffers[1];
  float *hidden = buffers[2], *line = scratch;
  (void)*(const volatile float *)&image[${reads - 1}];
  for (int r = part * ${rows} / parts; r < (part + 1) * ${rows} / parts; r++) {
    for (int c = 0; c < ${columns}; c++) line[c] = image[r * ${columns} + c] + weight[c];
    for (int c = 0; c < ${columns}; c++) hidden[r * ${columns} + c] = line[c];
  }
}
/* Reads rows that other parts wrote: wrong without the barrier. */
static void sum(void *const *buffers, void *scratch, int part, int parts) {
  const float *hidden = buffers[0];
  float *sums = buffers[1];
  (void)scratch;
  for (int r = part * ${rows} / parts; r < (part + 1) * ${rows} / parts; r++) {
    const int from = ${rows} - 1 - r;
    float total = 0;
    for (int c = 0; c < ${columns}; c++) total += hidden[from * ${columns} + c];
    sums[from] = 2 * total;
  }
}
static const loopsmith_place add_buffers[] = {{LOOPSMITH_INPUT, 0, 0}, {LOOPSMITH_WEIGHTS, 0, 0}, {LOOPSMITH_ARENA, 0, 64}};
static const loopsmith_place sum_buffers[] = {{LOOPSMITH_ARENA, 0, 64}, {LOOPSMITH_OUTPUT, 0, 0}};
static const loopsmith_call calls[] = {{add, 3, add_buffers}, {sum, 2, sum_buffers}};
static const int64_t image_shape[] = {1, ${rows}, ${columns}}, sums_shape[] = {${rows}};
static const loopsmith_tensor inputs[] = {{"image", "f32", 3, image_shape, ${rows * columns * 4}}};
static const loopsmith_output_table outputs[] = {
  {{"sums/0", "f32", 1, sums_shape, ${rows * 4}}, {LOOPSMITH_OUTPUT, 0, 0}},
  {{"copy", "f32", 3, image_shape, ${rows * columns * 4}}, {LOOPSMITH_INPUT, 0, 0}},
};
static const uint8_t exact_inputs[] = {${exact ? 1 : 0}}, exact_outputs[] = {1, 1};
static const char *const features[] = {${feature === null ? '' : `"${feature}", `}0};
const loopsmith_network_tables loopsmith_network = {
  .abi = LOOPSMITH_TABLES_ABI, .threads = 2, .cpu_features = features, .arena_bytes = 4096, .scratch_bytes = ${columns * 4}, .slack_bytes = 64,
  .weights_bytes = 64, .weights_checksum = {${lanes.map((lane) => `${lane}u`).join(', ')}},
  .input_count = 1, .output_count = 2, .call_count = 2, .inputs = inputs, .outputs = outputs, .calls = calls,
  .exact_inputs = exact_inputs, .exact_outputs = exact_outputs,
};
`;

/** Writes the folder. `feature` is a CPU feature that the library claims to need, `flags` are for everything that is compiled. */
export const writeToyNetwork = (directory: string, feature: string | null = null, flags: readonly string[] = [], input: InputReads = wholeInput): void => {
  mkdirSync(directory, { recursive: true });
  const { bytes, lanes } = weightsFile();
  const source = join(directory, 'network.c'), library = join(directory, deployedFiles.library);
  writeFileSync(source, networkText(lanes, feature, input));
  writeFileSync(join(directory, deployedFiles.weights), bytes);
  copyFileSync(join(nativeDirectory, 'loopsmith.h'), join(directory, deployedFiles.header));
  execFileSync('gcc', ['-Wall', '-Werror', ...flags, '-o', library, source, ...runtimeSources, ...libraryFlags]);
  execFileSync('gcc', ['-Wall', '-Werror', ...flags, '-o', join(directory, deployedFiles.program), ...runProgramSources, library, ...runProgramFlags]);
};
