/** The generated parts of a library, compiled with the real generic runtime and run: slices, packing, compile-time stages, odd outputs. */
import {
  addressOf, blockedLayout, constant, layoutSize, parseDefinition, plainLayout, type Call, type Definition, type Layout, type Network, type NetworkTensor, type TensorData,
} from '@loopsmith/ir';
import type { KernelBuffer, KernelSource } from '@loopsmith/contracts';
import { alignedCopy, code, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryParts, type CallKernel, type LibraryParts, type LibraryRequest } from './library.js';
import { bytesText } from './network-source.js';
import { WeightsWriter } from './weights.js';

const native = fileURLToPath(new URL('../../../../runtime/native/', import.meta.url));
const read = (text: string): Definition => unwrap(parseDefinition(text));
const f32 = (values: readonly number[]): TensorData => ({ dtype: 'f32', shape: [values.length], values: Float32Array.from(values) });

/** 16 channels of 4 pixels; a joined tensor of 32 channels in blocks of 8, of which each half is a slice. */
const half = [1, 16, 4], whole = [1, 32, 4];
const halfLayout = blockedLayout(half, 1, 8), wholeLayout = blockedLayout(whole, 1, 8);
const sliceAt = (offset: number): Layout => halfLayout.map((dim) => (dim.axis === 1 ? { ...dim, offset, size: dim.modulo ?? 4 } : dim));
/** Weights by lane first: place (c % 8) * 2 + c / 8. */
const laneFirst: Layout = [{ axis: 0, offset: 0, divide: 1, modulo: 8, size: 8 }, { axis: 0, offset: 0, divide: 8, modulo: null, size: 2 }];
/** 12 channels stored as 16: four places stay zero. */
const padded: Layout = blockedLayout([12], 0, 8);

const scaled = read('tensor scaled(X: f32[1,16,4], W: f32[16] compile)\n  U[c<16] = W[c] * W[c]\n  Y[n<1, c<16, p<4] = X[0, c, p] * U[c]\n');
const shifted = read('tensor shifted(X: f32[1,16,4], W: f32[16] compile, S: f32[12] compile)\n  Y[n<1, c<16, p<4] = X[0, c, p] + W[c] + (select -c+11 >= 0 then S[c] else 0)\n');
const summed = read('tensor summed(J: f32[1,32,4])\n  T[p<4] = sum[c<32] J[0, c, p]\n  Y[n<1, c<32, p<4] = J[0, c, p] + T[p]\n');

const buffer = (role: KernelBuffer['role'], tensor: string, shape: readonly number[], layout: Layout, slack = 0): KernelBuffer =>
  ({ role, tensor, dtype: 'f32', size: layoutSize(layout), slack, shape, layout });
const kernel = (rewritten: Definition, symbols: readonly string[], source: string, buffers: readonly KernelBuffer[], scratchBytes = 0): KernelSource =>
  ({ symbols, source, buffers, scratchBytes, rewritten, algorithm: null });

