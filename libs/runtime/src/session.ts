/**
 * InferenceSession: runs a deployed folder, named and behaving as in onnxruntime's JavaScript API. The work is done in the
 * folder's own library, off the main thread but for `runSync`; nothing is computed here.
 */
import type { LibraryHandle } from 'koffi';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { onDemand, oneAtATime, product, refuse } from '@loopsmith/util';
import { deployedFiles } from './deployed.js';
import { emptyValues, Tensor, tensorTypeOf, type TensorType, type TensorValues } from './tensor.js';
import { cutOff } from './whole-library.js';

interface SessionOptions {
  /** Threads of a run, the calling one included. Default: the number the library was compiled and tuned for. */
  readonly threads?: number;
}
interface ValueMetadata { readonly name: string; readonly type: TensorType; readonly shape: readonly number[] }
export type Feeds = Readonly<Record<string, Tensor>>;

type Pointer = bigint | null;
interface NativeTensor { readonly name: string; readonly dtype: string; readonly rank: number; readonly shape: Pointer }

/** The functions of loopsmith.h. */
interface Native {
  create(weights: string, threads: number, session: Pointer[]): Promise<number>;
  createNow(weights: string, threads: number, session: Pointer[]): number;
  run(session: Pointer, inputs: readonly TensorValues[], outputs: readonly TensorValues[]): Promise<number>;
  runNow(session: Pointer, inputs: readonly TensorValues[], outputs: readonly TensorValues[]): number;
  /** Undefined where the library was compiled before it could tell. */
  readonly profile: ((session: Pointer, inputs: readonly TensorValues[], outputs: readonly TensorValues[]) => Promise<readonly number[] | null>) | undefined;
  destroy(session: Pointer): Promise<void>;
  describe(session: Pointer, role: 'input' | 'output'): readonly ValueMetadata[];
  threads(session: Pointer): number;
  compiledThreads(): number;
  /** Why the last call of this thread failed, and why the last run of a session did. */
  error(): string;
  runError(session: Pointer): string;
}

const fault = (code: string, message: string): never => refuse({ code, stage: 'run', message });

/** koffi and the structure of loopsmith.h, when a library is first opened: most commands open none. */
const foreign = onDemand(async () => {
  const { default: koffi } = await import('koffi');
  // Kernels run on the stack that koffi gives an asynchronous call; its default of 128 KiB is less than any thread has.
  koffi.config({ async_stack_size: 1 << 20 });
  return { koffi, NativeTensorType: koffi.struct({ name: 'const char *', dtype: 'const char *', rank: 'int', shape: 'int64_t *', bytes: 'size_t' }) };
});
type Foreign = Awaited<ReturnType<typeof foreign>>;

/** koffi hands an empty array over as NULL, which is how a caller forgets one; a tensor without elements has an address all the same. */
const addressable = (values: TensorValues): TensorValues => (values.length === 0 ? new Uint8Array(1) : values);

/** What a library of an earlier version does not have. */
const optional = <T>(find: () => T): T | undefined => {
  try { return find(); } catch { return undefined; }
};

const bind = (library: LibraryHandle, { koffi, NativeTensorType }: Foreign): Native => {
  const create = library.func('loopsmith_create', 'int', ['str', 'int', koffi.out(koffi.pointer('void *'))]);
  const run = library.func('loopsmith_run', 'int', ['void *', 'void **', 'void **']);
  const destroy = library.func('loopsmith_destroy', 'void', ['void *']);
  const counts = { input: library.func('loopsmith_input_count', 'int', ['void *']), output: library.func('loopsmith_output_count', 'int', ['void *']) };
  const tensors = {
    input: library.func('loopsmith_input', koffi.pointer(NativeTensorType), ['void *', 'int']),
    output: library.func('loopsmith_output', koffi.pointer(NativeTensorType), ['void *', 'int']),
  };
  const threads = library.func('loopsmith_session_threads', 'int', ['void *']), compiledThreads = library.func('loopsmith_compiled_threads', 'int', []);
  const error = library.func('loopsmith_error', 'str', []);
  const runError = optional(() => library.func('loopsmith_session_error', 'str', ['void *']));
  const profiled = optional(() => ({
    count: library.func('loopsmith_kernel_count', 'int', []),
    run: library.func('loopsmith_run_profiled', 'int', ['void *', 'void **', 'void **', koffi.out(koffi.pointer('uint64_t'))]),
  }));
  /** Runs on a thread of koffi's. */
  const later = <T>(call: (...values: unknown[]) => void, ...values: unknown[]): Promise<T> =>
    new Promise((resolve, reject) => { call(...values, (trouble: Error | null, result: T) => (trouble === null ? resolve(result) : reject(trouble))); });
  return {
    create: (...values) => later(create.async, ...values),
    createNow: (...values) => create(...values) as number,
    run: (session, inputs, outputs) => later(run.async, session, inputs.map(addressable), outputs.map(addressable)),
    runNow: (session, inputs, outputs) => run(session, inputs.map(addressable), outputs.map(addressable)) as number,
    profile:
      profiled &&
      (async (session, inputs, outputs) => {
        const nanoseconds = new BigUint64Array(Math.max(1, profiled.count() as number));
        const code = await later<number>(profiled.run.async, session, inputs.map(addressable), outputs.map(addressable), nanoseconds);
        return code === 0 ? Array.from(nanoseconds.subarray(0, profiled.count() as number), Number) : null;
      }),
    destroy: (session) => later(destroy.async, session),
    describe: (session, role) =>
      Array.from({ length: counts[role](session) as number }, (_, i) => {
        const tensor = koffi.decode(tensors[role](session, i), NativeTensorType) as NativeTensor;
        const shape = tensor.rank === 0 ? [] : Array.from(koffi.decode(tensor.shape, 'int64_t', tensor.rank) as ArrayLike<number | bigint>, Number);
        return { name: tensor.name, type: tensorTypeOf(tensor.dtype), shape };
      }),
    threads: (session) => threads(session) as number,
    compiledThreads: () => compiledThreads() as number,
    error: () => error() as string,
    runError: (session) =>
      runError === undefined
        ? 'it was compiled before it could say why; compile the model again with this version of Loopsmith'
        : (runError(session) as string),
  };
};

