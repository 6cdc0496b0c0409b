/** The CUDA plugin: its kernels as text, targets, what is said where a GPU or a compiler is missing, and candidates that are checked on this CPU. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gpuNativeDirectory, openGpuBuilder } from '@loopsmith/codegen-gpu';
import { messageOf, sharedBytesOf, taskOf } from '@loopsmith/codegen-gpu/testing';
import type { Artifact, Device, Point, Task } from '@loopsmith/contracts';
import { parseSchedule, type Definition } from '@loopsmith/ir';
import { hardwareChecks } from '@loopsmith/kits';
import { convolution, dense } from '@loopsmith/lowering/testing';
import { command, file, golden, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { architectureFor } from './architectures.js';
import { clangCompiler, findCompiler, nvrtcLibraries } from './compiler.js';
import { cuda, cudaOnCpu } from './plugin.js';
import { resourcesOf } from './resources.js';

const conv = convolution({ channels: 16, outputs: 16, size: 14, kernel: 3, pad: 1 });
const staged: Point = { outputs: 2, pixels: 2, block: '7 7 4', staged: 4, parts: 1, together: 1 };
const textOf = (task: Task, point: Point): string => cuda.emit(task, unwrap(cuda.lower(task, unwrap(cuda.space(task).schedule(point)))), 'conv').source;
const nvrtc = file(nvrtcLibraries()[0]!);
/** NVIDIA's disassembler, where set-up puts it for tests. */
const nvdisasm = join(nvrtcLibraries()[0]!, '..', '..', '..', 'cu13', 'bin', 'nvdisasm');
/** A convolution whose data, weights and results lie together by fours, through shared memory. */
const wide = convolution({ channels: 64, outputs: 64, size: 28, kernel: 1 });
const byFours: Point = { outputs: 4, pixels: 4, block: '7 1 4', staged: 16, parts: 1, together: 4 };

describe('cuda, as any hardware plugin,', () => {
  for (const { name, run } of hardwareChecks(cuda)) it(name, run);
});

