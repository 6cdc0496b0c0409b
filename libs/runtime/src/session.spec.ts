/** A deployed folder through InferenceSession: right answers on any number of threads, and a sentence for every mistake. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailureError } from '@loopsmith/util';
import { nativeDirectory } from './native.js';
import { InferenceSession, type Feeds } from './session.js';
import { Tensor } from './tensor.js';
import { columns, expectedSums, rows, writeToyNetwork } from './testing/toy-network.js';

const imageOf = (seed: number): Float32Array => Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7 + seed * 13) % 32) - 16);
const feedsOf = (seed: number): Feeds => ({ image: new Tensor('float32', imageOf(seed), [1, rows, columns]) });

/** A library whose network doubles a number and whose device refuses those below zero. */
const refusingLibrary = `
#include "loopsmith.h"
#include <stdio.h>
#include <stdlib.h>
struct loopsmith_session { char error[99]; };
static const int64_t shape[] = {1};
static const loopsmith_tensor x = {"x", "f32", 1, shape, 4}, y = {"y", "f32", 1, shape, 4};
int loopsmith_create(const char *weights, int threads, loopsmith_session **session) { *session = calloc(1, sizeof **session); return 0; }
int loopsmith_run(loopsmith_session *session, const void *const *inputs, void *const *outputs) {
  const float value = *(const float *)inputs[0];
  if (value < 0) { sprintf(session->error, "the device refuses %g", value); return LOOPSMITH_NO_DEVICE; }
  *(float *)outputs[0] = 2 * value;
  return 0;
}
int loopsmith_run_profiled(loopsmith_session *session, const void *const *inputs, void *const *outputs, uint64_t *nanoseconds) { return loopsmith_run(session, inputs, outputs); }
int loopsmith_kernel_count(void) { return 1; }
void loopsmith_destroy(loopsmith_session *session) { free(session); }
int loopsmith_input_count(const loopsmith_session *session) { return 1; }
int loopsmith_output_count(const loopsmith_session *session) { return 1; }
const loopsmith_tensor *loopsmith_input(const loopsmith_session *session, int index) { return &x; }
const loopsmith_tensor *loopsmith_output(const loopsmith_session *session, int index) { return &y; }
int loopsmith_compiled_threads(void) { return 1; }
int loopsmith_session_threads(const loopsmith_session *session) { return 1; }
const char *loopsmith_error(void) { return ""; }
`;

/** Code and message of the FailureError that a promise rejects with. */
const refusal = async (promise: Promise<unknown>): Promise<readonly [string, string]> => {
  try { await promise; } catch (error) {
    if (error instanceof FailureError) return [error.failure.code, error.message];
    throw error;
  }
  throw new Error('it was not refused');
};

