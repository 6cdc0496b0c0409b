/**
 * A hardware plugin for a vendor's GPUs, whose kernels are compiled here to images of one architecture, from what is its own:
 * names, targets, a dialect, a compiler, a driver file. Where no such GPU is at hand, answers are checked on this CPU.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { portable, type Spellings } from '@loopsmith/codegen-c-family';
import { compilerVersion } from '@loopsmith/codegen-cpu';
import type { HardwarePlugin, Requirement, Target } from '@loopsmith/contracts';
import { keptPrograms, openNativeSession, openProgramSession, readManifest } from '@loopsmith/runtime';
import { didYouMean, fail, succeed, type Outcome } from '@loopsmith/util';
import { openGpuDevice, openModelledGpuDevice } from './device.js';
import type { GpuDialect } from './dialect.js';
import { hostToolchain } from './host-toolchain.js';
import { openGpuBuilder, writeGpuPackage, type GpuHost } from './host.js';
import { emitForGpu, lowerForGpu } from './lower.js';
import { howOnCpu, kernelsOnCpu, openOnCpu, type OnCpu } from './on-cpu.js';
import { probeDevice } from './probe.js';
import { gpuSpace } from './space.js';

export interface VendorGpu extends Pick<HardwarePlugin, 'id' | 'isas'> {
  /** Of one of its ISAs. */
  target(isa: string): Target;
  /** The ISA whose code a device of that architecture is measured with; null where there is none. A driver file puts the architecture in brackets behind the device's name. */
  isaFor(architecture: string): string | null;
  readonly dialect: GpuDialect;
  readonly spellings?: Spellings;
  /** In `native/`. */
  readonly driver: string;
  onCpu(isa: string): OnCpu;
  /** What compiles kernels for an ISA. */
  compiler(isa: string): Promise<Outcome<GpuCompiler>>;
  /** Name of the text of kernels in a folder: `kernels.cu`. */
  readonly textFile: string;
  /** Names of the images in a folder, in their order. */
  imageFile(image: Uint8Array): string;
  /** For people: `an NVIDIA GPU`. */
  readonly needs: string;
  /** Compilers, for `requirements`. */
  compilers(): Promise<readonly Requirement[]>;
}
export interface GpuCompiler extends Pick<GpuHost, 'code'> {
  /** Compiler, version and architecture. */
  readonly version: string;
}