const load = async (directory: string, { koffi }: Foreign): Promise<LibraryHandle> => {
  const path = join(directory, deployedFiles.library);
  try { await access(path); } catch (error) {
    return fault('library-missing', (error as NodeJS.ErrnoException).code === 'ENOTDIR'
      ? `${directory} is a file; give a folder: the one that 'loopsmith compile' wrote of the model`
      : `${path} does not exist; give the folder that 'loopsmith compile' wrote`);
  }
  const lost = await cutOff(path).catch(() => null);
  if (lost !== null) return fault('library-unreadable', `${path} ${lost}`);
  try { return koffi.load(path); } catch (error) { return fault('library-unreadable', `${path} cannot be loaded on this machine: ${(error as Error).message}`); }
};

/** Refuses data that left since the tensor was made, as its buffer does when it is transferred to a worker: the library would read what is not theirs. */
const valuesOf = (inputs: readonly Tensor[]): readonly TensorValues[] => inputs.map(({ type, dims, size, data }) => (data.length === size ? data
  : fault('input-detached', `the data of a ${type} tensor of dims ${dimsText(dims)} hold ${data.length} elements now; their buffer was transferred or resized, so feed a copy`)));

const dimsText = (dims: readonly number[]): string => `[${dims.join(', ')}]`;

export class InferenceSession {
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  /** Threads of a run, and the number the library was compiled and tuned for. */
  readonly threads: number;
  readonly compiledThreads: number;
  readonly #native: Native;
  #session: Pointer;
  /** The library would run calls one by one as well, each on a thread and a stack of its own, of which there are only so many. */
  readonly #oneAtATime = oneAtATime();

  private constructor(native: Native, session: Pointer) {
    this.#native = native;
    this.#session = session;
    this.inputMetadata = native.describe(session, 'input');
    this.outputMetadata = native.describe(session, 'output');
    this.threads = native.threads(session);
    this.compiledThreads = native.compiledThreads();
  }

