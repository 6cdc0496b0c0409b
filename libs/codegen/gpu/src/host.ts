/**
 * The host's side of GPU kernels, the same for every driver: a folder whose library launches them through `native/`, candidates
 * that the harness runs through it, and this machine's device. A driver is one C file of `native/loopsmith_driver.h`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { codeLines, launchText, libraryParts, runProcess } from '@loopsmith/codegen-c-family';
import { compilerVersion, emitCalls, emitCandidate, identityOf, writeFolder, type Emitted } from '@loopsmith/codegen-cpu';
import type { Artifact, BuildReport, Builder, Candidate, HardwarePlugin, KernelResources, PackageReport, PackageRequest, Task } from '@loopsmith/contracts';
import { bytesOf, firstPlace } from '@loopsmith/ir';
import { builtOnce, librarySources, nativeDirectory } from '@loopsmith/runtime';
import { fail, shortHash, succeed, type Json, type Outcome } from '@loopsmith/util';
import { mostTogether } from './dialect.js';
import { draftGpuPlan } from './draft.js';
import { gpuNativeDirectory, hostToolchain } from './host-toolchain.js';
import { howOnCpu, onCpuFlags, textOnCpu, type OnCpu } from './on-cpu.js';

/** What makes kernels of one driver. */
export interface GpuHost extends Pick<HardwarePlugin, 'lower' | 'emit'> {
  /** The file in `native/` that implements loopsmith_driver.h. */
  readonly driver: string;
  /** What compiles the kernels, and for what: part of what an artifact is. */
  readonly compiler: string;
  /** What is stored in a library of each text: the text itself, or what a compiler makes of it. One answer per text. */
  code(texts: readonly string[], options: CodeOptions): Promise<readonly Outcome<DeviceCode>[]>;
  /** What a folder holds beside its library, by name: the kernels as they are read and as they are loaded. */
  files?(text: string, images: readonly Uint8Array[]): readonly (readonly [name: string, content: string | Uint8Array])[];
}
export interface CodeOptions {
  /** Not only for the device named, but for newer ones too, where the compiler can. */
  readonly portable: boolean;
  readonly signal?: AbortSignal | undefined;
}
export interface DeviceCode {
  /** In the order in which a driver tries them. */
  readonly images: readonly Uint8Array[];
  /** By kernel function, where the compiler tells. */
  readonly resources?: ReadonlyMap<string, KernelResources>;
}

/** The folder of a network: its library holds the kernels' code and launches it where it runs. */
export const writeGpuPackage = async (host: GpuHost, request: PackageRequest): Promise<Outcome<PackageReport>> => {
  const { network, memory, target, threads, modelHash } = request;
  for (const { name, dtype, layout } of network.tensors.values())
    if ((firstPlace(layout) * bytesOf[dtype]) % mostTogether !== 0)
      throw new Error(`${name} starts where no kernel of ${target.id} may load vectors; make the network with networkOptions`);
  const { kernels, sources } = emitCalls(request, host.lower, host.emit), text = sources.join('\n');
  const [code] = await host.code([text], { portable: true, signal: request.signal });
  if (!code!.ok) return code!;
  const { images, resources } = code!.value;
  const parts = libraryParts({ network, memory, kernels, threads, features: [], target: target.id, modelHash, deviceCode: images });
  return writeFolder(hostToolchain, request, () =>
    Promise.resolve({
      parts: resources
        ? {
            ...parts,
            manifest: {
              ...(parts.manifest as Readonly<Record<string, Json>>),
              kernels: [...resources].map(([name, figures]): Json => ({ name, ...figures })),
            },
          }
        : parts,
      objects: [],
      include: [gpuNativeDirectory],
      runtime: [...librarySources, ...['gpu_runtime.c', host.driver].map((file) => join(gpuNativeDirectory, file))],
      files: host.files?.(text, images) ?? [],
    }),
  );
};

interface Coded extends Emitted { readonly code: DeviceCode }

/**
 * Candidates as libraries that the harness offloads: each kernel's code and launches, linked with the driver. `onCpu`: they also
 * hold their kernels for this CPU, to be checked there, and figures of the draft model in place of times.
 */
