/** The ROCm plugin: targets, code objects and what they say of themselves, what is said where a GPU or a compiler is missing, and candidates that are checked on this CPU. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gpuNativeDirectory, openGpuBuilder } from '@loopsmith/codegen-gpu';
import { messageOf, sharedBytesOf, taskOf } from '@loopsmith/codegen-gpu/testing';
import type { Artifact, Device, Point, Task } from '@loopsmith/contracts';
import { hardwareChecks } from '@loopsmith/kits';
import { convolution } from '@loopsmith/lowering/testing';
import { command, golden, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { architectureNames } from './architectures.js';
import { readCodeObject } from './code-object.js';
import { compileHip, findCompiler } from './compiler.js';
import { rocm, rocmOnCpu } from './plugin.js';

const conv = convolution({ channels: 16, outputs: 16, size: 14, kernel: 3, pad: 1 });
const staged: Point = { outputs: 2, pixels: 2, block: '7 7 4', staged: 4, parts: 1, together: 1 };
const textOf = (task: Task, point: Point): string => rocm.emit(task, unwrap(rocm.lower(task, unwrap(rocm.space(task).schedule(point)))), 'conv').source;
const compilers = [command('clang-19'), command('ld.lld-19')] as const;
const noLibrary = 'this library runs on a GPU through HIP, and libamdhip64.so is not found; install ROCm\'s runtime for your AMD GPU, on Debian libamdhip64-5';

describe('rocm, as any hardware plugin,', () => {
  for (const { name, run } of hardwareChecks(rocm)) it(name, run);
});

describe('ROCm plugin', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-rocm-spec-'));
  after(() => { rmSync(directory, { recursive: true }); });

  it('prints a convolution whose sum is split into parts, in HIP\'s words, which are CUDA\'s', async function () {
    golden(this, textOf(await taskOf(rocm, convolution({ channels: 32, outputs: 16, size: 14, kernel: 1 }), 'gfx90a'), { outputs: 1, pixels: 1, block: '7 7 4', staged: 0, parts: 2, together: 1 }));
  });

  it('has targets by architecture, with the threads that run in step', async () => {
    const waves = await Promise.all(architectureNames.map(async (name) => unwrap(await rocm.resolve(name)).gpu!.warp));
    expect(waves).to.deep.equal([64, 64, 64, 32, 32]);
    expect(messageOf(await rocm.resolve('gfx1'))).to.equal('rocm has no architecture "gfx1" (did you mean gfx1030 or gfx1100?); choose host, gfx900, gfx906, gfx90a, gfx1030, gfx1100');
    expect(messageOf(await rocm.resolve('host'))).to.equal(`this machine has no GPU that rocm:host could mean, so nothing can be measured here (${noLibrary}); choose rocm:gfx900, rocm:gfx906, rocm:gfx90a, rocm:gfx1030, rocm:gfx1100; with --modelled, tune checks their answers on this CPU and ranks by the draft model`);
  });

  describe('asks the driver, which', () => {
    const said = (name: string, before: string, ...flags: readonly string[]): string => {
      writeFileSync(join(directory, `${name}.c`), `#include <dlfcn.h>\n#include <stddef.h>\n#include <stdio.h>\n#include <string.h>\n${before}\n#include "${join(gpuNativeDirectory, 'hip_driver.c')}"\n`);
      execFileSync('gcc', ['-O0', '-w', ...flags, `-I${gpuNativeDirectory}`, '-o', join(directory, name), join(gpuNativeDirectory, 'probe.c'), join(directory, `${name}.c`), '-ldl']);
      try { return execFileSync(join(directory, name), { encoding: 'utf8' }); } catch (error) { return String((error as { readonly stdout: string }).stdout); }
    };
    const here = '#define dlopen(name, flags) (void *)1\n';
    const fake = (init: string, count: string): string => `${here}static int zero(void) { return 0; }\nstatic int first(void) { return ${init}; }\nstatic const char *text(int code) { return "hipErrorNoDevice"; }\nstatic int some(int *count) { *count = ${count}; return 0; }\n`
      + 'static int name(char *to, int room, int device) { snprintf(to, room, "AMD Radeon Graphics"); return 0; }\n'
      + '#define dlsym(library, asked) (strcmp(asked, "hipInit") == 0 ? (void *)first : strcmp(asked, "hipGetErrorString") == 0 ? (void *)text : strcmp(asked, "hipGetDeviceCount") == 0 ? (void *)some : strcmp(asked, "hipDeviceGetName") == 0 ? (void *)name : (void *)zero)';

    it('is missing, too old, or finds no device', () => {
      expect(said('absent', '#define dlopen(name, flags) NULL')).to.equal(`${noLibrary}\n`);
      expect(said('old', `${here}#define dlsym(library, name) NULL`)).to.equal('libamdhip64.so lacks the function hipInit; install a newer driver\n');
      expect(said('broken', fake('100', '1'))).to.equal('libamdhip64.so is here, but finds no GPU that it can use (hipErrorNoDevice); check the driver with rocminfo\n');
      expect(said('empty', fake('0', '0'))).to.equal('libamdhip64.so is here, but there is no GPU; check the driver with rocminfo\n');
    });

    it('names the device, whose architecture the kernel\'s driver tells', () => {
      const nodes = join(directory, 'nodes'), properties = (node: number, version: number): void => {
        mkdirSync(join(nodes, String(node)), { recursive: true });
        writeFileSync(join(nodes, String(node), 'properties'), `cpu_cores_count 0\nsimd_count 416\ngfx_target_version ${version}\ndrm_render_minor 128\n`);
      };
      const named = (name: string): string => said(name, fake('0', '1'), `-DLOOPSMITH_KFD_NODES="${nodes}"`);
      expect(named('untold')).to.equal('AMD Radeon Graphics\n');
      properties(0, 0);
      properties(1, 90010);
      expect(named('mi200')).to.equal('AMD Radeon Graphics (gfx90a)\n');
      properties(1, 110000);
      expect(named('rdna3')).to.equal('AMD Radeon Graphics (gfx1100)\n');
    });
  });

  it('names its compiler by the versions of clang and of the linker, or says which is missing', async () => {
    const program = (name: string, says: string): string => {
      const path = join(directory, name);
      writeFileSync(path, `#!/bin/sh\necho '${says}'\n`);
      chmodSync(path, 0o755);
      return path;
    };
    const clang = program('clang', 'Debian clang version 19.1.7 (3)'), linker = program('linker', 'Debian LLD 19.1.6 (compatible with GNU linkers)'), none = join(directory, 'none');
    expect(unwrap(await findCompiler(clang, linker))).to.equal(`${clang} 19.1.7, ${linker} 19.1.6`);
    const install = 'install it (Debian: apt-get install clang-19 lld-19)';
    expect(messageOf(await findCompiler(none, linker))).to.equal(`${none} is not here to compile kernels for AMD's GPUs; ${install}`);
    expect(messageOf(await findCompiler(clang, none))).to.equal(`${clang} is here, but not ${none}, which links code objects for AMD's GPUs; ${install}`);
  });

  it('compiles for every architecture, and code objects tell what the kernels take', async function () {
    needs(this, ...compilers);
    const text = textOf(await taskOf(rocm, conv, 'gfx90a'), staged);
    for (const isa of architectureNames) {
      const [code, broken] = await compileHip(isa, [text, 'nonsense'], {});
      const { images, resources } = unwrap(code!);
      expect(readCodeObject(images[0]!).target).to.match(new RegExp(`^amdgcn-amd-amdhsa--${isa}$`));
      const taken = resources!.get('conv')!;
      expect(taken.registers, isa).to.be.within(16, 128);
      expect(taken.scalarRegisters, isa).to.be.within(8, 108);
      expect([taken.spilledBytes, taken.sharedBytes], isa).to.deep.equal([0, sharedBytesOf(text)]);
      expect(messageOf(broken!)).to.equal(`clang-19 could not compile the kernels for ${isa}; its words are in the text of this failure`);
      expect(broken!.ok ? '' : broken!.failure.text).to.match(/nonsense/);
    }
  });

  it('moves four elements by one instruction', async function () {
    needs(this, ...compilers, command('llvm-objdump-19'));
    const wide = convolution({ channels: 64, outputs: 64, size: 28, kernel: 1 });
    const instructions = async (together: number): Promise<readonly string[]> => {
      const [code] = await compileHip('gfx90a', [textOf(await taskOf(rocm, wide, 'gfx90a'), { outputs: 4, pixels: 4, block: '7 1 4', staged: 16, parts: 1, together })], {});
      writeFileSync(join(directory, 'wide.co'), unwrap(code!).images[0]!);
      const listing = execFileSync('llvm-objdump-19', ['-d', join(directory, 'wide.co')], { encoding: 'utf8' });
      return [...new Set([...listing.matchAll(/\b(?:global_load|global_store|ds_write)\w+/g)].map(([name]) => name))];
    };
    expect(await instructions(4)).to.have.members(['global_load_dwordx4', 'ds_write_b128', 'global_store_dwordx4']);
    expect(await instructions(1)).to.include.members(['global_load_dword', 'ds_write_b32']);
  });

  it('reads the same figures as LLVM\'s own reader, spills among them', async function () {
    needs(this, ...compilers, command('llvm-readelf-19'));
    const crowded = `extern "C" __global__ __launch_bounds__(64) __attribute__((amdgpu_num_vgpr(16))) void crowded(const float *__restrict__ x, float *__restrict__ y) {
      __shared__ float kept[192];
      float values[40];
      kept[threadIdx.x] = x[threadIdx.x];
      __syncthreads();
      #pragma unroll
      for (int i = 0; i < 40; i++) values[i] = x[threadIdx.x * 40 + i] * kept[63 - threadIdx.x];
      #pragma unroll
      for (int i = 0; i < 40; i++) y[threadIdx.x * 40 + i] = values[i] * values[39 - i] + values[(i * 7) % 40];
    }\nextern "C" __global__ void empty() {}\n`;
    const [code] = await compileHip('gfx90a', [crowded], {}), { images, resources } = unwrap(code!);
    writeFileSync(join(directory, 'crowded.co'), images[0]!);
    const notes = execFileSync('llvm-readelf-19', ['--notes', join(directory, 'crowded.co')], { encoding: 'utf8' });
    const numbers = (key: string): readonly number[] => [...notes.matchAll(new RegExp(`\\.${key}: +(\\d+)`, 'g'))].map(([, digits]) => Number(digits));
    const [spilled] = numbers('vgpr_spill_count'), [privateBytes] = numbers('private_segment_fixed_size');
    expect(spilled).to.be.greaterThan(0);
    expect([...resources!]).to.deep.equal(['crowded', 'empty'].map((name, i) => [name, {
      registers: numbers('vgpr_count')[i], scalarRegisters: numbers('sgpr_count')[i], sharedBytes: [768, 0][i], spilledBytes: [Math.max(4 * spilled!, privateBytes!), 0][i],
    }]));
  });

  it('has every function that kernels call, in floats and in double', async function () {
    needs(this, ...compilers);
    const one = ['exp', 'log', 'sqrt', 'tanh', 'erf', 'floor', 'ceil', 'rint', 'trunc', 'fabs', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh'], two = ['pow', 'atan2', 'fmod'];
    const kernel = (name: string, type: string, called: string): string => `extern "C" __global__ void k_${name}(${type} *x) { int i = threadIdx.x; x[i] = ${called}; }\n`;
    const text = [...one.flatMap((name) => [kernel(name, 'double', `${name}(x[i])`), kernel(`${name}f`, 'float', `${name}f(x[i])`)]), ...two.flatMap((name) => [kernel(name, 'double', `${name}(x[i], x[i + 1])`), kernel(`${name}f`, 'float', `${name}f(x[i], x[i + 1])`)])].join('');
    await Promise.all(['gfx900', 'gfx1100'].map(async (isa) => {
      const [code] = await compileHip(isa, [text], {});
      expect(unwrap(code!).resources!.size).to.equal(2 * (one.length + two.length));
    }));
  });

  describe('where there is no GPU', () => {
    let device: Device;
    before(async function () {
      needs(this, ...compilers);
      device = unwrap(await rocm.device(unwrap(await rocm.resolve('gfx90a')), { threads: 1, directory, seed: 1, modelled: true }));
    });
    after(() => device?.close());

    it('says that nothing can be measured, and what can be done', async () => {
      expect(messageOf(await rocm.device(unwrap(await rocm.resolve('gfx90a')), { threads: 1, directory, seed: 1 }))).to.equal(`nothing can be measured here: rocm:gfx90a needs an AMD GPU of that architecture (${noLibrary}); add --modelled to check answers on this CPU and rank by the draft model`);
    });

    it('checks candidates on this CPU, and refuses planted faults by name', async () => {
      expect(device.environment).to.deep.include({ cpu: 'modelled gfx90a', os: 'HIP on this CPU through a header, not on a GPU' });
      const task = await taskOf(rocm, convolution({ channels: 32, outputs: 8, size: 8, kernel: 3, pad: 1 }), 'gfx90a'), space = rocm.space(task);
      const builder = unwrap(await rocm.builder(task.target, directory));
      const points: readonly Point[] = [{ ...space.untuned(), staged: 0, parts: 1, together: 1 }, { ...space.untuned(), staged: 0, parts: 2, together: 1 }, { ...space.untuned(), staged: 4, parts: 1, together: 1 },
        { outputs: 4, pixels: 4, block: '2 4 2', staged: 4, parts: 1, together: 4 }];
      const artifacts: readonly Artifact[] = (await builder.build(task, points.map((point, i) => ({ id: `c${i}`, task: task.key, point, schedule: unwrap(space.schedule(point)) })))).map(unwrap);
      const bench = unwrap(await device.prepare(task));
      for (const artifact of artifacts) {
        const outcome = unwrap((await bench.measure(artifact, { purpose: 'search', repeat: 0, cutoffNs: null })).outcome);
        expect(outcome).to.deep.include({ kind: 'modelled', samplesNs: [artifact.report.modelled!.draftNs] });
        expect(outcome.error).to.be.within(1e-9, 1);
        expect(artifact.report.resources!.map(({ spilledBytes }) => spilledBytes)).to.deep.equal(artifact.kernel.symbols.map(() => 0));
      }
      const planted = async (name: string, change: (source: string) => string): Promise<string> => {
        const own = unwrap(await openGpuBuilder({
          driver: 'hip_driver.c', compiler: 'clang', lower: rocm.lower, code: (texts, options) => compileHip('gfx90a', texts, options),
          emit: (...parts) => { const kernel = rocm.emit(...parts); return { ...kernel, source: change(kernel.source) }; },
        }, directory, rocmOnCpu('gfx90a')));
        const [artifact] = await own.build(task, [{ id: name, task: task.key, point: points[2]!, schedule: unwrap(space.schedule(points[2]!)) }]);
        if (!artifact!.ok) return `${artifact!.failure.code}: ${artifact!.failure.message}`;
        const { outcome } = await bench.measure(artifact!.value, { purpose: 'search', repeat: 0, cutoffNs: null });
        return outcome.ok ? 'accepted' : `${outcome.failure.code}: ${outcome.failure.message}`;
      };
      expect(await planted('p1', (source) => source.replace('__syncthreads();', 'if (threadIdx.x == 0) __syncthreads();')))
        .to.match(/^run-failed: kernel kernel_p1 cannot be launched on this CPU through a header \(threads of one block wait at different barriers: lines \d+ and \d+, block 0 0 0\)$/);
      expect(await planted('p2', (source) => source.replace('LOOPSMITH_KERNEL __launch', 'nonsense __launch'))).to.equal('build-failed: clang-19 could not compile the kernels for gfx90a; its words are in the text of this failure');
      await bench.close();
    });
  });
});
