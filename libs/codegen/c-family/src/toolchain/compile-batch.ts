/**
 * A batch of kernels to shared objects. One translation unit holds a few of them, because starting a compiler costs as much as
 * compiling a kernel, and every lane takes the next unit when it is free; a unit that fails is halved until the kernel at fault
 * stands alone. The assembly is kept long enough to count the hot loops. It measures nothing and runs no kernel.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, rename, unlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { BuildReport, Lane } from '@loopsmith/contracts';
import { fail, shortHash, succeed, type Failure, type Outcome } from '@loopsmith/util';
import { assemblyIn } from '../asm-text.js';
import { cutShort, fullDisk } from './cut-short.js';
import { bodyOf, hotLoop, hotter, noLoop } from './hot-loop.js';
import { runProcess, type ProcessResult } from './run-process.js';

export interface BatchRequest {
  /** The compiler driver: `gcc`, `clang-19`, `aarch64-linux-gnu-gcc`, or a path. */
  readonly compiler: string;
  readonly flags: readonly string[];
  /** `symbols`: what each source exports; no two sources of a batch may share one. */
  readonly sources: readonly { readonly source: string; readonly symbols: readonly string[] }[];
  /** Where the shared objects stay; made when it does not exist. */
  readonly directory: string;
  /** Where compilers run, kept to the lane's CPUs by `taskset`; when absent as many as this machine has CPUs, on any of them. */
  readonly lanes?: readonly Lane[] | undefined;
  /** Of a unit, compiled and linked. Default one minute. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface BuiltKernel {
  /** Path of the shared object; the sources of a unit have one in common. */
  readonly library: string;
  readonly report: Required<Pick<BuildReport, 'hotLoopInstructions' | 'hotLoopStackAccesses' | 'hotLoopMultiplyAdds' | 'sourceBytes'>>;
  /** Assembly of the hot loop; empty when there is none. */
  readonly hotLoop: string;
}

/** `assembly`: all of it, where it is nothing else. */
type Source = BatchRequest['sources'][number] & { readonly assembly: string | null };
type Built = Outcome<BuiltKernel>;

/** Answers in the order of the sources. A source that does not compile costs only itself. */
export const compileBatch = async (request: BatchRequest): Promise<readonly Built[]> => {
  // at once, as the text is written: whoever prints the next batch would keep the compiler of this one waiting for the answer
  mkdirSync(request.directory, { recursive: true });
  const sources = request.sources.map((source): Source => ({ ...source, assembly: assemblyIn(source.source) }));
  const lanes = request.lanes ?? Array.from({ length: availableParallelism() }, () => anywhere);
  const compiled = sources.filter(({ assembly }) => assembly === null).length;
  const units = unitsOf(sources, lanes.length === 1 ? 1 : Math.max(Math.min(lanes.length, compiled), Math.ceil(compiled / largestUnit), 1));
  const built: Built[] = [];
  let taken = 0, done = 0;
  // answers with its last unit: a lane whose turn comes later finds nothing left to do, and nobody waits for it
  if (sources.length > 0) await new Promise<void>((resolve, reject) => {
    for (const lane of lanes) lane.turn(async () => {
      while (taken < units.length) {
        const unit = units[taken++]!, made = await compileUnits(request, lane, unit.map((at) => sources[at]!));
        unit.forEach((at, i) => { built[at] = made[i]!; });
        if (++done === units.length) resolve();
      }
    }).catch(reject);
  });
  return built;
};

/** Sources of each unit by their positions: those of most text first, each to the unit with least, since lanes that end together wait for nobody. */
const unitsOf = (sources: readonly Source[], count: number): readonly (readonly number[])[] => {
  const units = Array.from({ length: count }, () => ({ length: 0, members: [] as number[] })), lengthOf = (at: number): number => sources[at]!.source.length;
  for (const at of [...sources.keys()].sort((a, b) => lengthOf(b) - lengthOf(a))) {
    const least = units.reduce((a, b) => (b.length < a.length ? b : a));
    least.members.push(at);
    least.length += lengthOf(at);
  }
  return units.map(({ members }) => members);
};

/**
 * Sources of a unit on average, for several lanes. More would leave a lane without work at the end of a batch; fewer would start the compiler
 * too often, which takes 30 to 45 ms of a core.
 */
const largestUnit = 4;
/** Address space of one compiler. */
const memoryBytes = 4 * 2 ** 30;
const anywhere: Lane = { cpus: [], turn: (work) => work() };

