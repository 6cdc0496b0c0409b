/**
 * Writes the deployable folder: shared and static library, header, packed weights, manifest, `run` program. Kernels are compiled
 * for the target's instruction set, everything else for the baseline, so that the library can say what the CPU lacks. The files are
 * made beside their places and moved there when all are whole: what fails or is stopped leaves what was there before.
 */
import { copyFile, mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fail, refuse, succeed, unwrap, FailureError, type Outcome } from '@loopsmith/util';
import { printSchedule } from '@loopsmith/ir';
import { cutShort, libraryParts, runProcess, type CallKernel, type LibraryParts, type ProcessRequest, type ProcessResult } from '@loopsmith/codegen-c-family';
import { deployedFiles, libraryFlags, nativeDirectory, runProgramFlags, runProgramSources, runtimeSources } from '@loopsmith/runtime';
import type { HardwarePlugin, KernelSource, PackageReport, PackageRequest } from '@loopsmith/contracts';
import { emitForCpu, lowerForCpu } from './emit.js';
import { kernelFlagsOf, type Toolchain } from './toolchain.js';

export const writeCpuPackage = (toolchain: Toolchain, request: PackageRequest): Promise<Outcome<PackageReport>> => {
  const { network, memory, target, threads, modelHash } = request, { features, spellings } = toolchain;
  return writeFolder(toolchain, request, async (compile, scratch) => {
    const { kernels, sources } = emitCalls(request, lowerForCpu, (task, lowered, symbol) => emitForCpu(spellings, task, lowered, symbol));
    const units = await writeUnits(sources, scratch);
    // compilers run beside this process while it packs the weights
    const [objects, parts] = await Promise.all([
      compileUnits(units, kernelFlagsOf(toolchain), compile),
      Promise.resolve().then(() => libraryParts({ network, memory, kernels, threads, features, target: target.id, modelHash })),
    ]);
    return { parts, objects, runtime: runtimeSources, include: [] };
  });
};

/** Runs the compiler in the scratch folder; refuses with its words when it fails. `what`: for the message. */
export type Compile = (what: string, ...commandArguments: readonly string[]) => Promise<void>;
/** What goes into a folder beside what all folders have. */
export interface FolderContents {
  readonly parts: LibraryParts;
  /** Object files in the scratch folder. */
  readonly objects: readonly string[];
  /** C sources that run the network, compiled for the machine's baseline. */
  readonly runtime: readonly string[];
  /** Folders of their headers. */
  readonly include: readonly string[];
  /** What else lies in the folder, by name. */
  readonly files?: readonly (readonly [name: string, content: string | Uint8Array])[];
}