export const openGpuBuilder = async (host: GpuHost, directory: string, onCpu?: OnCpu): Promise<Outcome<Builder>> => {
  const version = await compilerVersion(hostToolchain);
  if (!version.ok) return version;
  const objects = await hostObjects(host, version.value, join(resolve(directory), 'offload'));
  if (!objects.ok) return objects;
  const report = (task: Task, { kernel, plan, code: { resources } }: Coded): BuildReport => ({
    hotLoopInstructions: 0, hotLoopStackAccesses: 0, sourceBytes: kernel.source.length,
    ...(resources ? { resources: kernel.symbols.flatMap((symbol) => resources.get(symbol) ?? []) } : {}),
    ...(onCpu ? { modelled: { draftNs: draftGpuPlan(plan, task.target).milliseconds * 1e6, hotLoopCycles: null, by: null } } : {}),
  });
  const emit = (task: Task, candidate: Candidate): Outcome<Emitted> => emitCandidate(host, task, candidate, [host.driver, host.compiler]);
  return succeed({
    fingerprint: `${basename(host.driver, '.c')} of ${version.value}, kernels by ${host.compiler}`,
    identify: (task, candidate) => identityOf(emit(task, candidate)),
    build: async (task, batch, signal) => {
      const emitted = batch.map((candidate) => emit(task, candidate));
      const texts = emitted.flatMap((each) => (each.ok ? [each.value.kernel.source] : []));
      const codes = texts.length === 0 ? [] : await host.code(texts, { portable: false, signal });
      let next = 0;
      const coded = emitted.map((each): Outcome<Coded> => {
        if (!each.ok) return each;
        const code = codes[next++]!;
        return code.ok ? succeed({ ...each.value, code: code.value }) : code;
      });
      const good = coded.flatMap((each) => (each.ok ? [each.value] : []));
      const library = good.length === 0 ? null : await linkBatch(good, objects.value, directory, onCpu, signal);
      return coded.map((each): Outcome<Artifact> => {
        if (!each.ok) return each;
        if (library === null) throw new Error('a batch with candidates has no library');
        if (!library.ok) return library;
        const { candidate, kernel, id } = each.value;
        return succeed({ id, candidate: candidate.id, library: library.value, kernel, report: report(task, each.value) });
      });
    },
  });
};

const gcc = async (what: string, directory: string, commandArguments: readonly string[], signal?: AbortSignal): Promise<Outcome<void>> => {
  const { compiler } = hostToolchain;
  const { code, text } = await runProcess({ command: compiler, arguments: commandArguments, directory, timeoutMs: 60_000, memoryBytes: 4 * 2 ** 30, signal });
  return code === 0
    ? succeed(undefined)
    : fail({ code: 'build-failed', stage: 'build', message: `${compiler} could not build ${what}; its words are in the text of this failure`, text });
};

const flags: readonly string[] = ['-std=gnu11', '-O2', '-fPIC', '-fvisibility=hidden', `-I${nativeDirectory}`, `-I${gpuNativeDirectory}`];

/** The driver and the harness's way to it, compiled once per content. */
const hostObjects = async ({ driver }: Pick<GpuHost, 'driver'>, compiler: string, directory: string): Promise<Outcome<readonly string[]>> => {
  const objects: string[] = [];
  for (const file of [driver, 'gpu_candidate.c']) {
    const headers = ['loopsmith_driver.h', 'driver_failure.h', 'module_driver.h', 'gpu_candidate.h'].map((header) => readFile(join(gpuNativeDirectory, header), 'utf8'));
    const contents = await Promise.all([readFile(join(gpuNativeDirectory, file), 'utf8'), readFile(join(nativeDirectory, 'loopsmith_offload.h'), 'utf8'), ...headers]);
    const object = await builtOnce(join(directory, `${basename(file, '.c')}-${shortHash([compiler, ...contents].join('\0'))}.o`), async (folder) => {
      const made = join(folder, 'made.o'), built = await gcc(file, folder, [...flags, '-c', '-o', made, join(gpuNativeDirectory, file)]);
      return built.ok ? succeed(made) : built;
    });
    if (!object.ok) return object;
    objects.push(object.value);
  }
  return succeed(objects);
};

/** `objects`: absolute paths. */
const linkBatch = (batch: readonly Coded[], objects: readonly string[], directory: string, onCpu?: OnCpu, signal?: AbortSignal): Promise<Outcome<string>> => {
  const name = `batch-${shortHash([onCpu ? howOnCpu(onCpu) : '', ...batch.map(({ candidate, id }) => `${candidate.id} ${id}`)].join('\n'))}`;
  return builtOnce(join(resolve(directory), `${name}.so`), async (folder) => {
    const lines: string[] = ['#include "gpu_candidate.h"'];
    for (const [i, { kernel, code: { images } }] of batch.entries()) {
      const [bytes] = images;
      if (bytes === undefined || images.length !== 1) throw new Error('a candidate is one image');
      lines.push(`static const char code_${i}[] __attribute__((aligned(64))) =`, ...codeLines(bytes), ';');
      kernel.symbols.forEach((symbol, s) =>
        lines.push(
          `__attribute__((visibility("default"))) const loopsmith_gpu_kernel ${symbol} = {code_${i}, ${bytes.length}, ${launchText(symbol, kernel.launches![s]!)}};`,
        ),
      );
    }
    await writeFile(join(folder, 'batch.c'), lines.join('\n'));
    const linked = ['batch.c', ...objects], made = join(folder, 'batch.so');
    if (onCpu) {
      await writeFile(join(folder, 'on-cpu.c'), textOnCpu(batch.map(({ kernel }) => kernel.source).join('\n')));
      const compiled = await gcc('the candidates for this CPU', folder, [...onCpuFlags(onCpu), '-c', '-o', 'on-cpu.o', 'on-cpu.c'], signal);
      if (!compiled.ok) return compiled;
      linked.push('on-cpu.o');
    }
    const built = await gcc('the candidates', folder, [...flags, '-shared', '-o', made, ...linked, '-ldl', '-lm'], signal);
    return built.ok ? succeed(made) : built;
  });
};
