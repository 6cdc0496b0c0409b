/**
 * OpenCL hardware plugins from one set of parts: what differs between devices is a table of limits and who may be measured. The
 * driver compiles the kernels where they run, so that a folder needs nothing but libOpenCL there.
 */
import { emitForGpu, gpuSpace, gpuTarget, hostToolchain, lowerForGpu, openclC, openclSpellings, openGpuBuilder, openGpuDevice, probeDevice, writeGpuPackage, type GpuHost } from '@loopsmith/codegen-gpu';
import { compilerVersion } from '@loopsmith/codegen-cpu';
import type { GpuLimits, HardwarePlugin, Requirement } from '@loopsmith/contracts';
import { openProgramSession } from '@loopsmith/runtime';
import { didYouMean, fail, succeed, type Failure, type Outcome } from '@loopsmith/util';

/** A kind of device, by the name that follows the plugin's id in a target. */
export interface OpenclDevice { readonly name: string; readonly gpu: GpuLimits; readonly clock: number; readonly bytesPerSecond: number }

export interface OpenclParts {
  readonly id: string;
  /** The first one is `host`. */
  readonly devices: readonly OpenclDevice[];
  /** Elements of f32 in one vector, and of a block of channels. */
  readonly lanes: 1 | 4;
  /** Whether times taken on a device of this name are times of the target. */
  isTarget(device: string): boolean;
  /** What is needed to measure, for people: `a Mali GPU`, and how it comes here. */
  readonly needs: string;
  readonly installTarget: string;
}

const host: GpuHost = {
  driver: 'opencl_driver.c',
  lower: lowerForGpu,
  emit: (task, lowered, symbol) => emitForGpu(task, lowered, symbol, openclC, openclSpellings),
  compiler: 'the driver',
  code: (texts) => Promise.resolve(texts.map((text) => succeed({ images: [new TextEncoder().encode(text)] }))),
};
export const installOpencl = 'apt-get install ocl-icd-libopencl1 pocl-opencl-icd';
/** Of a driver that is installed and finds no device, installing it again is no way out: it says what is. */
const isAbsent = ({ message }: Failure): boolean => /libOpenCL\.so\.1 is not found|no OpenCL driver is registered/.test(message);
const probe = (): Promise<Outcome<string>> => probeDevice(host, 'opencl');

export const openclPlugin = ({ id, devices, lanes, isTarget, needs, installTarget }: OpenclParts): HardwarePlugin => ({
  id,
  isas: devices.map(({ name }) => name),
  resolve: (isa) => {
    const device = isa === 'host' ? devices[0] : devices.find(({ name }) => name === isa);
    return Promise.resolve(device === undefined
      ? fail({ code: 'target-unknown', stage: 'compile', message: `${id} has no device "${isa}"${didYouMean(isa, devices.map(({ name }) => name))}; choose host, ${devices.map(({ name }) => name).join(', ')}` })
      : succeed(gpuTarget(id, device.name, device.gpu, { ...device, l1: 16 << 10, l2: 512 << 10 }, lanes)));
  },
  // vectors of four where the device computes with them; elsewhere threads are the lanes, and neighbours read neighbouring pixels
  channelBlock: () => lanes,
  space: gpuSpace,
  lower: host.lower,
  emit: host.emit,
  builder: (_target, directory) => openGpuBuilder(host, directory),
  device: async (target, options) => {
    const name = await probe();
    if (!name.ok) return name;
    return isTarget(name.value)
      ? openGpuDevice(target, options, { name: name.value, driver: 'OpenCL' })
      : fail({
          code: 'device-missing',
          stage: 'measure',
          message: `nothing can be measured here: ${target.id} needs ${needs}, and the OpenCL device of this machine is ${name.value}; tune on a board that has one, or compile with the draft model's choice`,
        });
  },
  package: (request) => writeGpuPackage(host, request),
  session: async (directory, threads) => {
    const name = await probe();
    return name.ok ? openProgramSession(directory, threads, { kind: isTarget(name.value) ? 'measured' : 'emulated', how: `OpenCL on ${name.value}`, command: [] }) : name;
  },
  requirements: async () => {
    const [compiler, name] = await Promise.all([compilerVersion(hostToolchain), probe()]);
    const here = name.ok ? name.value : null, wayOut = (install: string): string => (name.ok || isAbsent(name.failure) ? install : name.failure.message);
    const requirements: readonly Requirement[] = [
      { what: hostToolchain.compiler, purpose: 'build', found: compiler.ok ? compiler.value : null, install: hostToolchain.install },
      { what: 'an OpenCL device', purpose: 'answers', found: here, install: wayOut(installOpencl) },
      { what: needs, purpose: 'measure', found: here !== null && isTarget(here) ? here : null, install: wayOut(installTarget) },
    ];
    return requirements;
  },
});