/** Library, header, weights, manifest and run program of what `make` compiles in a scratch folder, which is gone afterwards. */
export const writeFolder = async (toolchain: Toolchain, into: Place, make: (compile: Compile, scratch: string) => Promise<FolderContents>): Promise<Outcome<PackageReport>> => {
  const scratch = await mkdtemp(join(tmpdir(), 'loopsmith-package-')), running = new Set<Promise<unknown>>(), directory = resolve(into.directory);
  let unfinished: string | undefined;
  try {
    await mkdir(directory, { recursive: true });
    await removeAbandoned(directory);
    unfinished = await mkdtemp(join(directory, UNFINISHED));
    const { names, ...sizes } = await writeInto(toolchain, into, unfinished, scratch, running, make);
    for (const name of names) await rename(join(unfinished, name), join(directory, name));
    return succeed({ ...sizes, files: names.map((name) => join(directory, name)) });
  } catch (error) {
    if (error instanceof FailureError) return fail(error.failure);
    throw error;
  } finally {
    // one that fails does not wait for those beside it, which write here
    await Promise.allSettled(running);
    for (const folder of [scratch, unfinished]) if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
};

const UNFINISHED = '.unfinished-', ABANDONED_MS = 3_600_000;
/** Of processes that were killed: one that writes here at the same time is younger. */
const removeAbandoned = async (directory: string): Promise<void> => {
  for (const name of (await readdir(directory)).filter((one) => one.startsWith(UNFINISHED))) {
    const path = join(directory, name), found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
};

type Place = Pick<PackageRequest, 'directory' | 'signal'>;

/** `names`: of the files, all in `directory`. */
const writeInto = async (
  toolchain: Toolchain,
  { directory: into, signal }: Place,
  directory: string,
  scratch: string,
  running: Set<Promise<unknown>>,
  make: (compile: Compile, scratch: string) => Promise<FolderContents>,
): Promise<Omit<PackageReport, 'files'> & { readonly names: readonly string[] }> => {
  const { compiler, archiver, machine, install } = toolchain;
  /** Throws where it was told to stop. */
  const run = async (request: Pick<ProcessRequest, 'command' | 'arguments' | 'timeoutMs' | 'memoryBytes'>): Promise<ProcessResult> => {
    const ended = runProcess({ ...request, directory: scratch, signal });
    running.add(ended);
    const result = await ended;
    if (result.end === 'aborted') refuse({ code: 'cancelled', stage: 'compile', message: `${into} is as it was before, for writing it was stopped; the same command writes it` });
    return result;
  };
  const compile: Compile = async (what, ...commandArguments) => {
    const { end, code, text } = await run({ command: compiler, arguments: commandArguments, timeoutMs: 300_000, memoryBytes: 8 * 2 ** 30 });
    if (end === 'missing') refuse({ code: 'compiler-missing', stage: 'compile', message: `${compiler} is not installed or not on PATH; install it (Debian: ${install})` });
    if (code !== 0) unbuilt(`${compiler} could not build ${what}`, { end, text });
  };
  const { parts, objects: kernels, runtime, include, files = [] } = await make(compile, scratch);
  await writeFile(join(scratch, 'network.c'), parts.source);
  const objects = [...kernels, ...await Promise.all(['network.c', ...runtime].map(async (source) => {
    const object = `${basename(source, '.c')}.o`;
    await compile(
      basename(source),
      ...machine,
      '-c', '-std=gnu11', '-O2', '-fPIC', '-fvisibility=hidden',
      `-I${nativeDirectory}`,
      ...include.map((folder) => `-I${folder}`),
      '-o',
      object,
      source,
    );
    return object;
  }))];
  const place = (file: string): string => join(directory, file);
  await compile('the library', ...machine, ...objects, '-o', place(deployedFiles.library), ...libraryFlags);
  const archived = await run({ command: archiver, arguments: ['rcsD', place(deployedFiles.archive), ...objects], timeoutMs: 60_000, memoryBytes: 2 ** 30 });
  if (archived.code !== 0) unbuilt(`${archiver} could not write the static library`, archived);
  await copyFile(join(nativeDirectory, deployedFiles.header), place(deployedFiles.header));
  await writePieces(place(deployedFiles.weights), parts.weights);
  await writeFile(place(deployedFiles.manifest), `${JSON.stringify(parts.manifest, null, 2)}\n`);
  for (const [name, content] of files) await writeFile(place(name), content);
  const linked = toolchain.program === 'static' ? [place(deployedFiles.archive), '-static', '-pthread', '-lm'] : [place(deployedFiles.library)];
  await compile('the run program', ...machine, ...runProgramSources, ...linked, '-o', place(deployedFiles.program), ...runProgramFlags);
  return {
    names: await readdir(directory),
    libraryBytes: (await stat(place(deployedFiles.library))).size, weightBytes: parts.sizes.weightBytes, arenaBytes: parts.sizes.arenaBytes,
  };
};

/** Refuses with the words of the program that failed, and with the way out where the system ended it. */
const unbuilt = (what: string, { end, text }: Pick<ProcessResult, 'end' | 'text'>): never => {
  const why = cutShort({ end, text });
  return why === null
    ? refuse({ code: 'build-failed', stage: 'compile', message: `${what}; its words are in the text of this failure`, text })
    : refuse({ code: 'build-cut-short', stage: 'compile', message: `${what}: ${why}`, text });
};

/** One function per distinct task and schedule; calls that share both share it. */
export const emitCalls = (
  { network, kernels }: Pick<PackageRequest, 'network' | 'kernels'>, lower: HardwarePlugin['lower'], emit: HardwarePlugin['emit'],
): { readonly kernels: readonly CallKernel[]; readonly sources: readonly string[] } => {
  const known = new Map<string, KernelSource>();
  const calls = network.calls.map((_, i): CallKernel => {
    const { task, schedule, record } = kernels[i]!;
    const text = printSchedule(schedule), key = `${task.key} ${text}`;
    let kernel = known.get(key);
    if (!kernel) known.set(key, kernel = emit(task, unwrap(lower(task, schedule)), `kernel_${known.size}`));
    return { kernel, task: task.key, label: task.label, schedule: text, record };
  });
  return { kernels: calls, sources: [...known.values()].map(({ source }) => source) };
};

/** Kernels of one translation unit: few enough that all cores have work, enough that starting the compiler does not count. */
const KERNELS_PER_UNIT = 8;

/** Names of the translation units, written. They follow from the sources alone, and so do their bytes. Kernels are dealt in turn, since neighbours take about as long. */
const writeUnits = async (sources: readonly string[], directory: string): Promise<readonly string[]> => {
  const units = Math.ceil(sources.length / KERNELS_PER_UNIT), names = Array.from({ length: units }, (_, unit) => `kernels-${unit}`);
  await Promise.all(names.map((name, unit) => writeFile(join(directory, `${name}.c`), sources.filter((_, i) => i % units === unit).join('\n'))));
  return names;
};

/** The number of cores that this process may use decides only how many are compiled at a time. Answers the object files. */
const compileUnits = async (names: readonly string[], flags: readonly string[], compile: Compile): Promise<readonly string[]> => {
  const waiting = names.values();
  const compileWaiting = async (): Promise<void> => { for (const name of waiting) await compile('the kernels', ...flags, '-c', '-o', `${name}.o`, `${name}.c`); };
  await Promise.all(Array.from({ length: availableParallelism() }, compileWaiting));
  return names.map((name) => `${name}.o`);
};

/** The pieces of a file one after another, without a copy of the whole. */
const writePieces = async (path: string, pieces: readonly Uint8Array[]): Promise<void> => {
  const file = await open(path, 'w');
  try {
    for (const piece of pieces) await file.writeFile(piece);
  } finally {
    await file.close();
  }
};
