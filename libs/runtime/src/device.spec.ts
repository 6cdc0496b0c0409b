/** The local device as the contract describes it: measurements, failures as values, the reference held to the definition. */
import { expect } from 'chai';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, plainLayout, type Definition, type Value } from '@loopsmith/ir';
import type { Artifact, Bench, Environment, KernelSource, Target, Task } from '@loopsmith/contracts';
import { succeed, unwrap } from '@loopsmith/util';
import { finalsTimeoutMs, openLocalDevice, parseCpuList, searchTimeoutMs, type LocalDevice } from './device.js';
import { compileText, offloaded, planted, product, productBuffers, referenceText } from './testing/planted.js';

const target: Target = {
  id: 'x86-avx:sse', isa: 'sse', vectorBytes: 16, registers: 16, fmaPerCycle: 2, fmaLatency: 4, loadsPerCycle: 2,
  caches: { l1: 32 << 10, l2: 512 << 10, l3: 32 << 20 }, clock: 3e9, bandwidths: { l2: 1e11, l3: 5e10, memory: 2e10 },
};
const environment: Environment = { cpu: 'test', isa: 'sse', compiler: 'gcc', os: 'linux', threads: 2, loopsmith: '0.1.0' };
const taskOf = (definition: Definition, inPlace: number | null = null): Task =>
  ({ key: definition.name, workload: '', label: definition.name, definition, layouts: {}, inPlace, target, threads: 2, flops: 64_000 });