const kernels: readonly CallKernel[] = [
  {
    task: 'key-a', label: 'scale', schedule: 'root Y', record: 'record-1',
    kernel: kernel(scaled, ['scale'], code`
      void scale(void *const *buffers, void *scratch, int part, int parts) {
        const float *X = buffers[0], *U = buffers[1]; float *Y = buffers[2]; (void)scratch; (void)parts;
        if (part == 0) for (int c = 0; c < 16; c++) for (int p = 0; p < 4; p++) Y[(c / 8 * 4 + p) * 8 + c % 8] = X[c * 4 + p] * U[c % 8 * 2 + c / 8];
      }`, [buffer('input', 'X', half, plainLayout(half)), buffer('compile', 'U', [16], laneFirst), buffer('output', 'Y', half, halfLayout, 16)]),
  },
  {
    task: 'key-b', label: 'shift', schedule: '', record: null,
    kernel: kernel(shifted, ['shift'], code`
      void shift(void *const *buffers, void *scratch, int part, int parts) {
        const float *X = buffers[0], *W = buffers[1], *S = buffers[2]; float *Y = buffers[3]; (void)scratch; (void)parts;
        if (part == 0) for (int c = 0; c < 16; c++) for (int p = 0; p < 4; p++) Y[(c / 8 * 4 + p) * 8 + c % 8] = X[c * 4 + p] + W[c] + S[c];
      }`, [buffer('input', 'X', half, plainLayout(half)), buffer('compile', 'W', [16], plainLayout([16])), buffer('compile', 'S', [12], padded), buffer('output', 'Y', half, halfLayout)]),
  },
  {
    task: 'key-c', label: 'sum', schedule: 'root T; root Y', record: 'record-2',
    kernel: kernel(summed, ['sum_0', 'sum_1'], code`
      void sum_0(void *const *buffers, void *scratch, int part, int parts) {
        const float *J = buffers[0]; float *T = buffers[2]; (void)parts;
        if (part == 0) for (int p = 0; p < 4; p++) {
          float *sum = scratch;
          *sum = 0;
          for (int c = 0; c < 32; c++) *sum += J[(c / 8 * 4 + p) * 8 + c % 8];
          T[p] = *sum;
        }
      }
      void sum_1(void *const *buffers, void *scratch, int part, int parts) {
        const float *J = buffers[0], *T = buffers[2]; float *Y = buffers[1]; (void)scratch;
        for (int c = part * 32 / parts; c < (part + 1) * 32 / parts; c++) for (int p = 0; p < 4; p++) Y[c * 4 + p] = J[(c / 8 * 4 + p) * 8 + c % 8] + T[p];
      }`, [buffer('input', 'J', whole, wholeLayout), buffer('output', 'Y', whole, plainLayout(whole)), buffer('temporary', 'T', [4], plainLayout([4]))], 64),
  },
];

const weights = Array.from({ length: 16 }, (_, i) => i / 4 - 2);
const biases = Array.from({ length: 12 }, (_, i) => 10 * i);
const tensor = (name: string, shape: readonly number[], layout: Layout, more: Partial<NetworkTensor> = {}): NetworkTensor => ({ name, dtype: 'f32', shape, layout, ...more });
const tensors: readonly NetworkTensor[] = [
  tensor('image', half, plainLayout(half)),
  tensor('w', [16], plainLayout([16]), { data: f32(weights) }),
  tensor('s', [12], plainLayout([12]), { data: f32(biases) }),
  tensor('joined', whole, wholeLayout),
  tensor('left', half, sliceAt(0), { sliceOf: 'joined' }),
  tensor('right', half, sliceAt(16), { sliceOf: 'joined' }),
  tensor('out "1"\n/* é */', whole, plainLayout(whole)),
  { name: 'version', dtype: 'i64', shape: [], layout: [], data: { dtype: 'i64', shape: [], values: BigInt64Array.of(42n) } },
];
const call = (name: string, definition: Definition, inputs: readonly string[], output: string): Call => ({ name, label: name, definition, inputs, output, inPlace: null });
const network: Network = {
  name: 'test', inputs: ['image'], outputs: ['out "1"\n/* é */', 'version', 'image'],
  tensors: new Map(tensors.map((one) => [one.name, one])),
  calls: [call('a', scaled, ['image', 'w'], 'left'), call('b', shifted, ['image', 'w', 's'], 'right'), call('c', summed, ['joined'], 'out "1"\n/* é */')],
};
const request: LibraryRequest = { network, memory: { bytes: 700, offsets: new Map([['joined', 64]]) }, kernels, threads: 2, features: [], target: 'x86-avx:avx2', modelHash: 'abc' };

/** What the network answers, by hand. */
const expected = (image: readonly number[]): number[] => {
  const joined = [
    ...image.map((x, i) => x * Math.fround(weights[Math.floor(i / 4)]! ** 2)),
    ...image.map((x, i) => x + weights[Math.floor(i / 4)]! + (biases[Math.floor(i / 4)] ?? 0)),
  ];
  return joined.map((value, i) => value + joined.filter((_, j) => j % 4 === i % 4).reduce((a, b) => a + b, 0));
};