  /** Opens the folder that `compile` wrote. Rejects with a FailureError that says what is wrong with it. */
  static async create(directory: string, options: SessionOptions = {}): Promise<InferenceSession> {
    if (typeof directory !== 'string' || directory === '') return fault('library-missing', `the folder is ${String(directory)}; give the path of the one that 'loopsmith compile' wrote`);
    const { threads, ...others } = (options as SessionOptions | null) ?? {}, other = Object.keys(others)[0];
    if (other !== undefined) return fault('session-invalid', `there is no session option '${other}'; threads is the one there is, everything else was decided when the model was compiled`);
    if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) return fault('session-invalid', `threads must be a whole number of at least 1, not ${threads}`);
    const opened = await foreign(), native = bind(await load(directory, opened), opened);
    const weights = join(directory, deployedFiles.weights), made: Pointer[] = [null];
    let code = await native.create(weights, threads ?? 0, made);
    // The library keeps its sentence for the thread that failed, so the failing call is made once more on this one.
    if (code !== 0) code = native.createNow(weights, threads ?? 0, made);
    if (code !== 0) return fault('session-failed', native.error());
    return new InferenceSession(native, made[0]!);
  }

  get inputNames(): readonly string[] { return this.inputMetadata.map(({ name }) => name); }
  get outputNames(): readonly string[] { return this.outputMetadata.map(({ name }) => name); }

  /**
   * Runs the network; `fetches` names the outputs wanted (default: all). Calls of one session wait for each other, and each reads its feeds when its
   * turn comes: leave the data as they are until the promise is settled.
   */
  async run(feeds: Feeds, fetches: readonly string[] = this.outputNames): Promise<Record<string, Tensor>> {
    const inputs = this.#asked(feeds, fetches);
    return this.#results(fetches, await this.#inTurn(async (session) => {
      const made = this.#emptyOutputs();
      return await this.#native.run(session, valuesOf(inputs), made) === 0 ? made : this.#refused(session);
    }));
  }

  /**
   * As `run`, on the calling thread, as onnxruntime's Node binding does: nothing else happens there meanwhile, and no other thread is woken for the call and
   * for its answer, which is 0.1 to 0.4 ms of a virtual machine. Waits for a run in flight and goes before those that wait.
   */
  runSync(feeds: Feeds, fetches: readonly string[] = this.outputNames): Record<string, Tensor> {
    const inputs = this.#asked(feeds, fetches), session = this.#session, made = this.#emptyOutputs();
    return this.#results(fetches, this.#native.runNow(session, valuesOf(inputs), made) === 0 ? made : this.#refused(session));
  }

  /**
   * Runs the network once and answers the nanoseconds of each of its kernels, in the order of the manifest's layers. The
   * kernels wait for each other as in any run; looking at the clock costs some 30 ns a kernel.
   */
  async profile(feeds: Feeds): Promise<readonly number[]> {
    if (this.#session === null) return fault('session-released', 'this session has been released; create another one');
    const { profile } = this.#native;
    if (profile === undefined) return fault('profile-unsupported', 'this library cannot time its layers; compile the model again with this version of Loopsmith');
    const inputs = this.#arrange(feeds);
    return this.#inTurn(async (session) => await profile(session, valuesOf(inputs), this.#emptyOutputs()) ?? this.#refused(session));
  }

  /** Frees memory and threads once the runs in flight are done. Releasing twice does nothing. */
  async release(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    await this.#oneAtATime(() => this.#native.destroy(session));
  }

  #asked(feeds: Feeds, fetches: readonly string[]): readonly Tensor[] {
    if (this.#session === null) return fault('session-released', 'this session has been released; create another one');
    const inputs = this.#arrange(feeds);
    const unknown = fetches.find((name) => !this.outputNames.includes(name));
    return unknown === undefined ? inputs : fault('output-unknown', `the network has no output '${unknown}'; its outputs are ${this.#list(this.outputNames)}`);
  }
  #results(fetches: readonly string[], outputs: readonly TensorValues[]): Record<string, Tensor> {
    // Names come from the model: an object without a prototype holds whatever they are.
    const results = Object.create(null) as Record<string, Tensor>;
    this.outputMetadata.forEach(({ name, type, shape }, i) => { if (fetches.includes(name)) results[name] = new Tensor(type, outputs[i]!, shape); });
    return results;
  }
  #inTurn<T>(call: (session: Pointer) => Promise<T>): Promise<T> {
    const session = this.#session;
    return this.#oneAtATime(() => call(session));
  }
  #emptyOutputs(): readonly TensorValues[] { return this.outputMetadata.map(({ type, shape }) => emptyValues(type, product(shape))); }
  #refused(session: Pointer): never { return fault('run-failed', `the library refused the run: ${this.#native.runError(session)}`); }

  #list(names: readonly string[]): string { return names.map((name) => `'${name}'`).join(', '); }

  /** The feeds in the library's order, each checked. */
  #arrange(feeds: Feeds): readonly Tensor[] {
    if (typeof feeds !== 'object' || (feeds as Feeds | null) === null)
      return fault('input-missing', `run takes an object with a Tensor for each input, by name; the inputs are ${this.#list(this.inputNames)}`);
    const unknown = Object.keys(feeds).find((name) => !this.inputNames.includes(name));
    if (unknown !== undefined) return fault('input-unknown', `the network has no input '${unknown}'; its inputs are ${this.#list(this.inputNames)}`);
    return this.inputMetadata.map(({ name, type, shape }) => {
      const tensor = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
      if (tensor === undefined) return fault('input-missing', `input '${name}' is missing; feed a tensor of type ${type} and dims ${dimsText(shape)}`);
      if (!(tensor instanceof Tensor)) return fault('input-invalid', `input '${name}' must be a Tensor, as in new Tensor('${type}', data, ${dimsText(shape)})`);
      if (tensor.type !== type) return fault('input-type', `input '${name}' is a tensor of type ${tensor.type} where ${type} is expected; make it with new Tensor('${type}', data, dims)`);
      if (tensor.dims.length !== shape.length || tensor.dims.some((extent, axis) => extent !== shape[axis]))
        return fault(
          'input-shape',
          `input '${name}' has dims ${dimsText(tensor.dims)} where ${dimsText(shape)} is expected; shapes were fixed when the model was compiled: compile it into another folder for other sizes`,
        );
      return tensor;
    });
  }
}