describe('InferenceSession', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-session-'));
  before(() => writeToyNetwork(directory));
  after(() => rmSync(directory, { recursive: true }));

  it('names inputs and outputs and their shapes', async () => {
    const session = await InferenceSession.create(directory);
    expect(session.inputNames).to.deep.equal(['image']);
    expect(session.outputNames).to.deep.equal(['sums/0', 'copy']);
    expect(session.inputMetadata).to.deep.equal([{ name: 'image', type: 'float32', shape: [1, rows, columns] }]);
    expect([session.threads, session.compiledThreads]).to.deep.equal([2, 2]);
    await session.release();
  });

  it('answers right on every number of threads, again and again', async () => {
    for (const threads of [1, 2, 3]) {
      const session = await InferenceSession.create(directory, { threads });
      for (let seed = 0; seed < 100; seed++) {
        const results = await session.run(feedsOf(seed));
        expect([...results['sums/0']!.data]).to.deep.equal(expectedSums(imageOf(seed)));
        expect(results['copy']!.data).to.deep.equal(imageOf(seed));
        expect(results['copy']!.dims).to.deep.equal([1, rows, columns]);
      }
      await session.release();
    }
  });

  it('runs several sessions and several calls of one session at once', async () => {
    const sessions = await Promise.all([1, 2, 2].map((threads) => InferenceSession.create(directory, { threads })));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, seed) => sessions[seed % 3]!.run(feedsOf(seed))));
    answers.forEach((results, seed) => expect([...results['sums/0']!.data]).to.deep.equal(expectedSums(imageOf(seed))));
    await Promise.all(sessions.map((session) => session.release()));
  });

  it('takes any number of calls at once: each waits for those before it', async () => {
    const session = await InferenceSession.create(directory);
    const answers = await Promise.all(Array.from({ length: 300 }, (_, seed) => session.run(feedsOf(seed))));
    answers.forEach((results, seed) => expect([...results['sums/0']!.data]).to.deep.equal(expectedSums(imageOf(seed))));
    expect(await Promise.all([session.profile(feedsOf(1)), session.run(feedsOf(2))])).to.have.length(2);
    await session.release();
  });

  it('runs on the calling thread too, also while calls of it are in flight', async () => {
    const session = await InferenceSession.create(directory), results = session.runSync(feedsOf(3)), waiting = [4, 5, 6].map((seed) => session.run(feedsOf(seed)));
    expect([...results['sums/0']!.data]).to.deep.equal(expectedSums(imageOf(3)));
    expect(Object.keys(session.runSync(feedsOf(7), ['copy']))).to.deep.equal(['copy']);
    expect(session.runSync(feedsOf(7))['copy']!.data).to.deep.equal(imageOf(7));
    (await Promise.all(waiting)).forEach((answer, i) => expect([...answer['sums/0']!.data]).to.deep.equal(expectedSums(imageOf(4 + i))));
    await session.release();
  });

  it('says why a run failed, in whichever thread it ran, and goes on', async () => {
    const opened = async (name: string, more: string): Promise<InferenceSession> => {
      const folder = join(directory, name);
      mkdirSync(folder);
      writeFileSync(join(folder, 'network.c'), refusingLibrary + more);
      execFileSync('gcc', ['-shared', '-fPIC', `-I${nativeDirectory}`, '-o', join(folder, 'network.so'), join(folder, 'network.c')]);
      return InferenceSession.create(folder);
    };
    const feeds = (value: number): Feeds => ({ x: new Tensor('float32', [value], [1]) });
    const session = await opened('refusing', 'const char *loopsmith_session_error(const loopsmith_session *session) { return session->error; }');
    const outcomes = await Promise.all([1, -1, 2].map((value) => session.run(feeds(value)).then(({ y }) => y!.data[0], (error: Error) => error.message)));
    expect(outcomes).to.deep.equal([2, 'the library refused the run: the device refuses -1', 4]);
    expect(await refusal(Promise.resolve().then(() => session.runSync(feeds(-2))))).to.deep.equal(['run-failed', 'the library refused the run: the device refuses -2']);
    expect(await refusal(session.profile(feeds(-3)))).to.deep.equal(['run-failed', 'the library refused the run: the device refuses -3']);
    await session.release();
    const older = await opened('refusing-older', '');
    expect(await refusal(older.run(feeds(-1)))).to.deep.equal(['run-failed', 'the library refused the run: it was compiled before it could say why; compile the model again with this version of Loopsmith']);
    await older.release();
  });

  it('keeps the sentence of a failed run for every thread of a C program', () => {
    writeFileSync(join(directory, 'threads.c'), `
      #include "loopsmith.h"
      #include <pthread.h>
      #include <stdio.h>
      static void *run(void *session) { void *outputs[] = {0, 0}; const void *inputs[] = {0}; return (void *)(long)loopsmith_run(session, inputs, outputs); }
      int main(int count, char **arguments) {
        loopsmith_session *session;
        pthread_t thread;
        void *code;
        if (count != 2 || loopsmith_create(arguments[1], 1, &session)) return 1;
        printf("[%s]", loopsmith_session_error(session));
        pthread_create(&thread, NULL, run, session);
        pthread_join(thread, &code);
        printf("[%s][%s] %ld", loopsmith_error(), loopsmith_session_error(session), (long)code);
        loopsmith_destroy(session);
      }`);
    execFileSync('gcc', [`-I${directory}`, '-o', join(directory, 'threads'), join(directory, 'threads.c'), join(directory, 'network.so'), '-Wl,-rpath,$ORIGIN', '-pthread']);
    expect(execFileSync(join(directory, 'threads'), [join(directory, 'network.weights')], { encoding: 'utf8' })).to.equal('[][][input 0 (image) is NULL] 4');
  });

  it('gives only the outputs that are fetched', async () => {
    const session = await InferenceSession.create(directory);
    expect(Object.keys(await session.run(feedsOf(1), ['copy']))).to.deep.equal(['copy']);
    await session.release();
  });

  it('lets calls in flight end before it is released', async () => {
    const session = await InferenceSession.create(directory);
    const running = session.run(feedsOf(3));
    await session.release();
    expect([...(await running)['sums/0']!.data]).to.deep.equal(expectedSums(imageOf(3)));
    await session.release();
    for (const call of [session.run(feedsOf(1)), Promise.resolve().then(() => session.runSync(feedsOf(1)))])
      expect(await refusal(call)).to.deep.equal(['session-released', 'this session has been released; create another one']);
  });

  it('says what is wrong with feeds and fetches', async () => {
    const session = await InferenceSession.create(directory);
    const image = imageOf(0);
    const cases: readonly (readonly [Feeds, string, string])[] = [
      [{}, 'input-missing', "input 'image' is missing; feed a tensor of type float32 and dims [1, 6, 16]"],
      [{ ...feedsOf(0), imgae: new Tensor(image) }, 'input-unknown', "the network has no input 'imgae'; its inputs are 'image'"],
      [{ image: new Tensor('float32', image, [6, 16]) }, 'input-shape', "input 'image' has dims [6, 16] where [1, 6, 16] is expected; shapes were fixed when the model was compiled: compile it into another folder for other sizes"],
      [{ image: new Tensor('float64', [...image], [1, 6, 16]) }, 'input-type', "input 'image' is a tensor of type float64 where float32 is expected; make it with new Tensor('float32', data, dims)"],
      [{ image: image as unknown as Tensor }, 'input-invalid', "input 'image' must be a Tensor, as in new Tensor('float32', data, [1, 6, 16])"],
    ];
    for (const [feeds, code, message] of cases) expect(await refusal(session.run(feeds))).to.deep.equal([code, message]);
    expect(await refusal(session.run(undefined as unknown as Feeds))).to.deep.equal(['input-missing', "run takes an object with a Tensor for each input, by name; the inputs are 'image'"]);
    expect(await refusal(Promise.resolve().then(() => session.runSync(feedsOf(0), ['logits'])))).to.deep.equal(['output-unknown', "the network has no output 'logits'; its outputs are 'sums/0', 'copy'"]);
    expect(await refusal(session.run(feedsOf(0), ['logits']))).to.deep.equal(['output-unknown', "the network has no output 'logits'; its outputs are 'sums/0', 'copy'"]);
    await session.release();
  });

  it('reads no data that left before its turn came', async () => {
    const session = await InferenceSession.create(directory), lost = feedsOf(1), other = feedsOf(2);
    const waiting = [session.run(other), session.run(lost), session.profile(lost)] as const;
    structuredClone(lost['image']!.data, { transfer: [lost['image']!.data.buffer as ArrayBuffer] });
    const refused = ['input-detached', 'the data of a float32 tensor of dims [1, 6, 16] hold 0 elements now; their buffer was transferred or resized, so feed a copy'];
    expect(await Promise.all([refusal(waiting[1]), refusal(waiting[2]), refusal(session.run(lost))])).to.deep.equal([refused, refused, refused]);
    expect([...(await waiting[0])['sums/0']!.data]).to.deep.equal(expectedSums(imageOf(2)));
    await session.release();
  });

  it('says what is wrong with a folder', async () => {
    const other = mkdtempSync(join(tmpdir(), 'loopsmith-session-'));
    expect(await refusal(InferenceSession.create(other))).to.deep.equal(['library-missing', `${join(other, 'network.so')} does not exist; give the folder that 'loopsmith compile' wrote`]);
    const file = join(other, 'model.onnx');
    writeFileSync(file, 'model');
    expect(await refusal(InferenceSession.create(file))).to.deep.equal(['library-missing', `${file} is a file; give a folder: the one that 'loopsmith compile' wrote of the model`]);
    expect(await refusal(InferenceSession.create(undefined as unknown as string))).to.deep.equal(['library-missing', "the folder is undefined; give the path of the one that 'loopsmith compile' wrote"]);
    writeFileSync(join(other, 'network.so'), 'text');
    const [code, message] = await refusal(InferenceSession.create(other));
    expect(code).to.equal('library-unreadable');
    expect(message).to.match(new RegExp(`^${join(other, 'network.so')} cannot be loaded on this machine: .*(file too short|invalid ELF header)`));
    // one that the loader would read beyond its end, which no process outlives
    const whole = readFileSync(join(directory, 'network.so'));
    for (const bytes of [3000, whole.length - 1]) {
      writeFileSync(join(other, 'network.so'), whole.subarray(0, bytes));
      expect(await refusal(InferenceSession.create(other))).to.deep.equal(['library-unreadable', `${join(other, 'network.so')} is truncated: it has ${bytes} bytes where ${whole.length} are expected; copy it again`]);
    }
    expect(await refusal(InferenceSession.create(directory, { threads: 0 }))).to.deep.equal(['session-invalid', 'threads must be a whole number of at least 1, not 0']);
    expect(await refusal(InferenceSession.create(directory, { intraOpNumThreads: 2 } as object)))
      .to.deep.equal(['session-invalid', "there is no session option 'intraOpNumThreads'; threads is the one there is, everything else was decided when the model was compiled"]);
    rmSync(other, { recursive: true });
  });

  it('says what is wrong with a weights file', async () => {
    const other = mkdtempSync(join(tmpdir(), 'loopsmith-session-'));
    copyFileSync(join(directory, 'network.so'), join(other, 'network.so'));
    const path = join(other, 'network.weights'), good = readFileSync(join(directory, 'network.weights'));
    const changed = (change: (bytes: Uint8Array) => Uint8Array | void): Uint8Array => { const bytes = new Uint8Array(good); return change(bytes) ?? bytes; };
    const cases: readonly (readonly [Uint8Array | null, string])[] = [
      [null, `cannot open the weights file ${path}: No such file or directory; it is written beside the library, and both move together`],
      [changed((bytes) => { bytes[0] = 0; }), `${path} is not a weights file of this kind of library; compile the model again`],
      [changed((bytes) => { bytes[8] = 2; }), `${path} has version 2 of the weights format, this library reads version 1; compile the model again`],
      [changed((bytes) => { bytes[24]! ^= 1; }), `${path} belongs to another library; use the weights file that was written together with this one`],
      [changed((bytes) => bytes.slice(0, 100)), `${path} is truncated: it has 100 bytes where 128 are expected; copy it again`],
      [changed((bytes) => { bytes[90]! ^= 64; }), `${path} is damaged: its checksum is not the one this library was compiled with; copy it again`],
    ];
    for (const [bytes, message] of cases) {
      if (bytes !== null) writeFileSync(path, bytes);
      expect(await refusal(InferenceSession.create(other))).to.deep.equal(['session-failed', message]);
    }
    rmSync(other, { recursive: true });
  });

  it('names the CPU feature that is missing', async () => {
    const other = mkdtempSync(join(tmpdir(), 'loopsmith-session-'));
    writeToyNetwork(other, 'time-travel');
    expect(await refusal(InferenceSession.create(other))).to.deep.equal(['session-failed', 'this library needs the CPU feature time-travel, which this CPU does not have; compile the model for this machine']);
    rmSync(other, { recursive: true });
  });
});

