/** The OpenCL plugins: their kernels as text, limits refused before anything is built, and what a device or its absence makes of candidates. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSchedule } from '@loopsmith/ir';
import { convolution, dense } from '@loopsmith/lowering/testing';
import type { Artifact, Device, HardwarePlugin, Point } from '@loopsmith/contracts';
import { file, golden, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { gpuNativeDirectory } from '@loopsmith/codegen-gpu';
import { messageOf, taskOf } from '@loopsmith/codegen-gpu/testing';
import { maliOpencl, opencl } from './plugins.js';

const conv = convolution({ channels: 16, outputs: 16, size: 14, kernel: 3, pad: 1 });

describe('OpenCL plugins', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-opencl-spec-'));
  after(() => { rmSync(directory, { recursive: true }); });

  it('print a convolution through local memory', async function () {
    const task = await taskOf(opencl, conv, 'host'), space = opencl.space(task);
    const point: Point = { outputs: 2, pixels: 2, block: '7 7 4', staged: 4, parts: 1, together: 1 };
    golden(this, opencl.emit(task, unwrap(opencl.lower(task, unwrap(space.schedule(point)))), 'conv').source);
  });
  it('print a convolution that moves four elements at once where they lie so', async function () {
    const task = await taskOf(opencl, convolution({ channels: 16, outputs: 16, size: 12, kernel: 1 }), 'host'), space = opencl.space(task);
    const point: Point = { outputs: 4, pixels: 4, block: '3 4 4', staged: 4, parts: 1, together: 4 };
    golden(this, opencl.emit(task, unwrap(opencl.lower(task, unwrap(space.schedule(point)))), 'conv').source);
  });
  it('print a convolution in vectors of four for a Mali', async function () {
    const task = await taskOf(maliOpencl, conv, 'host'), space = maliOpencl.space(task);
    const point: Point = { outputs: 2, pixels: 2, block: '7 1 2', staged: 0, parts: 1, together: 1 };
    const { source } = maliOpencl.emit(task, unwrap(maliOpencl.lower(task, unwrap(space.schedule(point)))), 'conv');
    golden(this, source);
    // sums are vectors: none is taken apart
    expect(source).not.to.match(/\.s[0-3]/);
    expect(source).not.to.match(/__local|barrier/);
  });

  it('choose blocks of channels as their devices compute', async () => {
    expect([opencl, maliOpencl].map((plugin) => plugin.channelBlock({} as never))).to.deep.equal([1, 4]);
    expect(messageOf(await maliOpencl.resolve('valhall'))).to.equal('mali-opencl has no device "valhall"; choose host, midgard, bifrost');
  });

  it('refuse what is beyond the limits before anything is built', async () => {
    const mali = await taskOf(maliOpencl, dense(4, 64, 512), 'host');
    const lowered = (text: string): string => messageOf(maliOpencl.lower(mali, unwrap(parseSchedule(text))));
    expect(lowered('split Y.k by 512 into kb kt; bind Y.kb to block.x; bind Y.kt to thread.x; computeAt A in Y.kt register')).to.equal('kernel Y needs 512 threads a block of 256; bind smaller loops, or place less in shared memory');
    expect(lowered('bind Y.k to block.x; splitReduction A.c by 8; computeAt A in Y.k register; computeAt Ap in Y.k shared; bind Ap.o to thread.x')).to.equal('kernel Y needs 32 bytes of shared memory of 0; bind smaller loops, or place less in shared memory');
    const space = maliOpencl.space(await taskOf(maliOpencl, conv, 'host'));
    expect(space.choices.find(({ name }) => name === 'staged')?.values).to.deep.equal([0]);
    expect(space.draft({ outputs: 4, pixels: 4, block: '1 1 1', staged: 0, parts: 1, together: 1 }).refused).to.equal('96 live registers of 64');
  });

  it('say that there is no driver, and no device, where that is so', () => {
    const build = (name: string, driver: string): string => {
      writeFileSync(join(directory, `${name}.c`), driver);
      execFileSync('gcc', ['-O0', '-w', `-I${gpuNativeDirectory}`, '-o', join(directory, name), join(gpuNativeDirectory, 'probe.c'), join(directory, `${name}.c`), '-ldl']);
      return join(directory, name);
    };
    const said = (program: string, ...variables: readonly string[]): string => {
      try { return execFileSync('env', [...variables, program], { encoding: 'utf8' }); } catch (error) { return String((error as { readonly stdout: string }).stdout); }
    };
    const source = `#include "${join(gpuNativeDirectory, 'opencl_driver.c')}"\n`;
    expect(said(build('absent', `#define dlopen(name, flags) NULL\n${source.replace('#include', '#include <dlfcn.h>\n#undef dlopen\n#define dlopen(name, flags) ((void *)0)\n#include')}`)))
      .to.equal('this library runs on an OpenCL device, and libOpenCL.so.1 is not found; install the driver of your GPU, on Debian also ocl-icd-libopencl1\n');
    mkdirSync(join(directory, 'none'), { recursive: true });
    expect(said(build('unregistered', source), `OCL_ICD_VENDORS=${join(directory, 'none')}`))
      .to.equal('libOpenCL is here, but no OpenCL driver is registered with it; install the driver of your GPU, or pocl-opencl-icd to run on the CPU\n');
  });

  it('name the way out of a driver that is installed and finds no device, which is not to install it', function () {
    needs(this, file('/etc/OpenCL/vendors/pocl.icd'));
    const script = `import { opencl } from ${JSON.stringify(new URL('./plugins.js', import.meta.url).href)};
      console.log(JSON.stringify(await opencl.requirements()));`;
    const asked = (home: string): unknown =>
      JSON.parse(execFileSync('env', ['-u', 'XDG_CACHE_HOME', `HOME=${home}`, process.execPath, '--input-type=module', '-e', script], { encoding: 'utf8' }));
    const missing = (purpose: string) => ({
      what: 'an OpenCL device', purpose, found: null,
      install: 'an OpenCL driver is here, but no device of it can be used; set HOME to a folder that you may write, for drivers keep a cache there, and check the driver with clinfo',
    });
    expect((asked('/proc/nowhere') as unknown[]).slice(1)).to.deep.equal(['answers', 'measure'].map(missing));
    expect((asked(directory) as { readonly found: string | null }[]).every(({ found }) => found !== null)).to.equal(true);
  });

  describe('on the device at hand', () => {
    let device: Device;
    before(async function () {
      needs(this, file('/etc/OpenCL/vendors/pocl.icd'));
      device = unwrap(await opencl.device(unwrap(await opencl.resolve('host')), { threads: 1, directory, seed: 1 }));
    });
    after(() => device?.close());

    it('measure right candidates of both phases, and refuse a planted wrong answer, a broken text and a write past the end', async () => {
      const task = await taskOf(opencl, convolution({ channels: 32, outputs: 8, size: 8, kernel: 1 }), 'host'), space = opencl.space(task);
      const builder = unwrap(await opencl.builder(task.target, directory));
      const points: readonly Point[] = [{ ...space.untuned(), staged: 0, parts: 1, together: 1 }, { ...space.untuned(), staged: 0, parts: 2, together: 1 }, { ...space.untuned(), staged: 4, parts: 1, together: 1 },
        { outputs: 4, pixels: 4, block: '2 4 2', staged: 4, parts: 1, together: 4 }];
      const artifacts: readonly Artifact[] = (await builder.build(task, points.map((point, i) => ({ id: `c${i}`, task: task.key, point, schedule: unwrap(space.schedule(point)) })))).map(unwrap);
      const bench = unwrap(await device.prepare(task));
      for (const artifact of artifacts) {
        const { outcome } = await bench.measure(artifact, { purpose: 'search', repeat: 0, cutoffNs: null });
        const { kind, error, samplesNs } = unwrap(outcome);
        expect(kind).to.equal('measured');
        expect(error).to.be.lessThan(1);
        expect(samplesNs.length).to.be.greaterThan(0);
      }
      const planted = async (name: string, change: (source: string) => string): Promise<string> => {
        const broken: HardwarePlugin['emit'] = (...parts) => { const kernel = opencl.emit(...parts); return { ...kernel, source: change(kernel.source) }; };
        const { openGpuBuilder } = await import('@loopsmith/codegen-gpu');
        const own = unwrap(await openGpuBuilder({ driver: 'opencl_driver.c', lower: opencl.lower, emit: broken, compiler: 'the driver', code: (texts) => Promise.resolve(texts.map((text) => ({ ok: true, value: { images: [new TextEncoder().encode(text)] } }))) }, directory));
        const [artifact] = (await own.build(task, [{ id: name, task: task.key, point: points[0]!, schedule: unwrap(space.schedule(points[0]!)) }])).map(unwrap);
        const { outcome } = await bench.measure(artifact!, { purpose: 'search', repeat: 0, cutoffNs: null });
        return outcome.ok ? 'accepted' : `${outcome.failure.code}: ${outcome.failure.message}`;
      };
      expect(await planted('p1', (source) => source.replace(' = max_f32(', ' = 1.5f + max_f32('))).to.match(/^wrong-answer: Y: \d+ of 512 elements differ from the reference/);
      expect(await planted('p2', (source) => source.replace('__kernel', '__kernel nonsense'))).to.match(/^build-failed: the OpenCL compiler of .+ refuses the kernels \(error -11\): .*nonsense/);
      expect(await planted('p3', (source) => source.replace(/(__global float \*restrict const Y = .*;)/, '$1 Y[512] = 1.0f;'))).to.equal('out-of-bounds: a write 1 bytes past the end of buffer 4 and its slack');
      await bench.close();
    });

    it('a target that is another device is not measured on it', async () => {
      const refused = await maliOpencl.device(unwrap(await maliOpencl.resolve('host')), { threads: 1, directory, seed: 1 });
      expect(messageOf(refused)).to.match(/^nothing can be measured here: mali-opencl:midgard needs a Mali GPU, and the OpenCL device of this machine is .+; tune on a board that has one, or compile with the draft model's choice$/);
    });
  });
});