const main = code`
  #include "loopsmith.h"
  #include <stdio.h>
  int main(int count, char **names) {
    loopsmith_session *session;
    static float image[64], out[128], copy[64];
    int64_t version = 0;
    (void)count;
    for (int i = 0; i < 64; i++) image[i] = i % 9 - 4;
    if (loopsmith_create(names[1], 0, &session)) { puts(loopsmith_error()); return 1; }
    const void *inputs[] = {image};
    void *outputs[] = {out, &version, copy};
    for (int i = 0; i < 3; i++) if (loopsmith_run(session, inputs, outputs)) { puts(loopsmith_error()); return 1; }
    FILE *file = fopen(names[2], "wb");
    if (!file || fwrite(out, sizeof out, 1, file) != 1 || fwrite(copy, sizeof copy, 1, file) != 1 || fclose(file)) return 1;
    printf("%lld|%d|%s|%s|%d", (long long)version, loopsmith_session_threads(session), loopsmith_output(session, 0)->name, loopsmith_output(session, 1)->dtype, loopsmith_output(session, 1)->rank);
    loopsmith_destroy(session);
    return 0;
  }
` + '\n';

describe('libraryParts', () => {
  let folder = '', parts: LibraryParts;
  before(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-library-')); parts = libraryParts(request); });
  after(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);

  it('runs with the generic runtime', () => {
    writeFileSync(at('network.c'), parts.source);
    writeFileSync(at('kernels.c'), kernels.map(({ kernel: { source } }) => source).join('\n'));
    writeFileSync(at('main.c'), main);
    writeFileSync(at('network.weights'), Buffer.concat(parts.weights));
    const sources = ['network.c', 'kernels.c', 'main.c'].map(at).concat(['pool.c', 'loopsmith_library.c', 'loopsmith_runtime.c'].map((file) => join(native, file)));
    execFileSync('gcc', ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror', `-I${native}`, ...sources, '-o', at('main'), '-pthread', '-lm'], { stdio: 'pipe' });
    const said = execFileSync(at('main'), [at('network.weights'), at('out')], { encoding: 'utf8' });
    expect(said).to.equal('42|2|out "1"\n/* é */|i64|0');
    const found = new Float32Array(alignedCopy(readFileSync(at('out'))));
    const image = Array.from({ length: 64 }, (_, i) => (i % 9) - 4);
    expected(image).forEach((value, i) => expect(found[i]).to.be.closeTo(value, 1e-3));
    expect([...found.slice(128)]).to.deep.equal(image);
  });

  it('writes tables and nothing else', () => {
    expect(parts.source).to.equal(`/* The tables of a compiled network. Generated; holds no code. */
#include "loopsmith_tables.h"

void scale(void *const *buffers, void *scratch, int part, int parts);
void shift(void *const *buffers, void *scratch, int part, int parts);
void sum_0(void *const *buffers, void *scratch, int part, int parts);
void sum_1(void *const *buffers, void *scratch, int part, int parts);

static const loopsmith_place call_0[] = {{LOOPSMITH_INPUT, 0, 0}, {LOOPSMITH_WEIGHTS, 0, 0}, {LOOPSMITH_ARENA, 0, 64}};
static const loopsmith_place call_1[] = {{LOOPSMITH_INPUT, 0, 0}, {LOOPSMITH_WEIGHTS, 0, 64}, {LOOPSMITH_WEIGHTS, 0, 128}, {LOOPSMITH_ARENA, 0, 320}};
static const loopsmith_place call_2[] = {{LOOPSMITH_ARENA, 0, 64}, {LOOPSMITH_OUTPUT, 0, 0}, {LOOPSMITH_ARENA, 0, 704}};
static const loopsmith_place call_3[] = {{LOOPSMITH_ARENA, 0, 64}, {LOOPSMITH_OUTPUT, 0, 0}, {LOOPSMITH_ARENA, 0, 704}};
static const loopsmith_call calls[] = {
  {scale, 3, call_0},
  {shift, 4, call_1},
  {sum_0, 3, call_2},
  {sum_1, 3, call_3},
};

static const int64_t input_0[] = {1, 16, 4};
static const int64_t output_0[] = {1, 32, 4};
static const int64_t output_2[] = {1, 16, 4};
static const loopsmith_tensor inputs[] = {
  {"\\151\\155\\141\\147\\145", "f32", 3, input_0, 256},
};
static const loopsmith_output_table outputs[] = {
  {{"\\157\\165\\164\\040\\042\\061\\042\\012\\057\\052\\040\\303\\251\\040\\052\\057", "f32", 3, output_0, 512}, {LOOPSMITH_OUTPUT, 0, 0}},
  {{"\\166\\145\\162\\163\\151\\157\\156", "i64", 0, 0, 8}, {LOOPSMITH_WEIGHTS, 0, 192}},
  {{"\\151\\155\\141\\147\\145", "f32", 3, output_2, 256}, {LOOPSMITH_INPUT, 0, 0}},
};
static const uint8_t exact_inputs[] = {1};
static const uint8_t exact_outputs[] = {1, 1, 1};
static const char *const features[] = {0};

const loopsmith_network_tables loopsmith_network = {
  .abi = LOOPSMITH_TABLES_ABI,
  .threads = 2,
  .cpu_features = features,
  .arena_bytes = 768,
  .scratch_bytes = 64,
  .slack_bytes = 64,
  .weights_bytes = 256,
  .weights_checksum = {${parts.source.match(/\d+u/g)!.join(', ')}},
  .input_count = 1,
  .output_count = 3,
  .call_count = 4,
  .inputs = inputs,
  .outputs = outputs,
  .calls = calls,
  .exact_inputs = exact_inputs,
  .exact_outputs = exact_outputs,
};
`);
  });

  it('tells which of the caller\'s tensors are read past their end', () => {
    const last = kernels[2]!, [joined, out, temporary] = last.kernel.buffers as readonly [KernelBuffer, KernelBuffer, KernelBuffer];
    const reading = (image: number, made: number): string => libraryParts({ ...request, kernels: [
      kernels[0]!, { ...kernels[1]!, kernel: { ...kernels[1]!.kernel, buffers: kernels[1]!.kernel.buffers.map((one) => (one.role === 'input' ? { ...one, slack: image } : one)) } },
      { ...last, kernel: { ...last.kernel, buffers: [{ ...joined, slack: 8 }, { ...out, slack: made }, temporary] } },
    ] }).source;
    const said = (source: string): readonly (string | undefined)[] => ['inputs', 'outputs'].map((which) => new RegExp(`exact_${which}\\[\\] = (.*);`).exec(source)?.[1]);
    expect([said(reading(0, 0)), said(reading(4, 0)), said(reading(0, 16))]).to.deep.equal([['{1}', '{1, 1, 1}'], ['{0}', '{1, 1, 1}'], ['{1}', '{0, 1, 1}']]);
  });

  it('packs by layout, zero where nothing lies, and evaluates compile-time stages', () => {
    const payload = new Float32Array(alignedCopy(Buffer.concat(parts.weights.slice(1))));
    const squares = weights.map((w) => Math.fround(w * w));
    squares.forEach((value, c) => expect(payload[addressOf(laneFirst, [constant(c)]).constant]).to.equal(value));
    expect([...payload.slice(16, 32)]).to.deep.equal(weights);
    expect([...payload.slice(32, 48)]).to.deep.equal([...biases, 0, 0, 0, 0]);
  });

  it('gives the kernel that knows of its slice the start of the whole buffer', () => {
    const knowing = kernels.map((one, i) => (i === 1 ? { ...one, kernel: { ...one.kernel, buffers: one.kernel.buffers.map((b) => (b.role === 'output' ? { ...b, layout: sliceAt(16) } : b)) } } : one));
    expect(libraryParts({ ...request, kernels: knowing }).source).to.include('call_1[] = {{LOOPSMITH_INPUT, 0, 0}, {LOOPSMITH_WEIGHTS, 0, 64}, {LOOPSMITH_WEIGHTS, 0, 128}, {LOOPSMITH_ARENA, 0, 64}}');
  });

  it('says in the manifest what it is made of', () => {
    expect(parts.manifest).to.deep.equal({
      v: 1, model: 'abc', target: 'x86-avx:avx2', threads: 2, features: [],
      inputs: [{ name: 'image', dtype: 'f32', shape: half }],
      outputs: [{ name: 'out "1"\n/* é */', dtype: 'f32', shape: whole }, { name: 'version', dtype: 'i64', shape: [] }, { name: 'image', dtype: 'f32', shape: half }],
      calls: 3,
      tasks: [
        { task: 'key-a', label: 'scale', calls: 1, schedule: 'root Y', record: 'record-1' },
        { task: 'key-b', label: 'shift', calls: 1, schedule: '', record: null },
        { task: 'key-c', label: 'sum', calls: 1, schedule: 'root T; root Y', record: 'record-2' },
      ],
      layers: [
        { name: 'a', task: 0, flops: 64, bytes: 832, kernels: 1 },
        { name: 'b', task: 1, flops: 128, bytes: 880, kernels: 1 },
        { name: 'c', task: 2, flops: 256, bytes: 1024, kernels: 2 },
      ],
      sizes: { weightBytes: 256, addedWeightBytes: 256 - 64 - 48 - 8, arenaBytes: 768, scratchBytes: 64 },
    });
    expect(libraryParts({ ...request, network: { ...network, calls: [network.calls[0]!, network.calls[0]!] }, kernels: [kernels[0]!, kernels[0]!] }).manifest)
      .to.have.nested.property('tasks[0].calls', 2);
  });

  it('refuses kernels that do not belong to the network', () => {
    expect(() => libraryParts({ ...request, kernels: kernels.slice(1) })).to.throw('the network makes 3 calls, but there are kernels for 2');
    expect(() => libraryParts({ ...request, memory: { bytes: 0, offsets: new Map() } })).to.throw('tensor joined has no place: it is no input, no output, and not in the memory plan');
    const unknowable = { ...kernels[0]!, kernel: { ...kernels[0]!.kernel, buffers: kernels[0]!.kernel.buffers.map((b) => (b.tensor === 'X' ? { ...b, role: 'compile' as const } : b)) } };
    expect(() => libraryParts({ ...request, kernels: [unknowable, ...kernels.slice(1)] })).to.throw('call "a" needs the value of input X when the library is built, but it is known only at run time');
  });
});

describe('WeightsWriter', () => {
  it('aligns segments, stores equal ones once, and sums up all of them', () => {
    const writer = new WeightsWriter();
    const odd = Uint8Array.of(1, 2, 3), other = Uint8Array.from({ length: 65 }, (_, i) => i);
    expect([writer.add(odd), writer.add(other), writer.add(Uint8Array.of(1, 2, 3)), writer.add(Uint8Array.of(1, 2, 3, 0))]).to.deep.equal([0, 64, 0, 192]);
    const file = writer.finish(), bytes = Buffer.concat(file.parts);
    expect([file.payloadBytes, bytes.length]).to.deep.equal([256, 320]);
    expect(bytes.toString('latin1', 0, 8)).to.equal('LSWEIGHT');
    expect([bytes.readUInt32LE(8), bytes.readUInt32LE(12), bytes.readBigUInt64LE(16)]).to.deep.equal([1, 0, 256n]);
    // the definition in loopsmith_tables.h, word by word
    const lanes = [0x811c9dc5n, 0x811c9dc5n, 0x811c9dc5n, 0x811c9dc5n];
    for (let i = 0; i < 64; i++) lanes[i % 4] = ((lanes[i % 4]! ^ BigInt(bytes.readUInt32LE(64 + 4 * i))) * 0x01000193n) & 0xffffffffn;
    expect(file.checksum.map(BigInt)).to.deep.equal(lanes);
    expect([0, 1, 2, 3].map((lane) => bytes.readUInt32LE(24 + 4 * lane))).to.deep.equal(file.checksum);
  });
});

describe('bytesText', () => {
  it('leaves no character of a name as it is', () => {
    expect(bytesText('a"\\?1é')).to.equal('"\\141\\042\\134\\077\\061\\303\\251"');
    expect(() => bytesText('a\0b')).to.throw('the name "a\\u0000b" holds a NUL character, which no C string can');
  });
});