describe('CUDA plugin', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-cuda-spec-'));
  after(() => { rmSync(directory, { recursive: true }); });

  it('prints a convolution through shared memory', async function () {
    golden(this, textOf(await taskOf(cuda, conv, 'sm_80'), staged));
  });

  it('prints a convolution that moves four elements at once', async function () {
    golden(this, textOf(await taskOf(cuda, wide, 'sm_80'), byFours));
  });

  it('has targets by architecture, and takes the newest that a device runs', async () => {
    expect((await cuda.resolve('sm_86')).ok).to.equal(true);
    expect(['sm_61', 'sm_87', 'sm_89', 'sm_90', 'sm_120', 'x'].map(architectureFor)).to.deep.equal(['sm_61', 'sm_86', 'sm_86', 'sm_90', null, null]);
    expect(messageOf(await cuda.resolve('fermi'))).to.equal('cuda has no architecture "fermi"; choose host, sm_61, sm_75, sm_80, sm_86, sm_90');
    expect(messageOf(await cuda.resolve('host'))).to.equal('this machine has no GPU that cuda:host could mean, so nothing can be measured here (this library runs on a GPU through CUDA, and libcuda.so.1 is not found; '
      + 'install the driver of your NVIDIA GPU, on Debian nvidia-driver); choose cuda:sm_61, cuda:sm_75, cuda:sm_80, cuda:sm_86, cuda:sm_90; with --modelled, tune checks their answers on this CPU and ranks by the draft model');
  });

  it('says that there is no driver, an old one, or no device, where that is so', () => {
    const driver = join(gpuNativeDirectory, 'cuda_driver.c');
    const said = (name: string, before: string): string => {
      writeFileSync(join(directory, `${name}.c`), `#include <dlfcn.h>\n#include <stddef.h>\n#include <string.h>\n${before}\n#include "${driver}"\n`);
      execFileSync('gcc', ['-O0', '-w', `-I${gpuNativeDirectory}`, '-o', join(directory, name), join(gpuNativeDirectory, 'probe.c'), join(directory, `${name}.c`), '-ldl']);
      try { return execFileSync(join(directory, name), { encoding: 'utf8' }); } catch (error) { return String((error as { readonly stdout: string }).stdout); }
    };
    expect(said('absent', '#define dlopen(name, flags) NULL')).to.equal('this library runs on a GPU through CUDA, and libcuda.so.1 is not found; install the driver of your NVIDIA GPU, on Debian nvidia-driver\n');
    const here = '#define dlopen(name, flags) (void *)1\n';
    expect(said('old', `${here}#define dlsym(library, name) NULL`)).to.equal('libcuda.so.1 lacks the function cuInit; install a newer driver\n');
    const fake = (init: string): string => `${here}static int zero(void) { return 0; }\nstatic int bad(void) { return ${init}; }\nstatic int text(int code, const char **to) { *to = "no CUDA-capable device is detected"; return 0; }\n`
      + 'static int none(int *count) { *count = 0; return 0; }\n#define dlsym(library, name) (strcmp(name, "cuInit") == 0 ? (void *)bad : strcmp(name, "cuGetErrorString") == 0 ? (void *)text : strcmp(name, "cuDeviceGetCount") == 0 ? (void *)none : (void *)zero)';
    expect(said('broken', fake('100'))).to.equal('libcuda.so.1 is here, but finds no GPU that it can use (no CUDA-capable device is detected); check the driver with nvidia-smi\n');
    expect(said('empty', fake('0'))).to.equal('libcuda.so.1 is here, but there is no GPU; check the driver with nvidia-smi\n');
  });

  it('reads what a kernel takes from the log of the compiler', () => {
    const log = "ptxas info    : 0 bytes gmem\nptxas info    : Compiling entry function 'k' for 'sm_80'\nptxas info    : Function properties for k\nptxas         .     24 bytes stack frame, 16 bytes spill stores, 12 bytes spill loads\n"
      + "ptxas info    : Used 24 registers, used 1 barriers, 10496 bytes smem, 384 bytes cmem[0]\nptxas info    : Compiling entry function 'l' for 'sm_80'\nptxas info    : Used 8 registers, 368 bytes cmem[0]\n";
    expect([...resourcesOf(log)]).to.deep.equal([['k', { registers: 24, spilledBytes: 16, sharedBytes: 10496 }], ['l', { registers: 8, spilledBytes: 0, sharedBytes: 0 }]]);
  });

  it('refuses what is beyond the limits before anything is built', async () => {
    const refused = async (definition: Definition, text: string): Promise<string> => messageOf(cuda.lower(await taskOf(cuda, definition, 'sm_80'), unwrap(parseSchedule(text))));
    expect(await refused(dense(4, 64, 2048), 'split Y.k by 2048 into kb kt; bind Y.kb to block.x; bind Y.kt to thread.x; computeAt A in Y.kt register'))
      .to.equal('kernel Y needs 2048 threads a block of 1024; bind smaller loops, or place less in shared memory');
    expect(await refused(dense(1, 131072, 4), 'bind Y.k to block.x; splitReduction A.c by 8; computeAt A in Y.k register; computeAt Ap in Y.k shared; split Ap.o by 256 into oo ot; bind Ap.ot to thread.x'))
      .to.equal('kernel Y needs 65536 bytes of shared memory of 49152; bind smaller loops, or place less in shared memory');
    const space = cuda.space(await taskOf(cuda, convolution({ channels: 64, outputs: 64, size: 32, kernel: 3, pad: 1 }), 'sm_80'));
    expect(space.draft({ outputs: 8, pixels: 4, block: '32 32 1', staged: 0, parts: 1, together: 1 }).refused).to.equal('a block of 128 columns of 32');
  });

  it('says what to install where there is no compiler', async () => {
    const none = await findCompiler(['/no/such/libnvrtc.so.12'], 'no-such-clang');
    expect(none.ok ? '' : none.failure).to.deep.equal({
      code: 'compiler-missing', stage: 'build', text: '/no/such/libnvrtc.so.12: cannot open shared object file: No such file or directory',
      message: 'neither NVRTC nor no-such-clang is here to compile CUDA C; install NVRTC with: python3 -m venv ~/.cache/loopsmith/nvrtc-12.9.86 && ~/.cache/loopsmith/nvrtc-12.9.86/bin/pip install nvidia-cuda-nvrtc-cu12==12.9.86',
    });
  });

  it('compiles for the architectures, and tells what the kernels take', async function () {
    needs(this, nvrtc);
    const compiler = unwrap(await findCompiler());
    expect(compiler.version).to.match(/^NVRTC 12\.\d+$/);
    await Promise.all(['sm_61', 'sm_80', 'sm_90'].map(async (isa) => {
      const task = await taskOf(cuda, conv, isa);
      const [code, broken] = await compiler.compile(isa, [textOf(task, staged), 'nonsense'], { portable: true });
      const { images, resources } = unwrap(code!);
      expect(Buffer.from(images[0]!).toString('latin1', 1, 4)).to.equal('ELF');
      expect(Buffer.from(images[1]!).toString('latin1')).to.match(/\.target sm_\d+[\s\S]*\.entry conv/);
      const taken = resources!.get('conv')!;
      expect(taken.registers).to.be.within(16, 128);
      expect([taken.spilledBytes, taken.sharedBytes]).to.deep.equal([0, sharedBytesOf(textOf(task, staged))]);
      expect(messageOf(broken!)).to.equal(`NVRTC could not compile the kernels for ${isa}; its words are in the text of this failure`);
      expect(broken!.ok ? '' : broken!.failure.text).to.match(/nonsense/);
    }));
  });

  it('looks for NVRTC on the system alone for a user without a home', () => {
    const ofSystem = ['libnvrtc.so.12', '/usr/local/cuda/lib64/libnvrtc.so.12', 'libnvrtc.so.13', '/usr/local/cuda/lib64/libnvrtc.so.13'];
    for (const home of [() => { throw new Error('uv_os_homedir returned ENOENT'); }, () => '']) expect(nvrtcLibraries(home)).to.deep.equal(ofSystem);
  });

  /** A library of NVRTC's functions that compiles what is no program; as NVIDIA's, it looks for its builtins by name alone. `created` is what it says of a new program. */
  const nvrtc13 = (name: string, created: number): string => {
    const library = join(directory, name);
    writeFileSync(`${library}.c`, `#include <dlfcn.h>\nint nvrtcCreateProgram(void) { return ${created}; }\nint nvrtcCompileProgram(void) { return dlopen("libnvrtc-builtins.so.13.0", RTLD_NOW) == 0; }\n`
      + 'int nvrtcVersion(int *a, int *b) { *a = 13, *b = 0; return 0; }\nint nvrtcGetNumSupportedArchs(int *n) { *n = 2; return 0; }\nint nvrtcGetSupportedArchs(int *a) { a[0] = 75, a[1] = 90; return 0; }\n'
      + 'GetProgramLogSize GetProgramLog GetCUBINSize GetCUBIN GetPTXSize GetPTX DestroyProgram'.split(' ').map((one) => `int nvrtc${one}(void) { return 1; }\n`).join(''));
    execFileSync('gcc', ['-shared', '-fPIC', '-w', '-o', library, `${library}.c`]);
    return library;
  };

  it('takes NVRTC 13 where there is no other, and says which architectures that has', async () => {
    const library = nvrtc13('libnvrtc.so.13', 0);
    const builtins = 'libnvrtc-builtins.so.13.0';
    execFileSync('gcc', ['-shared', '-fPIC', `-Wl,-soname,${builtins}`, '-o', join(directory, builtins), '-x', 'c', '/dev/null']);
    const compiler = unwrap(await findCompiler(['/no/such/libnvrtc.so.12', library]));
    expect(compiler.version).to.equal('NVRTC 13.0');
    const [code] = await compiler.compile('sm_61', ['nonsense'], { portable: true });
    expect(messageOf(code!)).to.match(/^NVRTC 13\.0 makes no code for sm_61, only for sm_75, sm_90; install one that does with: python3 -m venv /);
    expect((await compiler.compile('sm_90', ['anything'], { portable: false })).map(({ ok }) => ok)).to.deep.equal([true]);
    expect(nvrtcLibraries().findIndex((name) => name.endsWith('.12'))).to.be.lessThan(nvrtcLibraries().indexOf('libnvrtc.so.13'));
  });

  it('says so where NVRTC takes no program', async () => {
    const library = nvrtc13('libnvrtc-full.so.13', 1), [code] = await unwrap(await findCompiler([library])).compile('sm_90', ['anything'], { portable: false });
    expect(code!.ok ? '' : code!.failure.text?.trim()).to.equal(`${library} takes no program (NVRTC result 1)`);
  });

  it('moves four elements by one instruction', async function () {
    needs(this, nvrtc, file(nvdisasm));
    const compiler = unwrap(await findCompiler());
    const instructions = async (together: number): Promise<Readonly<Record<string, number>>> => {
      const [code] = await compiler.compile('sm_80', [textOf(await taskOf(cuda, wide, 'sm_80'), { ...byFours, together })], { portable: false });
      writeFileSync(join(directory, 'wide.cubin'), unwrap(code!).images[0]!);
      const listing = execFileSync(nvdisasm, [join(directory, 'wide.cubin')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }), counts: Record<string, number> = {};
      for (const [, name = '', kind = ''] of listing.matchAll(/\b(LDG|STG|STS)([.\w]*)/g)) { const key = `${name}${kind.includes('.128') ? '.128' : ''}`; counts[key] = (counts[key] ?? 0) + 1; }
      return counts;
    };
    // the bias alone has no neighbours of a thread's own
    expect(await instructions(4)).to.deep.equal({ 'LDG.128': 11, LDG: 4, 'STS.128': 7, 'STG.128': 4 });
    expect(Object.keys(await instructions(1))).to.have.members(['LDG', 'STS', 'STG']);
  });

  it('makes PTX by clang where NVRTC is not', async function () {
    needs(this, command('clang-19'));
    const task = await taskOf(cuda, conv, 'sm_80'), text = textOf(task, staged);
    const [code, broken] = await clangCompiler('clang 19').compile('sm_80', [text, `${text}\nextern "C" __global__ void f(float *x) { x[0] = expf(x[0]); }\n`], { portable: true });
    const { images, resources } = unwrap(code!);
    expect(Buffer.from(images[0]!).toString()).to.match(/\.target sm_80[\s\S]*\.entry conv[\s\S]*ld\.shared/);
    expect(resources).to.equal(undefined);
    expect(messageOf(broken!)).to.match(/^clang-19 could not compile the kernels for sm_80; its words are in the text of this failure; clang-19 lacks NVIDIA's mathematical functions, so where the kernels use such, install NVRTC with: python3 -m venv /);
  });

  describe('where there is no GPU', () => {
    let device: Device;
    before(async function () {
      needs(this, nvrtc);
      device = unwrap(await cuda.device(unwrap(await cuda.resolve('sm_80')), { threads: 1, directory, seed: 1, modelled: true }));
    });
    after(() => device?.close());

    it('says that nothing can be measured, and what can be done', async () => {
      expect(messageOf(await cuda.device(unwrap(await cuda.resolve('sm_80')), { threads: 1, directory, seed: 1 }))).to.equal('nothing can be measured here: cuda:sm_80 needs an NVIDIA GPU of that architecture '
        + '(this library runs on a GPU through CUDA, and libcuda.so.1 is not found; install the driver of your NVIDIA GPU, on Debian nvidia-driver); add --modelled to check answers on this CPU and rank by the draft model');
    });

    it('checks candidates on this CPU, and refuses planted faults by name', async () => {
      expect(device.environment).to.deep.include({ cpu: 'modelled sm_80', os: 'CUDA C on this CPU through a header, not on a GPU' });
      const task = await taskOf(cuda, convolution({ channels: 32, outputs: 8, size: 8, kernel: 3, pad: 1 }), 'sm_80'), space = cuda.space(task);
      const builder = unwrap(await cuda.builder(task.target, directory));
      const points: readonly Point[] = [{ ...space.untuned(), staged: 0, parts: 1, together: 1 }, { ...space.untuned(), staged: 0, parts: 2, together: 1 }, { ...space.untuned(), staged: 4, parts: 1, together: 1 },
        { outputs: 4, pixels: 4, block: '2 4 2', staged: 4, parts: 1, together: 4 }, { outputs: 4, pixels: 4, block: '2 4 2', staged: 0, parts: 1, together: 4 }];
      const artifacts: readonly Artifact[] = (await builder.build(task, points.map((point, i) => ({ id: `c${i}`, task: task.key, point, schedule: unwrap(space.schedule(point)) })))).map(unwrap);
      const bench = unwrap(await device.prepare(task));
      for (const artifact of artifacts) {
        const outcome = unwrap((await bench.measure(artifact, { purpose: 'search', repeat: 0, cutoffNs: null })).outcome);
        expect(outcome).to.deep.include({ kind: 'modelled', samplesNs: [artifact.report.modelled!.draftNs] });
        expect(outcome.error).to.be.within(1e-9, 1);
        expect(artifact.report.resources!.map(({ spilledBytes }) => spilledBytes)).to.deep.equal(artifact.kernel.symbols.map(() => 0));
      }
      const compiler = unwrap(await findCompiler());
      const planted = async (name: string, change: (source: string) => string): Promise<string> => {
        const own = unwrap(await openGpuBuilder({
          driver: 'cuda_driver.c', compiler: compiler.version, lower: cuda.lower, code: (texts, options) => compiler.compile('sm_80', texts, options),
          emit: (...parts) => { const kernel = cuda.emit(...parts); return { ...kernel, source: change(kernel.source) }; },
        }, directory, cudaOnCpu));
        const [artifact] = await own.build(task, [{ id: name, task: task.key, point: points[2]!, schedule: unwrap(space.schedule(points[2]!)) }]);
        if (!artifact!.ok) return `${artifact!.failure.code}: ${artifact!.failure.message}`;
        const { outcome } = await bench.measure(artifact!.value, { purpose: 'search', repeat: 0, cutoffNs: null });
        return outcome.ok ? 'accepted' : `${outcome.failure.code}: ${outcome.failure.message}`;
      };
      expect(await planted('p1', (source) => source.replaceAll('__syncthreads();', ''))).to.match(/^(?:not-a-number|wrong-answer): /);
      expect(await planted('p2', (source) => source.replace('__syncthreads();', 'if (threadIdx.x == 0) __syncthreads();')))
        .to.match(/^run-failed: kernel kernel_p2 cannot be launched on this CPU through a header \(threads of one block wait at different barriers: lines \d+ and \d+, block 0 0 0\)$/);
      expect(await planted('p3', (source) => source.replace('LOOPSMITH_KERNEL __launch', 'nonsense __launch'))).to.equal('build-failed: NVRTC could not compile the kernels for sm_80; its words are in the text of this failure');
      expect(await planted('p4', (source) => source.replace(/(void \w+\(.*\) \{)/, '$1\n  Y[512] = 1.0f;'))).to.match(/^out-of-bounds: a write 1 bytes past the end of buffer \d and its slack$/);
      await bench.close();
    });
  });
});
