/** The harness against kernels planted in it: the right one is timed, every wrong one is refused in words, and work goes on. */
import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { blockedLayout } from '@loopsmith/ir';
import { unwrap, type Failure } from '@loopsmith/util';
import { startHarness, type Harness } from './harness.js';
import { generatorsFor } from './generator.js';
import { coreLines, measureLines, parseNumbers, parsePeak, parseTimings, peakLines, taskLines, type CandidateDescription, type MeasureSettings } from './protocol.js';
import { compileText, offloaded, planted, product, productBuffers, referenceText, temporary, twoKernels } from './testing/planted.js';
import { toleranceFor } from './tolerance.js';

describe('the harness', function () {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-harness-'));
  const definition = product();
  let harness: Harness;

  const settings: MeasureSettings = {
    threads: 1, cores: null, onDevice: false, weights: 'l3', l2Bytes: 1 << 18, most: 5, fewest: 3, budgetNs: 1e8, cutoffNs: null,
    timeoutMs: 5000, memoryBytes: 64 << 20, tolerance: toleranceFor(definition),
  };
  const describeKernel = (name: keyof typeof planted): CandidateDescription =>
    ({ library: compileText(directory, name, planted[name]), symbols: ['kernel'], scratchBytes: 256, buffers: productBuffers(), values: new Map(), inPlace: null });
  const measure = async (names: readonly (keyof typeof planted)[], change: Partial<MeasureSettings> = {}) =>
    parseTimings(unwrap(await harness.command(measureLines('t', definition, { ...settings, ...change }, names.map(describeKernel)))), names.length);
  const refusal = async (name: keyof typeof planted, change: Partial<MeasureSettings> = {}): Promise<Pick<Failure, 'code' | 'message'>> => {
    const [outcome] = await measure([name], change);
    if (outcome!.ok) throw new Error(`${name} was accepted`);
    return { code: outcome!.failure.code, message: outcome!.failure.message };
  };

  before(async () => {
    harness = unwrap(await startHarness({ directory }));
    const lines = taskLines('t', definition, generatorsFor(definition, 1), compileText(directory, 'reference', referenceText), 5000);
    expect(unwrap(await harness.keep('t', lines))).to.deep.equal(['ok']);
  });
  after(async () => {
    await harness.close();
    rmSync(directory, { recursive: true });
  });

  it('times a right kernel and says how far its answer is from the reference', async () => {
    for (const threads of [1, 2, 3]) {
      const [timing] = (await measure(['right'], { threads })).map(unwrap);
      expect(timing!.samplesNs.length).to.be.within(3, 5);
      expect(Math.min(...timing!.samplesNs)).to.be.greaterThan(1000);
      expect(timing!.error).to.be.greaterThan(0).and.lessThan(0.2);
    }
  });

  it('says that right answers cannot be written, also where only the last bytes find no room', async () => {
    expect(unwrap(await harness.command(['dump t', 'set 0', 'path /dev/full']))).to.deep.equal(['failed file-unwritable right answers cannot be written to /dev/full (No space left on device); make room there, or make it writable']);
    expect(unwrap(await harness.command(['dump t', 'set 0', `path ${join(directory, 'no', 'folder')}`]))).to.deep.equal([`failed file-unwritable right answers cannot be written to ${join(directory, 'no', 'folder')} (No such file or directory); make room there, or make it writable`]);
  });

  it('runs kernels in order with a barrier between, through a temporary of their own', async () => {
    const base = { ...describeKernel('right'), library: compileText(directory, 'two', twoKernels), buffers: [...productBuffers(), temporary] };
    for (const threads of [1, 2, 3]) {
      const both = await harness.command(measureLines('t', definition, { ...settings, threads }, [{ ...base, symbols: ['sums', 'clip'] }]));
      expect(unwrap(parseTimings(unwrap(both), 1)[0]!).samplesNs).to.have.length.greaterThan(2);
    }
    const reversed = await harness.command(measureLines('t', definition, settings, [{ ...base, symbols: ['clip', 'sums'] }]));
    expect(parseTimings(unwrap(reversed), 1)[0]!.ok).to.equal(false);
  });

  it('allows an answer as many times the tolerance as its algorithm needs', async () => {
    const errorWith = async (allowance: number): Promise<number> => {
      const [outcome] = parseTimings(unwrap(await harness.command(measureLines('t', definition, settings, [{ ...describeKernel('right'), allowance }]))), 1);
      return outcome!.ok ? outcome!.value.error : Infinity;
    };
    const [alone, four] = [await errorWith(1), await errorWith(4)];
    expect(four).to.be.closeTo(alone / 4, 1e-6);
    expect(await errorWith(alone / 2)).to.equal(Infinity);
  });

  it('checks without timing when no samples are asked for', async () => {
    expect((await measure(['right'], { most: 0 })).map(unwrap)[0]!.samplesNs).to.deep.equal([]);
  });

  it('accepts every temperature of the weights', async () => {
    for (const weights of ['memory', 'l3', 'warm'] as const) expect((await measure(['right'], { weights }))[0]!.ok).to.equal(true);
  });

  it('gives a candidate up early that is clearly slower than the cutoff', async () => {
    // a call of microseconds: of one of milliseconds a busy machine takes the core away every time, and what was disturbed decides nothing
    const [beaten] = (await measure(['right'], { cutoffNs: 10, most: 50, fewest: 50 })).map(unwrap);
    expect(beaten!.samplesNs).to.have.length(2);
  });

  it('gives as many samples as asked for on a core that others keep busy', async () => {
    const rivals = [1, 2].map(() => spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done']));
    try {
      const [slow] = (await measure(['slow'], { cores: [0], most: 3, fewest: 3, budgetNs: 1e6 })).map(unwrap);
      expect(slow!.samplesNs).to.have.length(3);
    } finally { rivals.forEach((rival) => rival.kill('SIGKILL')); }
  });

  it('compares candidates by turns and lets one failure cost the others nothing', async () => {
    const [right, wrong, slow] = await measure(['right', 'shortTail', 'slow'], { most: 4, fewest: 4 });
    expect(unwrap(right!).samplesNs).to.have.length(4);
    expect(wrong!.ok).to.equal(false);
    expect(Math.min(...unwrap(slow!).samplesNs)).to.be.greaterThan(Math.min(...unwrap(right!).samplesNs));
  });

  const refused: readonly (readonly [keyof typeof planted, string, RegExp | string, Partial<MeasureSettings>?])[] = [
    ['shortTail', 'wrong-answer', /^Y: 20 of 1000 elements still hold the pattern of memory that was never written, the first at \[0, 49\], where [\d.e-]+ is expected \(input set A\)$/],
    ['unsetAccumulator', 'wrong-answer', /^Y: 1000 of 1000 elements still hold the pattern of memory that was never written, the first at \[0, 0\], where [\d.e-]+ is expected \(input set A\)$/],
    ['wrongTerm', 'wrong-answer', /^Y: 1 of 1000 elements differ from the reference, the first at \[0, 1\]: expected [\d.e-]+, got [\d.e-]+, tolerance [\d.e-]+ \(input set A\)$/],
    ['overflows', 'not-a-number', /^Y: 1 of 1000 elements are NaN where the reference has none; the first wrong one at \[0, 0\]: expected [\d.e-]+, got -?nan \(input set A\)$/],
    ['justPastEnd', 'out-of-bounds', 'an access to Y, 1 bytes past its end'],
    ['farPastEnd', 'out-of-bounds', 'an access to Y, 1 bytes past its end'],
    ['writesInput', 'out-of-bounds', 'an access to X, which it may only read'],
    ['readsFarBefore', 'out-of-bounds', /^an access to X, 80\d\d bytes before its start$/],
    ['staleOutput', 'wrong-answer', /^Y: \d+ of 1000 elements differ from the reference, .* \(input set B\)$/],
    ['overScratch', 'out-of-bounds', 'an access to scratch, 1 bytes past its end'],
    ['crashes', 'crash', 'the kernel was killed by SIGSEGV'],
    ['endless', 'timeout', 'the kernel ran past its limit of 300 ms', { timeoutMs: 300 }],
    ['hungry', 'memory', 'the kernel took more than the 64 MiB of memory it may add'],
    ['leaves', 'crash', 'the kernel called exit(0)'],
    ['starved', 'no-memory', 'the kernel was killed by SIGKILL, as the system does when memory runs out'],
  ];
  for (const [name, code, message, change] of refused)
    it(`refuses the kernel '${name}' as ${code} and goes on`, async () => {
      const failure = await refusal(name, change);
      expect(failure.code).to.equal(code);
      if (typeof message === 'string') expect(failure.message).to.equal(message);
      else expect(failure.message).to.match(message);
      expect((await measure(['right']))[0]!.ok).to.equal(true);
    });

  it('leaves padding to the kernel, and finds one out that lets it into its answer', async () => {
    const buffers = productBuffers(blockedLayout([32, 50], 1, 8));
    const outcomeOf = async (name: keyof typeof planted) => parseTimings(unwrap(await harness.command(measureLines('t', definition, settings, [{ ...describeKernel(name), buffers }]))), 1)[0]!;
    expect((await measure(['dirtyPadding']))[0]!.ok).to.equal(true);
    expect((await outcomeOf('paddedInput')).ok).to.equal(true);
    const used = await outcomeOf('usesPadding');
    expect(used.ok ? '' : used.failure.code).to.equal('not-a-number');
  });

  it('names a library that cannot be loaded and a kernel that is not in it', async () => {
    const right = describeKernel('right');
    const missing = await harness.command(measureLines('t', definition, settings, [{ ...right, library: '/nowhere.so' }]));
    expect(unwrap(missing)[0]).to.equal('failed load-failed the library of the candidate cannot be loaded: /nowhere.so: cannot open shared object file: No such file or directory');
    const unnamed = await harness.command(measureLines('t', definition, settings, [{ ...right, symbols: ['other'] }]));
    expect(unwrap(unnamed)[0]).to.equal(`failed load-failed ${right.library} does not export the kernel other that its description names`);
  });

  it('blames the candidate at work when a comparison dies, and says that the others were interrupted', async () => {
    const [right, crashed] = await measure(['right', 'crashes']);
    expect(crashed).to.deep.equal({ ok: false, failure: { code: 'crash', stage: 'measure', message: 'the kernel was killed by SIGSEGV' } });
    expect(right).to.deep.equal({ ok: false, failure: { code: 'interrupted', stage: 'measure', message: 'candidate 2 of the same comparison ended the process; measure this one again' } });
  });

  it('measures where the system gives no descriptors of processes, and stops there what runs too long', async () => {
    const without = compileText(directory, 'no-descriptors', `
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <errno.h>
      #include <sys/syscall.h>
      long syscall(long number, long a, long b, long c, long d, long e, long f) {
        static long (*next)(long, ...);
        if (number == SYS_pidfd_open) { errno = ENOSYS; return -1; }
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, "syscall");
        return next(number, a, b, c, d, e, f);
      }`);
    const other = unwrap(await startHarness({ directory, standIn: { how: 'an old kernel', command: ['env', `LD_PRELOAD=${without}`], machine: [] } }));
    unwrap(await other.keep('t', taskLines('t', definition, generatorsFor(definition, 1), join(directory, 'reference.so'), 5000)));
    const outcomes = async (name: keyof typeof planted, timeoutMs: number) => parseTimings(unwrap(await other.command(measureLines('t', definition, { ...settings, timeoutMs }, [describeKernel(name)]))), 1)[0]!;
    expect(unwrap(await outcomes('right', 2000)).samplesNs.length).to.be.within(3, 5);
    expect(await outcomes('endless', 300)).to.deep.equal({ ok: false, failure: { code: 'timeout', stage: 'measure', message: 'the kernel ran past its limit of 300 ms' } });
    expect(await outcomes('leaves', 2000)).to.deep.equal({ ok: false, failure: { code: 'crash', stage: 'measure', message: 'the kernel called exit(0)' } });
    await other.close();
  });

  it('is not started again to be told that what it kept is over', async () => {
    const other = unwrap(await startHarness({ directory }));
    unwrap(await other.keep('t', taskLines('t', definition, generatorsFor(definition, 1), join(directory, 'reference.so'), 5000)));
    process.kill(other.processId()!, 'SIGKILL');
    while (other.processId() !== undefined) await sleep(10);
    await other.forget('t', ['drop t']);
    expect(other.processId()).to.equal(undefined);
    // nor is what was kept prepared by the one that the next command starts
    expect(unwrap(await other.command(['dump t', 'set 0', `path ${join(directory, 'dumped')}`]))).to.deep.equal(['failed protocol no task t is prepared']);
    await other.close();
  });

  it('says why it could not begin, and what speaks another protocol is let go', async () => {
    const began = async (...command: readonly string[]): Promise<string> => {
      const outcome = await startHarness({ directory, standIn: { how: 'another program', command, machine: [] } });
      return outcome.ok ? 'began' : outcome.failure.message;
    };
    expect(await began('/no/such/emulator')).to.equal('the measuring harness could not begin: it cannot be started (spawn /no/such/emulator ENOENT); see whether /no/such/emulator runs on this machine');
    expect(await began('false')).to.equal('the measuring harness could not begin: it ended with status 1; see whether false runs on this machine');
    // cat waits for the end of its input, and then leaves the file that says so
    const gone = join(directory, 'gone');
    expect(await began('sh', '-c', `echo hello; cat; touch ${gone}`)).to.equal("the harness greets with 'hello' where 'loopsmith-harness 1' is expected; rebuild it");
    for (let waited = 0; !existsSync(gone) && waited < 5000; waited += 20) await sleep(20);
    expect(existsSync(gone)).to.equal(true);
  });

  it('is none of a terminal that Ctrl-C is typed in, and ends with its application even in the middle of a measurement', async () => {
    const lines = [taskLines('t', definition, generatorsFor(definition, 1), join(directory, 'reference.so'), 5000), measureLines('t', definition, { ...settings, timeoutMs: 60_000 }, [describeKernel('endless')])];
    const script = `import { startHarness } from ${JSON.stringify(new URL('./harness.js', import.meta.url).href)};
      const { value } = await startHarness({ directory: ${JSON.stringify(directory)} });
      const [task, measure] = ${JSON.stringify(lines)};
      await value.keep('t', task);
      value.command(measure).then(() => { throw new Error('it was to be endless'); });
      setTimeout(() => console.log(value.processId()), 300);`;
    const application = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    const [printed] = await once(application.stdout, 'data') as [Buffer];
    const id = Number(String(printed));
    const groupOf = (process_: number): string => readFileSync(`/proc/${process_}/stat`, 'utf8').split(') ')[1]!.split(' ')[2]!;
    expect(groupOf(id)).to.equal(String(id));
    const began = performance.now();
    process.kill(-application.pid!, 'SIGKILL');
    while (existsSync(`/proc/${id}/exe`) && performance.now() - began < 60_000) await sleep(20);
    expect(existsSync(`/proc/${id}/exe`)).to.equal(false);
  });

  it('ends with its application the process that holds a device open, whether that waits or is at work', async () => {
    for (const run of ['well', 'hangs'] as const) {
      const log = join(directory, `held-${run}`), buffers = productBuffers().slice(0, 1).concat(productBuffers().slice(2));
      const candidate = { ...describeKernel('right'), library: compileText(directory, `held-${run}`, offloaded({ log, run })), buffers };
      const lines = [
        taskLines('t', definition, generatorsFor(definition, 1), join(directory, 'reference.so'), 5000),
        measureLines('t', definition, { ...settings, onDevice: true, timeoutMs: 60_000 }, [candidate]),
      ];
      const script = `import { startHarness } from ${JSON.stringify(new URL('./harness.js', import.meta.url).href)};
        const { value } = await startHarness({ directory: ${JSON.stringify(directory)} });
        const [task, measure] = ${JSON.stringify(lines)};
        await value.keep('t', task);
        void value.command(measure).then(() => console.log('measured'));
        setInterval(() => {}, 1000);`;
      const application = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      if (run === 'well') await once(application.stdout, 'data');
      for (let waited = 0; !existsSync(log) && waited < 20_000; waited += 20) await sleep(20);
      const id = Number(/^device of (\d+)$/m.exec(readFileSync(log, 'utf8'))![1]);
      expect(existsSync(`/proc/${id}/exe`)).to.equal(true);
      application.kill('SIGKILL');
      for (let waited = 0; existsSync(`/proc/${id}/exe`) && waited < 20_000; waited += 20) await sleep(20);
      expect(existsSync(`/proc/${id}/exe`)).to.equal(false);
    }
  });

  it('keeps of what candidates print only the end', async () => {
    const library = compileText(directory, 'chatty', `
      #include <signal.h>
      #include <stdio.h>
      #include <unistd.h>
      void kernel(void *const *b, void *s, int part, int parts) { for (int i = 0; i < 40000; i++) fprintf(stderr, "line %d of many\\n", i); kill(getppid(), SIGKILL); }`);
    const other = unwrap(await startHarness({ directory }));
    unwrap(await other.keep('t', taskLines('t', definition, generatorsFor(definition, 1), join(directory, 'reference.so'), 5000)));
    const outcome = await other.command(measureLines('t', definition, settings, [{ ...describeKernel('right'), library }]));
    const text = outcome.ok ? '' : outcome.failure.text!;
    expect(text.length).to.equal(1 << 16);
    expect(text).to.contain('line 39999 of many');
    await other.close();
  });

  it('is started again with its tasks after it has died', async () => {
    process.kill(harness.processId()!, 'SIGKILL');
    const during = await harness.command(['drop nothing']);
    if (!during.ok) expect(during.failure.message).to.match(/^the measuring harness was killed by SIGKILL/);
    expect((await measure(['right']))[0]!.ok).to.equal(true);
  });

  it('does not go on without a task that it cannot prepare again, and goes on when it can', async () => {
    const other = unwrap(await startHarness({ directory })), reference = compileText(directory, 'fleeting', referenceText);
    unwrap(await other.keep('t', taskLines('t', definition, generatorsFor(definition, 1), join(directory, 'reference.so'), 5000)));
    unwrap(await other.keep('u', taskLines('u', definition, generatorsFor(definition, 1), reference, 5000)));
    const killed = async (): Promise<void> => {
      process.kill(other.processId()!, 'SIGKILL');
      await other.command(['drop nothing']);
    };
    rmSync(reference);
    await killed();
    const asked = await other.command(['drop nothing']);
    expect(asked.ok ? 'done' : asked.failure.message).to.match(/^the measuring harness was started again, but cannot prepare its task u again: failed load-failed .*; look for memory that is short$/);
    compileText(directory, 'fleeting', referenceText);
    expect(unwrap(await other.command(['drop nothing']))).to.deep.equal(['ok']);
    expect(parseTimings(unwrap(await other.command(measureLines('t', definition, settings, [describeKernel('right')]))), 1)[0]!.ok).to.equal(true);
    await other.close();
  });

  it('waits for cores that another harness on this host measures on', async () => {
    const other = unwrap(await startHarness({ directory }));
    unwrap(await other.keep('t', taskLines('t', definition, generatorsFor(definition, 1), join(directory, 'reference.so'), 5000)));
    const cores = [0], long = { ...settings, cores, timeoutMs: 3000 };
    const first = other.command(measureLines('t', definition, long, [describeKernel('endless')]));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    expect((await measure(['right'], { cores }))[0]!.ok).to.equal(true);
    expect(performance.now() - start).to.be.greaterThan(400);
    expect(parseTimings(unwrap(await first), 1)[0]!.ok).to.equal(false);
    await other.close();
  });

  it('does not measure where the cores cannot be locked', async () => {
    const other = unwrap(await startHarness({ directory, lockDirectory: '/nowhere' }));
    unwrap(await other.keep('t', taskLines('t', definition, generatorsFor(definition, 1), join(directory, 'reference.so'), 5000)));
    const [outcome] = parseTimings(unwrap(await other.command(measureLines('t', definition, { ...settings, cores: [0] }, [describeKernel('right')]))), 1);
    expect(outcome).to.deep.equal({ ok: false, failure: { code: 'lock-failed', stage: 'measure', message: 'the lock of core 0 in /nowhere cannot be taken: No such file or directory; set TMPDIR to a folder that you may write' } });
    await other.close();
  });

  it('does not keep an application alive that forgets to close it', () => {
    const script = `import { startHarness } from ${JSON.stringify(new URL('./harness.js', import.meta.url).href)}; const { value } = await startHarness({ directory: ${JSON.stringify(directory)} }); console.log((await value.command(['drop x'])).value);`;
    expect(spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 120_000 })).to.deep.include({ status: 0, stdout: "[ 'ok' ]\n" });
  });

  it('is closed before its application ends, whichever of the process and its pipes goes first', () => {
    const script = `import { startHarness } from ${JSON.stringify(new URL('./harness.js', import.meta.url).href)};
      for (let i = 0; i < 20; i++) {
        const some = await Promise.all([1, 2, 3, 4].map(() => startHarness({ directory: ${JSON.stringify(directory)} })));
        await Promise.all(some.map(({ value }) => value.close()));
      }
      console.log('closed');`;
    expect(spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 120_000 })).to.deep.include({ status: 0, stdout: 'closed\n' });
  });

  it('says what is wrong with a command', async () => {
    expect(unwrap(await harness.command(['dance']))).to.deep.equal(["failed protocol there is no command 'dance'"]);
    expect(unwrap(await harness.command(['measure t']))).to.deep.equal(['failed protocol a measurement needs at least one candidate']);
    expect(unwrap(await harness.command(['measure other', 'candidate x']))).to.deep.equal(['failed protocol no task other is prepared']);
  });

  it('refuses a reference that cannot be loaded', async () => {
    const lines = taskLines('u', definition, generatorsFor(definition, 1), '/nowhere.so', 5000);
    expect(parseNumbers(unwrap(await harness.command(lines)))).to.deep.equal({
      ok: false, failure: { code: 'load-failed', stage: 'measure', message: 'the reference implementation cannot be loaded: /nowhere.so: cannot open shared object file: No such file or directory' },
    });
  });

  it('measures what the machine can do at best', async () => {
    const peak = unwrap(parsePeak(unwrap(await harness.command(peakLines('sse', [0, 1], { l2: 1 << 19, l3: 32 << 20 })))));
    expect(peak.flops).to.be.greaterThan(1e9);
    expect(peak.l3BytesPerSecond).to.be.greaterThan(1e9);
    expect(peak.memoryBytesPerSecond).to.be.greaterThan(1e8);
    expect(peak.pingPongNs).to.be.greaterThan(10);
    expect(peak.loadsPerSecond).to.be.greaterThan(1e8);
  });

  it('measures what a core does alone without reading memory', async () => {
    const { flops, loadsPerSecond, ...others } = unwrap(parsePeak(unwrap(await harness.command(coreLines('sse', [0])))));
    expect(flops).to.be.greaterThan(1e9);
    expect(loadsPerSecond).to.be.greaterThan(1e8).and.below(1e11);
    expect(others).to.deep.equal({ l3BytesPerSecond: 0, memoryBytesPerSecond: 0, pingPongNs: 0 });
  });
});