describe('Tensor', () => {
  it('takes its type from the typed array and its dims from the length when they are not given', () => {
    const tensor = new Tensor(new Float64Array(3));
    expect([tensor.type, tensor.dims, tensor.size]).to.deep.equal(['float64', [3], 3]);
    expect(new Tensor(new Float32Array(6), [2, 3]).dims).to.deep.equal([2, 3]);
    expect(new Tensor('float32', [7], []).size).to.equal(1);
  });
  it('converts plain arrays', () => {
    expect(new Tensor('int64', [1, 2n], [2]).data).to.deep.equal(BigInt64Array.of(1n, 2n));
    expect(new Tensor('bool', [true, false], [2]).data).to.deep.equal(Uint8Array.of(1, 0));
  });
  it('says what does not fit together', () => {
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => new Tensor('float32', new Float32Array(5), [2, 3]), 'dims [2, 3] stand for 6 elements, but data has 5'],
      [() => new Tensor('float32', new Float64Array(6), [2, 3]), 'the data of a tensor of float32 must be an array or a Float32Array, not a Float64Array'],
      [() => new Tensor('int64', [1, 1.5]), 'element 1 of the data of a tensor of int64 is 1.5; give whole numbers or BigInts, or another type'],
      [() => new Tensor('uint64', [NaN]), 'element 0 of the data of a tensor of uint64 is NaN; give whole numbers or BigInts, or another type'],
      [() => new Tensor('float16', [1.5]), 'the data of a tensor of float16 must be a Uint16Array, which holds the 16 bits of each element, not an array'],
      [() => new Tensor('float32', new Float32Array(4), 4 as unknown as number[]), 'dims must be an array such as [1, 3, 224, 224], not 4'],
      [() => new Tensor('float32', new Float32Array(1), [1.5]), 'dims must be whole numbers that are not negative; [1.5] holds 1.5'],
      [() => new Tensor('float' as 'float32', new Float32Array(1), [1]), "there is no tensor type 'float'; known are float32, float64, float16, bfloat16, int8, uint8, int16, uint16, int32, uint32, bool, int64, uint64"],
    ];
    for (const [make, message] of cases) expect(make).to.throw(FailureError, message);
  });
});
