/** A network for CUDA where there is no NVIDIA GPU: every distinct task of squeezenet1.1 built for three architectures and answered by its text on this CPU, and its folder with the real program. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cuda, nvrtcLibraries } from '@loopsmith/codegen-cuda';
import type { TuningRecord } from '@loopsmith/contracts';
import { file, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { checkTasks } from './gpu-tasks.js';
import { channelsModel } from './models.js';
import { Workplace } from './program.js';
import { writeZooCase } from './zoo-case.js';

const nvrtc = file(nvrtcLibraries()[0]!);

describe('a network for CUDA', function () {
  this.timeout(300_000);
  const place = new Workplace();
  before(() => writeZooCase(place, 'squeezenet1.1'));
  after(() => place.remove());

  it('has tasks that are built for three architectures without spills, and answer right', async function () {
    needs(this, nvrtc);
    const directory = mkdtempSync(join(tmpdir(), 'loopsmith-cuda-tasks-'));
    try {
      const checked = await checkTasks(cuda, ['sm_61', 'sm_80', 'sm_90'], 'squeezenet1.1', directory);
      expect(checked.filter(({ resources, error }) => resources.length === 0 || resources.some(({ spilledBytes }) => spilledBytes > 0) || error > 1)).to.deep.equal([]);
      expect(new Set(checked.map(({ isa }) => isa)).size).to.equal(3);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is a folder whose answer is ONNX Runtime\'s, checked on this CPU, and whose program says that there is no GPU', async function () {
    needs(this, nvrtc);
    expect(await place.loopsmith('compile', 'squeezenet1.1.onnx', '--untuned', '--target', 'cuda:sm_80', '-o', 'sm_80')).to.deep.include({ code: 0, err: '' });
    const verified = await place.loopsmith('verify', 'sm_80', 'squeezenet1.1-case');
    expect(verified).to.deep.include({ code: 0, err: '' });
    expect(verified.out).to.match(/^agrees {2}squeezenet1\.1-case: flatten1_out relative error \d\.\de-\d \(emulated: CUDA C on this CPU through a header, not on a GPU\)\n$/);
    for (const name of ['kernels.cu', 'kernels.cubin', 'kernels.ptx', 'loopsmith.h', 'network.weights']) expect(existsSync(place.path('sm_80', name)), name).to.equal(true);
    const { kernels } = JSON.parse(readFileSync(place.path('sm_80', 'manifest.json'), 'utf8')) as { readonly kernels: readonly { readonly registers: number; readonly spilledBytes: number }[] };
    expect(kernels.length).to.be.greaterThan(10);
    for (const { registers, spilledBytes } of kernels) expect([registers > 0, spilledBytes]).to.deep.equal([true, 0]);
    const ran = await place.start(place.path('sm_80', 'run'), ['--output-dir', place.path('out')]).ended;
    expect(ran.code).not.to.equal(0);
    rmSync(place.path('sm_80', 'kernels.cu'));
    expect(await place.loopsmith('verify', 'sm_80', 'squeezenet1.1-case')).to.deep.equal({ code: 3, out: '', err: 'loopsmith: FOLDER/sm_80 has no kernels.cu, by which its kernels are checked where there is no GPU; write it anew with `loopsmith compile`\n' });
    expect(ran.err).to.contain('this library runs on a GPU through CUDA, and libcuda.so.1 is not found; install the driver of your NVIDIA GPU');
  });

  it('is tuned only where that is said to be modelled', async function () {
    needs(this, nvrtc);
    place.write('channels.onnx', channelsModel());
    const tune = (...options: readonly string[]): ReturnType<Workplace['loopsmith']> => place.loopsmith('tune', 'channels.onnx', '--target', 'cuda:sm_80', '--trials', '6', ...options);
    const refused = await tune();
    expect(refused.code).to.equal(3);
    expect(refused.err).to.match(/nothing can be measured here: cuda:sm_80 needs an NVIDIA GPU of that architecture .* add --modelled/);
    const tuned = await tune('--modelled');
    expect(tuned.code, tuned.err).to.equal(0);
    expect(tuned.err).to.contain('Modelled, not measured: answers are checked under CUDA C on this CPU through a header, not on a GPU, times are those of the draft model');
    expect(tuned.out).to.match(/^Sum of kernel times \(modelled\): /);
    const records = readFileSync(place.path('.loopsmith', 'records.jsonl'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as TuningRecord);
    expect(records.length).to.be.at.least(6);
    for (const { outcome, report, environment } of records) {
      expect([outcome.ok && outcome.kind, environment.cpu]).to.deep.equal(['modelled', 'modelled sm_80']);
      expect(report!.resources!.every(({ registers, spilledBytes }) => registers > 0 && spilledBytes === 0)).to.equal(true);
    }
    const explained = await place.loopsmith('explain', records[0]!.id);
    expect(explained.out).to.match(/kernel 1: \d+ registers, 0 bytes spilled, \d+ bytes of shared memory/);
    expect((await place.loopsmith('compile', 'channels.onnx', '--modelled', '--target', 'cuda:sm_80', '-o', 'tuned')).out).to.match(/^\d+ of \d+ tasks? found in modelled records, none measured\n/);
  });
});
