/** A network for ROCm where there is no AMD GPU: every distinct task of squeezenet1.1 built for three architectures and answered by its text on this CPU, and its folder with the real program. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rocm } from '@loopsmith/codegen-rocm';
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { checkTasks } from './gpu-tasks.js';
import { Workplace } from './program.js';
import { writeZooCase } from './zoo-case.js';

const compilers = [command('clang-19'), command('ld.lld-19')] as const;

describe('a network for ROCm', function () {
  this.timeout(300_000);
  const place = new Workplace();
  before(() => writeZooCase(place, 'squeezenet1.1'));
  after(() => place.remove());

  it('has tasks that are built for three architectures without spills, and answer right', async function () {
    needs(this, ...compilers);
    const directory = mkdtempSync(join(tmpdir(), 'loopsmith-rocm-tasks-'));
    try {
      const checked = await checkTasks(rocm, ['gfx900', 'gfx90a', 'gfx1100'], 'squeezenet1.1', directory);
      expect(checked.filter(({ resources, error }) => resources.length === 0 || resources.some(({ spilledBytes }) => spilledBytes > 0) || error > 1)).to.deep.equal([]);
      expect(new Set(checked.map(({ isa }) => isa)).size).to.equal(3);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is a folder whose answer is ONNX Runtime\'s, checked on this CPU, and whose program says that there is no GPU', async function () {
    needs(this, ...compilers);
    expect(await place.loopsmith('compile', 'squeezenet1.1.onnx', '--untuned', '--target', 'rocm:gfx90a', '-o', 'gfx90a')).to.deep.include({ code: 0, err: '' });
    const verified = await place.loopsmith('verify', 'gfx90a', 'squeezenet1.1-case');
    expect(verified).to.deep.include({ code: 0, err: '' });
    expect(verified.out).to.match(/^agrees {2}squeezenet1\.1-case: flatten1_out relative error \d\.\de-\d \(emulated: HIP on this CPU through a header, not on a GPU\)\n$/);
    for (const name of ['kernels.hip', 'kernels.co', 'loopsmith.h', 'network.weights']) expect(existsSync(place.path('gfx90a', name)), name).to.equal(true);
    const { kernels } = JSON.parse(readFileSync(place.path('gfx90a', 'manifest.json'), 'utf8')) as { readonly kernels: readonly { readonly registers: number; readonly scalarRegisters: number; readonly spilledBytes: number }[] };
    expect(kernels.length).to.be.greaterThan(10);
    for (const { registers, scalarRegisters, spilledBytes } of kernels) expect([registers > 0, scalarRegisters > 0, spilledBytes]).to.deep.equal([true, true, 0]);
    const ran = await place.start(place.path('gfx90a', 'run'), ['--output-dir', place.path('out')]).ended;
    expect(ran.code).not.to.equal(0);
    expect(ran.err).to.contain('this library runs on a GPU through HIP, and libamdhip64.so is not found; install ROCm\'s runtime for your AMD GPU');
  });

  it('is tuned where that is said to be modelled', async function () {
    needs(this, ...compilers);
    const refused = await place.loopsmith('tune', 'squeezenet1.1.onnx', '--target', 'rocm:gfx90a', '--trials', '1');
    expect(refused.code).not.to.equal(0);
    expect(refused.err).to.match(/nothing can be measured here: rocm:gfx90a needs an AMD GPU of that architecture .* add --modelled/);
  });
});