describe('the local device', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-device-'));
  let device: LocalDevice, reference = referenceText;
  const artifact = (name: string, text: string, kernel: Partial<KernelSource> = {}): Artifact => ({
    id: `artifact-${name}`, candidate: `candidate-${name}`, library: compileText(directory, name, text),
    kernel: { symbols: ['kernel'], source: text, buffers: productBuffers(), scratchBytes: 256, rewritten: product(), algorithm: null, ...kernel },
    report: { hotLoopInstructions: 0, hotLoopStackAccesses: 0, sourceBytes: text.length },
  });
  const request = { purpose: 'search', repeat: 1, cutoffNs: null } as const;

  before(async () => {
    device = unwrap(await openLocalDevice({ threads: 2, directory, seed: 7 }, {
      target, environment, weights: 'l3',
      compileReference: (definition) => Promise.resolve(succeed(compileText(directory, `reference-${definition.name}-${reference.length}`, reference))),
    }));
  });
  after(async () => {
    await device.close();
    rmSync(directory, { recursive: true });
  });

  it('names its protocol and environment', () => {
    expect(device.protocol).to.equal('1 weights-l3');
    expect(device.environment).to.equal(environment);
  });

  it('refuses more threads than its harness takes, of which every candidate would fail', async () => {
    const asked = (threads: number): ReturnType<typeof openLocalDevice> => openLocalDevice({ threads, directory, seed: 7 }, { target, environment, weights: 'l3', compileReference: () => Promise.resolve(succeed('')) });
    expect(await asked(257)).to.deep.equal({ ok: false, failure: { code: 'option-invalid', stage: 'measure', message: 'nothing can be measured with 257 threads; give 256 at most' } });
    await unwrap(await asked(256)).close();
  });

  it('measures an artifact', async () => {
    const bench = unwrap(await device.prepare(taskOf(product())));
    const measurement = await bench.measure(artifact('right', planted.right), request);
    const timing = unwrap(measurement.outcome);
    expect(measurement).to.deep.include({ candidate: 'candidate-right', task: 'product', purpose: 'search', repeat: 1, artifact: 'artifact-right' });
    expect(timing.kind).to.equal('measured');
    expect(timing.samplesNs.length).to.be.within(4, 40);
    expect(timing.error).to.be.lessThan(1);
    await bench.close();
  });

  it('compares candidates and goes on without those that fail', async () => {
    const bench = unwrap(await device.prepare(taskOf(product())));
    const names = ['right', 'crashes', 'wrongTerm', 'slow', 'leaves'] as const;
    const compared = await bench.compare(names.map((name) => artifact(name, planted[name])), 6);
    expect(compared.map(({ outcome }) => (outcome.ok ? outcome.value.samplesNs.length : outcome.failure.code))).to.deep.equal([6, 'crash', 'wrong-answer', 6, 'crash']);
    expect(compared.map(({ purpose }) => purpose)).to.deep.equal(names.map(() => 'final'));
    await bench.close();
  });

  it('refuses a reference that disagrees with the definition', async () => {
    reference = referenceText.replace('sum > 0 ? sum : 0', 'sum');
    const prepared = await device.prepare(taskOf(product()));
    reference = referenceText;
    if (prepared.ok) throw new Error('the reference was accepted');
    expect(prepared.failure.code).to.equal('reference-disagrees');
    expect(prepared.failure.message).to.match(/^the compiled reference of product gives -[\d.]+ for Y\[\d+, \d+\] where evaluating the definition gives 0; no candidate can be judged by it, so the task is left out$/);
  });

  /** An input by its squared weights, whose squares a kernel takes from a stage that is computed when it is compiled. */
  const bySquares = ((): { readonly asDefined: (name: string) => Definition; readonly rewritten: (name: string) => Definition; readonly buffers: KernelSource['buffers']; readonly text: string; readonly reference: string } => {
    const X = build.input('X', 'f32', [32]), W = build.input('W', 'f32', [32], 'compile'), [{ i }, axes] = build.axesOf({ i: 32 }), w = build.load(W, i);
    const U = build.stage('U', 'f32', axes, build.binary('multiply', w, w));
    const output = (squares: Value): Definition['stages'][number] => build.stage('Y', 'f32', axes, build.binary('multiply', build.load(X, i), squares));
    const definitionOf = (name: string, ...stages: Definition['stages']): Definition => ({ name, inputs: [X, W], tables: [], stages });
    return {
      asDefined: (name) => definitionOf(name, output(build.binary('multiply', w, w))),
      rewritten: (name) => definitionOf(name, U, output(build.load(U, i))),
      buffers: ([['input', 'X'], ['compile', 'U'], ['output', 'Y']] as const).map(([role, tensor]) => ({ role, tensor, dtype: 'f32', size: 32, slack: 0, shape: [32], layout: plainLayout([32]) }) as const),
      text: 'void kernel(void *const *b, void *s, int part, int parts) { const float *X = b[0], *U = b[1]; float *Y = b[2]; if (part == 0) for (int i = 0; i < 32; i++) Y[i] = X[i] * U[i]; }',
      reference: 'void loopsmith_reference(const void *const *in, void *out) { const float *X = in[0], *W = in[1]; double *Y = out; for (int i = 0; i < 32; i++) Y[i] = (double)X[i] * W[i] * W[i]; }',
    };
  })();
  const openedFor = async (scratch: string, name: string): Promise<LocalDevice> => unwrap(await openLocalDevice({ threads: 1, directory, scratch, seed: 7 }, {
    target, environment, weights: 'warm', compileReference: () => Promise.resolve(succeed(compileText(directory, name, bySquares.reference))),
  }));

  it('computes compile-time stages of a rewritten definition', async () => {
    const { buffers } = bySquares, rewritten = bySquares.rewritten('squares');
    const kernel = (factor: string): string => bySquares.text.replace('U[i];', `U[i] * ${factor};`);
    reference = bySquares.reference;
    const bench = unwrap(await device.prepare(taskOf(bySquares.asDefined('squares'))));
    reference = referenceText;
    expect(unwrap((await bench.measure(artifact('squares', kernel('1'), { buffers, rewritten }), request)).outcome).error).to.be.lessThan(1);
    expect((await bench.measure(artifact('squares-wrong', kernel('1.001f'), { buffers, rewritten }), request)).outcome.ok).to.equal(false);
    await bench.close();
  });

  it('computes such a stage once for tasks that share it, and again when the bench that has it is closed', async () => {
    const scratch = join(directory, 'shared'), { asDefined, rewritten, buffers, text } = bySquares, own = await openedFor(scratch, 'reference-squares');
    const filesNow = (): readonly number[] => readdirSync(scratch).flatMap((folder) => readdirSync(join(scratch, folder)).map((file) => statSync(join(scratch, folder, file)).ino));
    const right = async (name: string): Promise<Bench> => {
      const bench = unwrap(await own.prepare(taskOf(asDefined(name))));
      expect((await bench.measure(artifact(`shared-${name}`, text, { buffers, rewritten: rewritten(name) }), request)).outcome.ok, name).to.equal(true);
      return bench;
    };
    const first = await right('one'), second = await right('another'), files = filesNow();
    expect(files.length).to.equal(2);
    expect(new Set(files).size).to.equal(1);
    await first.close();
    await second.close();
    expect(filesNow()).to.deep.equal([]);
    const third = await right('a third');
    expect(filesNow().length).to.equal(1);
    await third.close();
    await own.close();
  });

  it('fails with the way out while values cannot be written, and makes them for the next candidate once they can', async () => {
    const scratch = join(directory, 'unwritable'), { buffers, text } = bySquares, definition = bySquares.asDefined('squares'), rewritten = bySquares.rewritten('squares');
    const own = await openedFor(scratch, 'reference-unwritable');
    const bench = unwrap(await own.prepare(taskOf(definition))), [folder] = readdirSync(scratch), asked = artifact('unwritable', text, { buffers, rewritten });
    // also root, who may write anywhere, cannot write into a folder that is gone
    rmSync(join(scratch, folder!), { recursive: true });
    const refused = { code: 'file-unwritable', stage: 'measure', message: `values that a kernel reads cannot be written to ${join(scratch, folder!)} (ENOENT); it must be there and writable` };
    const { outcome } = await bench.measure(asked, request);
    expect(!outcome.ok && outcome.failure).to.deep.include(refused);
    expect((await bench.compare([asked], 3)).map((each) => !each.outcome.ok && each.outcome.failure.message)).to.deep.equal([refused.message]);
    mkdirSync(join(scratch, folder!));
    await bench.ready?.(asked);
    expect(readdirSync(join(scratch, folder!)).length).to.equal(1);
    expect((await bench.measure(asked, request)).outcome.ok).to.equal(true);
    await bench.close();
    // no folder can be made where a file is
    rmSync(scratch, { recursive: true });
    writeFileSync(scratch, '');
    const prepared = await own.prepare(taskOf(definition));
    expect(!prepared.ok && prepared.failure.message).to.equal(`values that a kernel reads cannot be written to ${scratch} (EEXIST); it must be there and writable`);
    await own.close();
  });

  const X = build.input('X', 'f32', [32]), [{ i }, axes] = build.axesOf({ i: 32 });
  const doubled: Definition = { name: 'doubled', inputs: [X], tables: [], stages: [build.stage('Y', 'f32', axes, build.binary('add', build.load(X, i), build.load(X, i)))] };
  const doubledBuffers = [{ role: 'input', tensor: 'X' }, { role: 'output', tensor: 'Y' }].map((each) => ({ ...each, dtype: 'f32', size: 32, slack: 0, shape: [32], layout: plainLayout([32]) }) as KernelSource['buffers'][number]);
  const doubledReference = 'void loopsmith_reference(const void *const *in, void *out) { const float *X = in[0]; double *Y = out; for (int i = 0; i < 32; i++) Y[i] = 2.0 * X[i]; }';

  it('times what is handed over to a device by its clock, many runs at once, and finds the answer right in place', async () => {
    reference = doubledReference;
    const bench = unwrap(await device.prepare(taskOf(doubled, 0)));
    reference = referenceText;
    const { samplesNs, error } = unwrap((await bench.measure(artifact('offloaded', offloaded(), { buffers: doubledBuffers }), request)).outcome);
    // a sample that told how many runs the others take is not among them: 33 of 6 us
    expect([...new Set(samplesNs)]).to.deep.equal([Math.round(1000 + 5000 / 33)]);
    expect([samplesNs.length, error]).to.deep.equal([40, 0]);
    await bench.close();
  });

  describe('of a device that stays open', () => {
    const log = join(directory, 'opened');
    let own: LocalDevice;
    const openOwn = async (): Promise<LocalDevice> => unwrap(await openLocalDevice({ threads: 1, directory, seed: 7 }, {
      target, environment, weights: 'warm', clock: 'device', compileReference: () => Promise.resolve(succeed(compileText(directory, 'reference-of-device', doubledReference))),
    }));
    beforeEach(async () => {
      rmSync(log, { force: true });
      own = await openOwn();
    });
    afterEach(() => own.close());
    type Planted = NonNullable<Parameters<typeof offloaded>[0]>;
    type End = NonNullable<Planted['run']>;
    const prepared = async (name = 'doubled'): Promise<Bench> => unwrap(await own.prepare({ ...taskOf({ ...doubled, name }, 0) }));
    let libraries = 0;
    const onDevice = (how: Planted): Artifact => artifact(`device-${++libraries}`, offloaded({ log, ...how }), { buffers: doubledBuffers });
    const told = async (bench: Bench, artifacts: readonly Artifact[]): Promise<readonly (number | string)[]> => {
      const measurements = await Promise.all(artifacts.map((each) => bench.measure(each, { ...request, cutoffNs: 1 })));
      return measurements.map(({ outcome }) => (outcome.ok ? outcome.value.error : `${outcome.failure.code}: ${outcome.failure.message}`));
    };
    const measured = (bench: Bench, ...runs: readonly End[]): ReturnType<typeof told> => told(bench, runs.map((run) => onDevice({ run })));
    const noted = (what: string): readonly number[] => [...readFileSync(log, 'utf8').matchAll(new RegExp(`^${what} (\\d+)$`, 'gm'))].map(([, process]) => Number(process));
    const lives = (id: number): boolean => existsSync(`/proc/${id}/exe`);
    const ended = async (id: number): Promise<void> => { for (let waited = 0; lives(id) && waited < 20_000; waited += 20) await sleep(20); expect(lives(id)).to.equal(false); };

    it('opens it once for all tasks, and gives back what candidates took there', async () => {
      const first = await prepared(), second = await prepared('again');
      expect([own.protocol, own.several]).to.deep.equal(['1 weights-warm device-clock', true]);
      for (const bench of [first, second, first]) expect(await measured(bench, 'well', 'well')).to.deep.equal([0, 0]);
      await first.close();
      const third = await prepared('a third');
      expect(await measured(third, 'well')).to.deep.equal([0]);
      const [process] = noted('device of');
      expect(noted('device of')).to.deep.equal([process]);
      expect(noted('opened by')).to.deep.equal(Array.from({ length: 7 }, () => process));
      expect(noted('closed by')).to.deep.equal(noted('opened by'));
    });

    const costly: readonly (readonly [End, string])[] = [
      ['loses', 'run-failed: the device is lost'], ['crashes', 'crash: the kernel was killed by SIGSEGV'], ['hangs', /^timeout: the kernel ran past its limit of \d+ ms$/.source],
    ];
    for (const [run, how] of costly)
      it(`opens it anew after a kernel that ${run} it, and measures all others`, async () => {
        const bench = await prepared();
        const outcomes = await measured(bench, 'well', run, 'well');
        expect([outcomes[0], outcomes[2]]).to.deep.equal([0, 0]);
        expect(outcomes[1]).to.match(new RegExp(how));
        const processes = noted('device of');
        expect(processes.length).to.equal(2);
        expect(await measured(bench, 'well')).to.deep.equal([0]);
        expect(noted('device of')).to.deep.equal(processes);
        await ended(processes[0]!);
        // one alone costs itself too
        expect((await measured(bench, run))[0]).to.match(new RegExp(how));
        await ended(processes[1]!);
        expect(await measured(bench, 'well')).to.deep.equal([0]);
      });

    it('opens it anew when its process was killed while it waited, and is to blame for nothing', async () => {
      const bench = await prepared();
      expect(await measured(bench, 'well')).to.deep.equal([0]);
      process.kill(noted('device of')[0]!, 'SIGKILL');
      expect(await measured(bench, 'well', 'well')).to.deep.equal([0, 0]);
      expect(noted('device of').length).to.equal(2);
    });

    const unopened: readonly (readonly [NonNullable<Planted['device']>, RegExp])[] = [
      ['fails', /^load-failed: there is no device$/], ['crashes', /^load-failed: the device could not be opened: its driver crashed; see whether other programs can use it$/],
      ['hangs', /^load-failed: the device could not be opened: its driver ran past its limit of \d+ ms; see whether other programs can use it$/],
    ];
    for (const [device, how] of unopened)
      it(`blames no candidate for a driver that ${device} while it opens it, and tries again for the next`, async () => {
        const bench = await prepared();
        const outcomes = await told(bench, [onDevice({ device }), onDevice({ device })]);
        expect(outcomes.length).to.equal(2);
        for (const outcome of outcomes) expect(outcome).to.match(how);
        expect(await measured(bench, 'well')).to.deep.equal([0]);
      });

    for (const [close, how] of [['crashes', /^crash: the kernel was killed by SIGSEGV$/], ['hangs', /^timeout: the kernel ran past its limit of \d+ ms$/]] as const)
      it(`measures the others again after one that ${close} when it gives back what it took`, async () => {
        const outcomes = await told(await prepared(), [onDevice({}), onDevice({ close }), onDevice({})]);
        expect([outcomes[0], outcomes[2]]).to.deep.equal([0, 0]);
        expect(outcomes[1]).to.match(how);
      });

    it('takes no more memory with every candidate, and has a new process after some hundreds', async () => {
      const bench = await prepared(), one = onDevice({});
      const residentKb = (id: number): number => Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))![1]);
      const grown: number[] = [];
      for (let batch = 0; batch < 11; batch++) {
        expect(await told(bench, Array.from({ length: 50 }, () => one))).to.deep.equal(Array.from({ length: 50 }, () => 0));
        const processes = noted('device of');
        expect(processes.length).to.equal(batch < 10 ? 1 : 2);
        if (batch < 10) grown.push(residentKb(processes[0]!)); else await ended(processes[0]!);
      }
      // the first ones fill what is used again and again
      expect(grown.at(-1)! - grown[4]!, grown.join(' ')).to.be.lessThan(512);
      expect(noted('closed by').length).to.equal(550);
    });

    it('leaves no process behind that holds it', async () => {
      expect(await measured(await prepared(), 'well')).to.deep.equal([0]);
      await own.close();
      await ended(noted('device of')[0]!);
    });
  });

  it('has a device keep so many copies of weights that its cache holds not all of them, where weights are cold, and uploads them once', async () => {
    const W = build.input('W', 'f32', [32], 'compile'), log = join(directory, 'copies');
    const definition: Definition = { name: 'weighed', inputs: [X, W], tables: [], stages: [build.stage('Y', 'f32', axes, build.binary('add', build.load(X, i), build.load(X, i)))] };
    const buffers = [doubledBuffers[0]!, { ...doubledBuffers[0]!, role: 'compile', tensor: 'W' } as const, doubledBuffers[1]!];
    const asked = async (weights: 'memory' | 'warm', l2: number): Promise<readonly string[]> => {
      const name = `${weights}-${l2}`, own = { ...target, caches: { ...target.caches, l2 } };
      const cold = unwrap(await openLocalDevice({ threads: 1, directory, seed: 7 }, { target: own, environment, weights, clock: 'device', compileReference: () => Promise.resolve(succeed(compileText(directory, 'reference-of-weighed', doubledReference))) }));
      const bench = unwrap(await cold.prepare({ ...taskOf(definition, 0), target: own }));
      expect(unwrap((await bench.measure(artifact(`weighed-${name}`, offloaded({ log: `${log}-${name}` }), { buffers, rewritten: definition }), request)).outcome).error).to.equal(0);
      await bench.close();
      await cold.close();
      expect(cold.protocol).to.equal(`1 weights-${weights} device-clock`);
      // the weights, and what the output overwrites for both sets
      expect(readFileSync(`${log}-${name}.uploads`, 'utf8')).to.match(/^1 2 2 (?:2 )*$/);
      return readFileSync(`${log}-${name}`, 'utf8').trim().split('\n').filter((line) => line.includes('copies'));
    };
    // of 128 bytes
    expect(await asked('warm', 1024)).to.deep.equal([]);
    expect(await asked('memory', 1024)).to.deep.equal(['9 copies of 1']);
    expect(await asked('memory', 1 << 20)).to.deep.equal(['1000 copies of 1']);
  });

  it('measures a declared pair in place', async () => {
    const definition = doubled, buffers = doubledBuffers;
    reference = doubledReference;
    const bench = unwrap(await device.prepare(taskOf(definition, 0)));
    reference = referenceText;
    const body = (text: string) => `void kernel(void *const *b, void *s, int part, int parts) { const float *X = b[0]; float *Y = b[1]; if (part == 0) { ${text} } }`;
    const right = body('for (int i = 0; i < 32; i++) Y[i] = X[i] + X[i];');
    // Right only when the two do not share memory.
    const apart = body('for (int i = 31; i >= 0; i--) Y[(i + 1) % 32] = 0; for (int i = 0; i < 32; i++) Y[i] = X[i] + X[i];');
    expect(unwrap((await bench.measure(artifact('together', right, { buffers }), request)).outcome).error).to.equal(0);
    expect((await bench.measure(artifact('apart', apart, { buffers }), request)).outcome.ok).to.equal(false);
    await bench.close();
  });

  it('keeps values in the folder of the run, and gives two benches of one process their own', async () => {
    const scratch = join(directory, 'run'), open = async () => unwrap(await openLocalDevice({ threads: 1, directory, scratch, seed: 7 }, { target, environment, weights: 'warm', compileReference: () => Promise.resolve(succeed(compileText(directory, 'reference-of-run', referenceText))) }));
    const devices = [await open(), await open()], benches = await Promise.all(devices.map(async (one) => unwrap(await one.prepare(taskOf(product())))));
    expect(readdirSync(scratch).length).to.equal(2);
    for (const bench of benches) await bench.close();
    expect(readdirSync(scratch)).to.deep.equal([]);
    for (const one of devices) await one.close();
  });

  it('waits as long as kernels are known to take', () => {
    // a first kernel of 10 s: six calls
    expect(searchTimeoutMs(null)).to.be.at.least(60_000);
    expect([1e3, 1e6, 1e9, 6e9].map(searchTimeoutMs)).to.deep.equal([1000.1, 1100, 30_000, 120_000]);
    // an untuned kernel of 3.2 s beside four of 0.35
    expect(finalsTimeoutMs(30, 4.6e9)).to.be.at.least(3 * 30 * 4600);
    expect(finalsTimeoutMs(30, 1e6)).to.be.within(120_000, 121_000);
  });

  it('reads lists of CPUs', () => {
    expect(parseCpuList('0-2,5\n')).to.deep.equal([0, 1, 2, 5]);
    expect(parseCpuList('3')).to.deep.equal([3]);
  });
});