const compileUnits = async (request: BatchRequest, lane: Lane, sources: readonly Source[]): Promise<readonly Built[]> => {
  const whole = await compileUnit(request, lane, sources);
  if (whole.ok) return sources.map((source) => succeed({ library: whole.value.library, ...reportOf(source.assembly ?? whole.value.assembly, source) }));
  const hopeless = whole.failure.code === 'compiler-missing' || whole.failure.code === 'cancelled';
  if (sources.length === 1 || hopeless) return sources.map(() => whole);
  const middle = Math.floor(sources.length / 2);
  return [...(await compileUnits(request, lane, sources.slice(0, middle))), ...(await compileUnits(request, lane, sources.slice(middle)))];
};

const compileUnit = async (request: BatchRequest, lane: Lane, sources: readonly Source[]): Promise<Outcome<{ readonly library: string; readonly assembly: string }>> => {
  const text = sources.map(({ source }) => source).join('\n');
  // the name follows from the content, so that two workers that build the same make the same file
  const name = `kernels-${shortHash([request.compiler, ...request.flags, text].join('\n'))}`;
  const directory = resolve(request.directory), library = join(directory, `${name}.so`), unit = `${name}.${process.pid}.${++units}`;
  const path = (ending: string): string => join(directory, `${unit}.${ending}`);
  const assembly = sources.every((source) => source.assembly !== null) ? sources.map((source) => source.assembly).join('') : null, compiler = ['sh', '-c', assembly === null ? compileAndLink : link, request.compiler, unit, ...request.flags];
  const [command, ...rest] = lane.cpus.length > 0 ? ['taskset', '-c', lane.cpus.join(','), ...compiler] : compiler;
  try {
    writeFileSync(path(assembly === null ? 'c' : 's'), assembly ?? text);
    const built = await runProcess({
      command: command!, arguments: rest, directory,
      timeoutMs: request.timeoutMs ?? 60_000, memoryBytes, signal: request.signal,
    });
    if (built.code !== 0) return fail(failureOf(request, built, sources));
    const written = assembly ?? await readFile(path('s'), 'utf8');
    await rename(path('so'), library);
    return succeed({ library, assembly: written });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    return fail({ code: 'build-cut-short', stage: 'build', message: `kernels cannot be written to ${directory}: ${fullDisk}`, text: message });
  } finally {
    await Promise.all(['c', 's', 'so'].map((ending) => removed(path(ending))));
  }
};
/** Of a file that may not be there; `rm` looks at each first, and keeps this process waiting for the answer. */
const removed = (file: string): Promise<void> => unlink(file).catch((error: unknown) => { if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; });
let units = 0;

/**
 * One process of this one for both runs of the compiler: starting a process from a large one is slow. Without a compiler it ends
 * silently with 127, as the shell of `runProcess` does.
 */
const found = 'command -v "$0" >/dev/null || exit 127; unit=$1; shift; ';
const compileAndLink = `${found}"$0" "$@" -S -o "$unit.s" "$unit.c" && exec "$0" "$@" -shared -o "$unit.so" "$unit.s" -lm`;
/** What was written as assembly asks for nothing: looking through the libraries of C takes twice as long as assembling and linking it. */
const link = `${found}exec "$0" "$@" -nostdlib -shared -o "$unit.so" "$unit.s"`;

const failureOf = (request: BatchRequest, result: ProcessResult, sources: readonly Source[]): Failure => {
  const { compiler } = request, names = sources.map(({ symbols }) => symbols[0] ?? 'a kernel without symbols').join(', ');
  const seconds = (request.timeoutMs ?? 60_000) / 1000;
  switch (result.end) {
    case 'missing': return { code: 'compiler-missing', stage: 'build', message: `there is no compiler "${compiler}" here; install it or name another one` };
    case 'aborted': return { code: 'cancelled', stage: 'build', message: `building ${names} was cancelled` };
    case 'timeout': return { code: 'build-timeout', stage: 'build', message: `${compiler} had not compiled ${names} after ${seconds} s; unroll less`, text: result.text };
    case 'exit': case 'signal': {
      const why = cutShort(result);
      return why !== null ? { code: 'build-cut-short', stage: 'build', message: `${compiler} could not compile ${names}: ${why}`, text: result.text }
        : { code: 'build-failed', stage: 'build', message: `${compiler} could not compile ${names}; its words are in the text of this failure`, text: result.text };
    }
    default: return result.end satisfies never;
  }
};

/** Of the kernel of the source that has the most multiply-adds. */
const reportOf = (assembly: string, { source, symbols }: Source): Omit<BuiltKernel, 'library'> => {
  const { instructions, stackAccesses, multiplyAdds, text } = symbols.map((symbol) => hotLoop(assembly, bodyOf(assembly, symbol))).reduce(hotter, noLoop);
  return {
    hotLoop: text,
    report: { hotLoopInstructions: instructions, hotLoopStackAccesses: stackAccesses, hotLoopMultiplyAdds: multiplyAdds, sourceBytes: Buffer.byteLength(source) },
  };
};
