/**
 * The host's side of GPU kernels, the same for every driver: a folder whose library launches them through `native/`, candidates
 * that the harness runs through it, and this machine's device. A driver is one C file of `native/loopsmith_driver.h`.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeLines, launchText, libraryParts, portable, runProcess } from '@loopsmith/codegen-c-family';
import { compilerVersion, emitCalls, writeFolder, type Toolchain } from '@loopsmith/codegen-cpu';
import type { Artifact, Builder, Candidate, HardwarePlugin, KernelSource, PackageReport, PackageRequest, Task } from '@loopsmith/contracts';
import { librarySources, nativeDirectory } from '@loopsmith/runtime';
import { fail, shortHash, succeed, type Outcome } from '@loopsmith/util';

/** Folder of this library's C sources. */
export const gpuNativeDirectory = fileURLToPath(new URL('../native/', import.meta.url));

/** How host code is built: for this machine's baseline. */
export const hostToolchain: Toolchain = {
  compiler: 'gcc', install: 'apt-get install gcc libc6-dev', archiver: 'ar', machine: [], kernelFlags: [], spellings: portable, features: [], program: 'shared',
};

/** What makes kernels of one driver. */
export interface GpuHost extends Pick<HardwarePlugin, 'lower' | 'emit'> {
  /** The file in `native/` that implements loopsmith_driver.h. */
  readonly driver: string;
  /** What is stored in a library of the kernels' texts: the texts themselves, or what a compiler makes of them. */
  code(sources: readonly string[]): Promise<Outcome<readonly Uint8Array[]>>;
}

/** The folder of a network: its library holds the kernels' code and launches it where it runs. */
export const writeGpuPackage = async (host: GpuHost, request: PackageRequest): Promise<Outcome<PackageReport>> => {
  const { network, memory, target, threads, modelHash } = request;
  const { kernels, sources } = emitCalls(request, host.lower, host.emit);
  const deviceCode = await host.code(sources);
  if (!deviceCode.ok) return deviceCode;
  return writeFolder(hostToolchain, request.directory, () => Promise.resolve({
    parts: libraryParts({ network, memory, kernels, threads, features: [], target: target.id, modelHash, deviceCode: deviceCode.value }),
    objects: [], include: [gpuNativeDirectory], runtime: [...librarySources, ...['gpu_runtime.c', host.driver].map((file) => join(gpuNativeDirectory, file))],
  }));
};

interface Emitted { readonly candidate: Candidate; readonly kernel: KernelSource; readonly id: string }

/** Candidates as libraries that the harness offloads: the kernel's text and launches, linked with the driver. The driver compiles the text in the child that measures it. */
export const openGpuBuilder = async (host: GpuHost, directory: string): Promise<Outcome<Builder>> => {
  const version = await compilerVersion(hostToolchain);
  if (!version.ok) return version;
  const objects = await hostObjects(host, version.value, join(directory, 'offload'));
  if (!objects.ok) return objects;
  const emitCandidate = (task: Task, candidate: Candidate): Outcome<Emitted> => {
    const lowered = host.lower(task, candidate.schedule);
    if (!lowered.ok) return lowered;
    const symbol = `kernel_${candidate.id}`, kernel = host.emit(task, lowered.value, symbol);
    // identical code under another name is the same artifact and is measured once
    return succeed({ candidate, kernel, id: shortHash([host.driver, JSON.stringify(kernel.launches), kernel.source.replaceAll(symbol, 'kernel')].join('\n')) });
  };
  return succeed({
    fingerprint: `${basename(host.driver, '.c')} of ${version.value}`,
    build: async (task, batch, signal) => {
      const emitted = batch.map((candidate) => emitCandidate(task, candidate));
      const good = emitted.flatMap((each) => (each.ok ? [each.value] : []));
      const library = good.length === 0 ? null : await linkBatch(host, good, objects.value, directory, signal);
      return emitted.map((each): Outcome<Artifact> => {
        if (!each.ok) return each;
        if (library === null) throw new Error('a batch with candidates has no library');
        if (!library.ok) return library;
        const { candidate, kernel, id } = each.value;
        return succeed({ id, candidate: candidate.id, library: library.value, kernel, report: { hotLoopInstructions: 0, hotLoopStackAccesses: 0, sourceBytes: kernel.source.length } });
      });
    },
  });
};

const gcc = async (what: string, directory: string, commandArguments: readonly string[], signal?: AbortSignal): Promise<Outcome<void>> => {
  const { compiler } = hostToolchain;
  const { code, text } = await runProcess({ command: compiler, arguments: commandArguments, directory, timeoutMs: 60_000, memoryBytes: 4 * 2 ** 30, signal });
  return code === 0 ? succeed(undefined) : fail({ code: 'build-failed', stage: 'build', message: `${compiler} could not build ${what}; its words are in the text of this failure`, text });
};

const flags: readonly string[] = ['-std=gnu11', '-O2', '-fPIC', '-fvisibility=hidden', `-I${nativeDirectory}`, `-I${gpuNativeDirectory}`];

/** The driver and the harness's way to it, compiled once per content. */
const hostObjects = async ({ driver }: GpuHost, compiler: string, directory: string): Promise<Outcome<readonly string[]>> => {
  await mkdir(directory, { recursive: true });
  const objects: string[] = [];
  for (const file of [driver, 'gpu_candidate.c']) {
    const headers = ['loopsmith_driver.h', 'gpu_candidate.h'].map((header) => readFile(join(gpuNativeDirectory, header), 'utf8'));
    const contents = await Promise.all([readFile(join(gpuNativeDirectory, file), 'utf8'), readFile(join(nativeDirectory, 'loopsmith_offload.h'), 'utf8'), ...headers]);
    const object = join(directory, `${basename(file, '.c')}-${createHash('sha256').update([compiler, ...contents].join('\0')).digest('hex').slice(0, 16)}.o`);
    objects.push(object);
    try { await access(object); continue; } catch { /* not built yet */ }
    const unfinished = `${object}.${process.pid}`;
    const built = await gcc(file, directory, [...flags, '-c', '-o', unfinished, join(gpuNativeDirectory, file)]);
    if (!built.ok) return built;
    await rename(unfinished, object);
  }
  return succeed(objects);
};

const linkBatch = async (host: GpuHost, batch: readonly Emitted[], objects: readonly string[], directory: string, signal?: AbortSignal): Promise<Outcome<string>> => {
  const name = `batch-${shortHash(batch.map(({ candidate, id }) => `${candidate.id} ${id}`).join('\n'))}`, path = join(directory, `${name}.so`);
  const lines: string[] = ['#include "gpu_candidate.h"'];
  for (const [i, { kernel }] of batch.entries()) {
    const code = await host.code([kernel.source]);
    if (!code.ok) return code;
    const [bytes] = code.value;
    if (bytes === undefined || code.value.length !== 1) throw new Error('one kernel is one piece of code');
    lines.push(`static const char code_${i}[] =`, ...codeLines(bytes), ';');
    kernel.symbols.forEach((symbol, s) => lines.push(`__attribute__((visibility("default"))) const loopsmith_gpu_kernel ${symbol} = {code_${i}, ${bytes.length}, ${launchText(symbol, kernel.launches![s]!)}};`));
  }
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${name}.c`), lines.join('\n'));
  const built = await gcc('the candidates', directory, [...flags, '-shared', '-o', path, `${name}.c`, ...objects, '-ldl'], signal);
  return built.ok ? succeed(path) : built;
};
