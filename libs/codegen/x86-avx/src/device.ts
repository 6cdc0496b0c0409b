/** This machine's CPU as the device of x86 targets: the local device of the runtime, with references built by this plugin's compiler. */
import { mkdir, writeFile, rename, access } from 'node:fs/promises';
import { join } from 'node:path';
import { release, type as osName } from 'node:os';
import { fail, shortHash, succeed, type Outcome } from '@loopsmith/util';
import { gccFlags, referenceSource, runProcess } from '@loopsmith/codegen-c-family';
import { openLocalDevice, type LocalDevice } from '@loopsmith/runtime';
import type { Definition } from '@loopsmith/ir';
import type { DeviceOptions, Target } from '@loopsmith/contracts';
import { compiler, compilerVersion } from './builder.js';
import { missingFeatures, isaOf } from './target.js';
import { readHost } from './host.js';

/** Loopsmith's version, as environments carry it: records of kernels that another version emitted are another environment's. */
export const loopsmithVersion = '0.1.0';

/** The plain reference of a definition as a shared object, built once per text. Not vectorized: it is the truth, not a rival. */
const compileReference = async (definition: Definition, directory: string): Promise<Outcome<string>> => {
  const source = referenceSource(definition);
  const path = join(directory, `reference-${shortHash(source)}.so`);
  try { await access(path); return succeed(path); } catch { /* not built yet */ }
  await mkdir(directory, { recursive: true });
  const unit = join(directory, `reference-${shortHash(source)}.${process.pid}`);
  await writeFile(`${unit}.c`, source);
  const built = await runProcess({
    command: compiler, arguments: ['-O2', '-std=gnu11', '-w', '-fPIC', '-shared', '-o', `${unit}.so`, `${unit}.c`, '-lm'],
    directory, timeoutMs: 60_000, memoryBytes: 4 * 2 ** 30, signal: undefined,
  });
  if (built.code !== 0) return fail({ code: 'reference-failed', stage: 'build', message: `${compiler} could not compile the reference of ${definition.name}; its words are in the text of this failure`, text: built.text });
  await rename(`${unit}.so`, path);
  return succeed(path);
};

export const openDevice = async (target: Target, options: DeviceOptions): Promise<Outcome<LocalDevice>> => {
  const host = await readHost();
  const missing = missingFeatures(isaOf(target), host);
  if (missing.length > 0)
    return fail({ code: 'device-missing', stage: 'measure', message: `this CPU (${host.model}) lacks ${missing.join(', ')}, so ${target.id} cannot be measured here; choose --target x86-avx:host` });
  const version = await compilerVersion();
  if (!version.ok) return version;
  const device = await openLocalDevice(options, {
    target,
    environment: {
      cpu: host.model, isa: target.isa, compiler: `${version.value} ${gccFlags(isaOf(target).flags).join(' ')}`,
      os: `${osName()} ${release()}`, threads: options.threads, loopsmith: loopsmithVersion,
    },
    weights: 'l3',
    compileReference: (definition) => compileReference(definition, join(options.directory, 'references')),
    compiler,
  });
  if (!device.ok) return device;
  const { isa } = target;
  return succeed({
    ...device.value,
    limit: async () => {
      const peak = await device.value.peak(isa === 'avx512' || isa === 'avx2' ? isa : 'sse');
      return peak.ok ? succeed(peak.value.flops) : peak;
    },
  });
};