export const vendorGpuPlugin = (parts: VendorGpu): HardwarePlugin => {
  const { id, isas, needs, textFile } = parts;
  const kernels: Pick<GpuHost, 'driver' | 'lower' | 'emit'> = {
    driver: parts.driver, lower: lowerForGpu,
    emit: (task, lowered, symbol) => emitForGpu(task, lowered, symbol, parts.dialect, parts.spellings ?? portable),
  };
  const probe = (): Promise<Outcome<string>> => probeDevice(kernels, id);
  /** The architecture of the device at hand. */
  const own = (device: Outcome<string>): Outcome<string> => {
    if (!device.ok) return device;
    const architecture = /\((\w+)\)$/.exec(device.value)?.[1];
    return architecture === undefined
      ? fail({ code: 'device-missing', stage: 'measure', message: `the driver names ${device.value}, which tells no architecture` })
      : succeed(architecture);
  };
  const isHere = (isa: string, device: Outcome<string>): boolean => { const architecture = own(device); return architecture.ok && parts.isaFor(architecture.value) === isa; };
  const hostFor = async ({ isa }: Target): Promise<Outcome<GpuHost>> => {
    const compiler = await parts.compiler(isa);
    if (!compiler.ok) return compiler;
    return succeed({
      ...kernels, compiler: compiler.value.version, code: compiler.value.code,
      files: (text, images) => [[textFile, text], ...images.map((image) => [parts.imageFile(image), image] as const)],
    });
  };
  return {
    id, isas, space: gpuSpace, lower: kernels.lower, emit: kernels.emit,
    resolve: async (isa) => {
      const refused = (message: string): Outcome<never> => fail({ code: 'target-unknown', stage: 'compile', message });
      if (isas.includes(isa)) return succeed(parts.target(isa));
      if (isa !== 'host') return refused(`${id} has no architecture "${isa}"${didYouMean(isa, isas)}; choose host, ${isas.join(', ')}`);
      const architecture = own(await probe()), choices = isas.map((each) => `${id}:${each}`).join(', ');
      if (!architecture.ok)
        return refused(
          `this machine has no GPU that ${id}:host could mean, so nothing can be measured here (${architecture.failure.message}); choose ${choices}; with --modelled, tune checks their answers on this CPU and ranks by the draft model`,
        );
      const known = parts.isaFor(architecture.value);
      return known === null ? refused(`${id} makes no code for ${architecture.value}, the GPU of this machine; choose ${choices}`) : succeed(parts.target(known));
    },
    // threads are the lanes, and neighbours read neighbouring pixels
    channelBlock: () => 1,
    builder: async (target, directory) => {
      const [host, device] = await Promise.all([hostFor(target), probe()]);
      return host.ok ? openGpuBuilder(host.value, directory, isHere(target.isa, device) ? undefined : parts.onCpu(target.isa)) : host;
    },
    device: async (target, options) => {
      const [compiler, device] = await Promise.all([parts.compiler(target.isa), probe()]);
      if (!compiler.ok) return compiler;
      const { version } = compiler.value;
      if (device.ok && isHere(target.isa, device))
        return options.modelled
          ? fail({ code: 'device-present', stage: 'measure', message: `${target.id} can be measured on this machine; leave out --modelled` })
          : openGpuDevice(target, options, { name: device.value, driver: version });
      if (options.modelled) return openModelledGpuDevice(target, options, { onCpu: parts.onCpu(target.isa), compiler: version });
      const found = device.ok ? `the GPU of this machine is ${device.value}` : device.failure.message;
      return fail({
        code: 'device-missing',
        stage: 'measure',
        message: `nothing can be measured here: ${target.id} needs ${needs} of that architecture (${found}); add --modelled to check answers on this CPU and rank by the draft model`,
      });
    },
    package: async (request) => {
      const host = await hostFor(request.target);
      return host.ok ? writeGpuPackage(host.value, request) : host;
    },
    session: async (directory, threads) => {
      const manifest = await readManifest(directory);
      if (!manifest.ok) return manifest;
      const isa = manifest.value.target.slice(id.length + 1), device = await probe();
      // in this process: a program per run would open the device every time, which takes longer than a thousand runs
      if (device.ok && isHere(isa, device)) return openNativeSession(directory, threads, device.value);
      let text: string;
      try { text = await readFile(join(directory, textFile), 'utf8'); } catch {
        return fail({
          code: 'library-missing',
          stage: 'run',
          message: `${directory} has no ${textFile}, by which its kernels are checked where there is no GPU; write it anew with \`loopsmith compile\``,
        });
      }
      const onCpu = parts.onCpu(isa), place = keptPrograms(id);
      if (!place.ok) return place;
      const built = await kernelsOnCpu(onCpu, text, place.value);
      if (!built.ok) return built;
      const standIn = await openOnCpu(onCpu, place.value, built.value);
      return standIn.ok ? openProgramSession(directory, threads, { kind: 'emulated', how: howOnCpu(onCpu), command: standIn.value.command }) : standIn;
    },
    requirements: async () => {
      const [gcc, device, compilers] = await Promise.all([compilerVersion(hostToolchain), probe(), parts.compilers()]);
      const version = gcc.ok ? gcc.value : null, { compiler, install } = hostToolchain;
      return [
        { what: compiler, purpose: 'build', found: version, install },
        ...compilers,
        { what: `${compiler}, which builds the kernels for this CPU through a header`, purpose: 'answers', found: version, install },
        { what: needs, purpose: 'measure', found: device.ok ? device.value : null, install: `none: run Loopsmith on a machine that has ${needs} and its driver` },
      ];
    },
  };
};
