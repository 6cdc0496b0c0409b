/** A network for CUDA and for ROCm where there is no such GPU: every distinct task of squeezenet1.1 built for three architectures and answered by its text on this CPU, and its folder, tuned and checked with the real program. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TuningRecord } from '@loopsmith/contracts';
import { kernelsOnCpu, onCpuDirectory } from '@loopsmith/codegen-gpu';
import { needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { checkTasks, isFaulty } from './gpu-tasks.js';
import { channelsModel } from './models.js';
import { Workplace } from './program.js';
import { vendorGpus } from './vendor-gpu-cases.js';
import { writeZooCase } from './zoo-case.js';

/** Runs a network of one input and output twice in the same memory with other numbers, the second time once more with times; prints the three answers. */
const caller = `
#include <loopsmith.h>
#include <stdio.h>
#include <stdlib.h>
static void show(const float *values, size_t count) { for (size_t i = 0; i < count; i++) printf("%.9g ", (double)values[i]); puts(""); }
int main(int count, char **words) {
  loopsmith_session *session;
  if (count != 2 || loopsmith_create(words[1], 1, &session)) { fputs(loopsmith_error(), stderr); return 1; }
  const size_t in = loopsmith_input(session, 0)->bytes / 4, out = loopsmith_output(session, 0)->bytes / 4;
  float *x = calloc(in, 4), *y = calloc(out, 4);
  uint64_t *times = calloc((size_t)loopsmith_kernel_count(), sizeof *times);
  const void *inputs[] = {x};
  void *outputs[] = {y};
  for (int turn = 0; turn < 2; turn++) {
    for (size_t i = 0; i < in; i++) x[i] = (float)((i * 7 + turn * 5) % 13) - 6;
    for (size_t i = 0; i < out; i++) y[i] = -1e30f;
    if (loopsmith_run(session, inputs, outputs)) { fputs(loopsmith_error(), stderr); return 1; }
    show(y, out);
  }
  for (size_t i = 0; i < out; i++) y[i] = -1e30f;
  if (loopsmith_run_profiled(session, inputs, outputs, times)) { fputs(loopsmith_error(), stderr); return 1; }
  show(y, out);
  loopsmith_destroy(session);
  return 0;
}
`;

for (const { name, gpu, plugin, compile, compilers, isas, isa, language, text, images, missing, onCpu, functions } of vendorGpus) describe(`a network for ${name}`, function () {
  const place = new Workplace(), target = `${plugin.id}:${isa}`;
  before(() => writeZooCase(place, 'squeezenet1.1'));
  after(() => place.remove());

  it('has tasks that are built for three architectures without spills that count, and answer right', async function () {
    needs(this, ...compilers);
    const directory = mkdtempSync(join(tmpdir(), `loopsmith-${plugin.id}-tasks-`));
    try {
      const checked = await checkTasks(plugin, compile, isas, 'squeezenet1.1', directory);
      expect(checked.filter(isFaulty)).to.deep.equal([]);
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

  it('has its launches recorded once and replayed with whatever the caller\'s memory holds by then, or queued one by one where a driver cannot record', async function () {
    needs(this, ...compilers);
    place.write('channels.onnx', channelsModel());
    expect((await place.command('compile', 'channels.onnx', '--untuned', '--target', target, '-o', 'recorded')).code).to.equal(0);
    place.write('caller.c', caller);
    const { launch, replay, record } = functions, folder = place.path('recorded'), { source, library } = onCpu.standIn;
    execFileSync('gcc', ['-O1', '-w', `-I${folder}`, '-o', place.path('caller'), place.path('caller.c'), join(folder, 'network.so'), `-Wl,-rpath,${folder}`]);
    const kernels = unwrap(await kernelsOnCpu(onCpu, readFileSync(join(folder, text), 'utf8'), place.folder));
    // the stand-in that says what it is asked for; without the function that begins to record it is an older driver
    const run = async (driver: string, ...flags: readonly string[]): Promise<{ readonly answers: readonly string[]; readonly asked: string }> => {
      const told = (function_: string, parameters: string, words: string): string => `__attribute__((visibility("default"))) int ${function_}(${parameters}) { fputs("${function_} ", stderr); return own_${function_}(${words}); }`;
      place.write(`${driver}.c`, `#include <stdio.h>\n#define ${launch} own_${launch}\n#define ${replay} own_${replay}\n#include "${source}"\n#undef ${launch}\n#undef ${replay}\n${told(launch, 'void *f, unsigned a, unsigned b, unsigned c, unsigned x, unsigned y, unsigned z, unsigned shared, void *stream, void **values, void **extra', 'f, a, b, c, x, y, z, shared, stream, values, extra')}\n${told(replay, 'void *made, void *stream', 'made, stream')}\n`);
      execFileSync('gcc', ['-std=gnu11', '-O1', '-fPIC', '-shared', '-w', '-fvisibility=hidden', ...flags, `-I${onCpuDirectory}`, `-Wl,-soname,${library}`, '-o', place.path(driver), place.path(`${driver}.c`), ...['modules.c', 'blocks.c'].map((file) => join(onCpuDirectory, file)), '-ldl']);
      const ran = await place.start(place.path('caller'), [join(folder, 'network.weights')], { ...process.env, LD_PRELOAD: place.path(driver), LOOPSMITH_ON_CPU: kernels }).ended;
      expect(ran.code, ran.err).to.equal(0);
      return { answers: ran.out.trim().split(/ \n/), asked: ran.err.trim() };
    };
    const recorded = await run('recording.so'), single = await run('older.so', `-D${record}=not_here`);
    const [first, second, profiled] = recorded.answers, count = recorded.asked.split(' ').indexOf(replay), each = Array.from({ length: count }, () => launch);
    expect(recorded.answers).to.deep.equal(single.answers);
    expect(first).not.to.equal(second);
    expect(profiled).to.equal(second);
    expect(first).to.match(/[1-9]/);
    // recorded when the session is made, one by one where kernels are timed by themselves
    expect(count).to.be.greaterThan(1);
    expect(recorded.asked.split(' ')).to.deep.equal([...each, replay, replay, ...each]);
    expect(single.asked.split(' ')).to.deep.equal([...each, ...each, ...each]);
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
