/** A network for CUDA and for ROCm where there is no such GPU: every distinct task of squeezenet1.1 built for three architectures and answered by its text on this CPU, and its folder, tuned and checked with the real program. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TuningRecord } from '@loopsmith/contracts';
import { needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { checkTasks } from './gpu-tasks.js';
import { channelsModel } from './models.js';
import { Workplace } from './program.js';
import { vendorGpus } from './vendor-gpu-cases.js';
import { writeZooCase } from './zoo-case.js';

for (const { name, gpu, plugin, compile, compilers, isas, isa, language, text, images, missing } of vendorGpus) describe(`a network for ${name}`, function () {
  const place = new Workplace(), target = `${plugin.id}:${isa}`;
  before(() => writeZooCase(place, 'squeezenet1.1'));
  after(() => place.remove());

  it('has tasks that are built for three architectures without spills, and answer right', async function () {
    needs(this, ...compilers);
    const directory = mkdtempSync(join(tmpdir(), `loopsmith-${plugin.id}-tasks-`));
    try {
      const checked = await checkTasks(plugin, compile, isas, 'squeezenet1.1', directory);
      expect(checked.filter(({ resources, error }) => resources.length === 0 || resources.some(({ spilledBytes }) => spilledBytes > 0) || error > 1)).to.deep.equal([]);
      expect(new Set(checked.map(({ isa }) => isa)).size).to.equal(3);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is a folder whose answer is ONNX Runtime\'s, checked on this CPU, and whose program says that there is no GPU', async function () {
    needs(this, ...compilers);
    expect(await place.command('compile', 'squeezenet1.1.onnx', '--untuned', '--target', target, '-o', isa)).to.deep.include({ code: 0, err: '' });
    const verified = await place.loopsmith('verify', isa, 'squeezenet1.1-case');
    expect(verified).to.deep.include({ code: 0, err: '' });
    expect(verified.out).to.match(new RegExp(`^agrees {2}squeezenet1\\.1-case: flatten1_out relative error \\d\\.\\de-\\d \\(emulated: ${language} on this CPU through a header, not on a GPU\\)\n$`));
    for (const file of [text, ...images, 'loopsmith.h', 'network.weights']) expect(existsSync(place.path(isa, file)), file).to.equal(true);
    const { kernels } = JSON.parse(readFileSync(place.path(isa, 'manifest.json'), 'utf8')) as { readonly kernels: readonly { readonly registers: number; readonly spilledBytes: number }[] };
    expect(kernels.length).to.be.greaterThan(10);
    for (const { registers, spilledBytes } of kernels) expect([registers > 0, spilledBytes]).to.deep.equal([true, 0]);
    const ran = await place.start(place.path(isa, 'run'), ['--output-dir', place.path('out')]).ended;
    expect(ran.code).not.to.equal(0);
    rmSync(place.path(isa, text));
    expect(await place.loopsmith('verify', isa, 'squeezenet1.1-case')).to.deep.equal({ code: 3, out: '', err: `loopsmith: FOLDER/${isa} has no ${text}, by which its kernels are checked where there is no GPU; write it anew with \`loopsmith compile\`\n` });
    expect(ran.err).to.contain(missing);
  });

  it('is tuned only where that is said to be modelled', async function () {
    needs(this, ...compilers);
    place.write('channels.onnx', channelsModel());
    const tune = (...options: readonly string[]): ReturnType<Workplace['loopsmith']> => place.loopsmith('tune', 'channels.onnx', '--target', target, '--trials', '6', ...options);
    const refused = await tune();
    expect(refused.code).to.equal(3);
    expect(refused.err).to.match(new RegExp(`nothing can be measured here: ${target} needs ${gpu} of that architecture .* add --modelled`));
    const tuned = await tune('--modelled');
    expect(tuned.code, tuned.err).to.equal(0);
    expect(tuned.err).to.contain(`Modelled, not measured: answers are checked under ${language} on this CPU through a header, not on a GPU, times are those of the draft model`);
    expect(tuned.out).to.match(/^Sum of kernel times \(modelled\): /);
    const records = readFileSync(place.path('.loopsmith', 'records.jsonl'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as TuningRecord);
    expect(records.length).to.be.at.least(6);
    for (const { outcome, report, environment } of records) {
      expect([outcome.ok && outcome.kind, environment.cpu]).to.deep.equal(['modelled', `modelled ${isa}`]);
      expect(report!.resources!.every(({ registers, spilledBytes }) => registers > 0 && spilledBytes === 0)).to.equal(true);
    }
    const explained = await place.command('explain', records[0]!.id);
    expect(explained.out).to.match(/kernel 1: \d+ registers, (?:\d+ scalar registers, )?0 bytes spilled, \d+ bytes of shared memory/);
    expect((await place.command('compile', 'channels.onnx', '--modelled', '--target', target, '-o', 'tuned')).out).to.match(/^\d+ of \d+ tasks? found in modelled records, none measured\n/);
  });
});
