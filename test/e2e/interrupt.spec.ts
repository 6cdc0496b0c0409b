/** Ctrl-C in the middle of a search: the program ends by itself, keeps what was measured, and says how to go on. In the middle of writing a library nothing of it stays behind. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { program, Workplace } from './program.js';
import { residualModel } from './models.js';

describe('Ctrl-C', function () {
  const place = new Workplace();
  before(function () {
    needs(this, command('gcc'));
    place.write('residual.onnx', residualModel());
  });
  after(() => place.remove());

  const recorded = (): readonly string[] => {
    const file = place.path('.loopsmith', 'records.jsonl');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '') : [];
  };
  const interruptAfter = async (records: number, ...args: readonly string[]): Promise<{ readonly code: number | string | null; readonly out: string; readonly err: string }> => {
    const { process: child, ended } = place.start(process.execPath, [program, ...args], process.env, { group: true });
    while (child.exitCode === null && recorded().length < records) await sleep(20);
    // as a terminal does: every process that it has started, and theirs
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGINT');
    return ended;
  };

  it('ends a search with 130, keeps its records and says how to go on', async () => {
    const { code, out, err } = await interruptAfter(4, 'tune', 'residual.onnx', '--budget', '50s');
    expect(code, err).to.equal(130);
    expect(err).to.match(/\nStopping after the candidate that is being measured; Ctrl-C again ends at once\.\n(?:(?:\[Task \d\/\d\]|Schedules compared by turns:) .*\n)*Interrupted after \d+ trials?(?: \(\d+ failed\))? in [\d.]+ s\n$/);
    expect(out).to.match(/Records: FOLDER\/\.loopsmith\/records\.jsonl; the same command goes on from there\n$/);
    expect(recorded().length).to.be.at.least(4);
    for (const line of recorded()) expect(JSON.parse(line)).to.include({ v: 1 });
  });

  it('takes one press that comes twice, as npx passes it on, for one', async () => {
    const file = place.path('pressed.jsonl');
    const { process: child, ended } = place.start(process.execPath, [program, 'tune', 'residual.onnx', '--budget', '50s', '--records', 'pressed.jsonl']);
    while (child.exitCode === null && !(existsSync(file) && readFileSync(file, 'utf8').includes('\n'))) await sleep(20);
    for (const pause of [20, 20, 0]) {
      child.kill('SIGINT');
      await sleep(pause);
    }
    const { code, err } = await ended;
    expect(code).to.equal(130);
    expect(err).to.match(/\nInterrupted after \d+ trials?/);
  });

  it('goes on from there: what was measured is known, and only new lines are added', async () => {
    const before = recorded();
    const { code, err } = await place.loopsmith('tune', 'residual.onnx', '--trials', '12');
    expect(code).to.equal(0);
    expect(err).to.match(/ {2}\d+ earlier measurements? known\n/);
    expect(recorded().slice(0, before.length)).to.deep.equal(before);
    const measured = recorded().map((line) => JSON.parse(line) as { task: string; schedule: string; purpose: string }).filter(({ purpose }) => purpose !== 'final');
    expect(new Set(measured.map(({ task, schedule }) => `${task} ${schedule}`)).size).to.equal(measured.length);
  });

  it('ends `start` the same way', async () => {
    const known = recorded().length;
    const { code, out } = await interruptAfter(known + 4, 'start', 'residual.onnx', '--budget', '50s', '--seed', '9');
    expect(code).to.equal(130);
    expect(out).to.match(/^residual: .*\n(?:Goes on from .*\n)?(?:Sum of kernel times: .*\n)?Report: \.loopsmith\/residual\.html, to look at in a browser\nRecords: FOLDER\/\.loopsmith\/records\.jsonl; the same command goes on from there\n$/);
  });

  for (const [signal, to] of [['SIGINT', 'group'], ['SIGTERM', 'program']] as const)
    it(`ends \`compile\` at ${signal}, with its compilers and their temporary files`, async () => {
      const temporary = place.path(`temporary-${signal}`);
      mkdirSync(temporary);
      const { process: child, ended } = place.start(process.execPath, [program, 'compile', 'residual.onnx', '--untuned', '-o', 'stopped'], { ...process.env, TMPDIR: temporary }, { group: true });
      const compiling = (): boolean => readdirSync(temporary, { recursive: true }).some((file) => /kernels-\d+\.c$/.test(String(file)));
      while (child.exitCode === null && !compiling()) await sleep(5);
      // the compilers have begun
      await sleep(100);
      process.kill(to === 'group' ? -child.pid! : child.pid!, signal);
      const { code, out, err } = await ended;
      expect(code, err).to.equal(130);
      expect(out).to.equal('');
      expect(err).to.equal('\nStopping; Ctrl-C again ends at once.\nloopsmith: FOLDER/stopped is as it was before, for writing it was stopped; the same command writes it\n');
      expect(readdirSync(temporary)).to.deep.equal([]);
      expect(existsSync(place.path('stopped'))).to.equal(false);
      // a compiler that goes on would write there a moment later
      await sleep(300);
      expect(readdirSync(temporary)).to.deep.equal([]);
    });

  it('is not needed for a folder to stay as it was: a compile that fails behind its first file takes nothing from it, and makes none', async () => {
    for (const folder of ['tools', 'earlier']) mkdirSync(place.path(folder));
    place.write('tools/ar', '#!/bin/sh\necho ar: network.a: No space left on device >&2\nexit 1\n');
    chmodSync(place.path('tools', 'ar'), 0o755);
    place.write('earlier/network.so', 'of an earlier compile');
    // of one that was killed
    mkdirSync(place.path('earlier', '.unfinished-000000'));
    utimesSync(place.path('earlier', '.unfinished-000000'), 0, 0);
    const environment = { ...process.env, PATH: `${place.path('tools')}:${process.env['PATH']}` };
    for (const folder of ['earlier', 'fresh']) {
      const { code, out, err } = await place.start(process.execPath, [program, 'compile', 'residual.onnx', '--untuned', '-o', folder], environment).ended;
      expect({ code, out, err }).to.deep.equal({
        code: 3, out: '', err: 'loopsmith: ar could not write the static library: the disk is full; make room where kernels and libraries are built, and for temporary files\n(add --verbose for the full text)\n',
      });
    }
    expect(readdirSync(place.path('earlier'))).to.deep.equal(['network.so']);
    expect(readFileSync(place.path('earlier', 'network.so'), 'utf8')).to.equal('of an earlier compile');
    expect(existsSync(place.path('fresh'))).to.equal(false);
  });

  it('of the benchmark program, and its end by whatever else, ends the search that it started', async () => {
    const script = `import { loopsmith } from ${JSON.stringify(new URL('../benchmarks/cli.js', import.meta.url).href)};
      await loopsmith(${JSON.stringify(place.folder)}, 'tune', 'residual.onnx', '--budget', '50s', '--seed', '11', '--records', 'killed.jsonl');`;
    const file = place.path('killed.jsonl');
    const { process: child, ended } = place.start(process.execPath, ['--input-type=module', '-e', script]);
    while (child.exitCode === null && !(existsSync(file) && readFileSync(file, 'utf8').includes('\n'))) await sleep(20);
    child.kill('SIGKILL');
    // that of the search, whose error stream is open until it has ended
    const { err } = await ended;
    expect(err).to.match(/\nStopping after the candidate that is being measured; Ctrl-C again ends at once\.\n[^]*Interrupted after \d+ trials?/);
    expect(existsSync(`${file}.lock`)).to.equal(false);
  });
});
