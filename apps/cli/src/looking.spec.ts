/** The commands that look and do not measure: records, extract, inspect, explain, explain-error, profiles. On fake hardware, whose times are known. */
import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '@loopsmith/stages';
import { defaults } from './plugins.js';
import { sumLine } from './profile-report.js';
import { milliseconds } from './report.js';
import { fakeWorld, smallModel, type FakeWorld } from './testing/fake-world.js';

describe('commands that look', () => {
  let world: FakeWorld;
  const refusal = async (...args: string[]): Promise<string> => { const { code, out, err } = await world.cli(...args); return `${code} ${out}${err}`; };
  const json = async <T>(...args: string[]): Promise<readonly T[]> => (await world.cli(...args, '--json')).out.trim().split('\n').map((line) => JSON.parse(line) as T);
  before(async () => {
    world = fakeWorld();
    writeFileSync(join(world.folder, 'small.graph'), smallModel);
    expect((await world.cli('tune', 'small.graph', '--trials', '40')).code).to.equal(0);
  });
  after(() => world.remove());

  describe('records', () => {
    it('lists tasks with their untuned and best times, one place after another', async () => {
      const { code, out, err } = await world.cli('records', 'list');
      expect([code, err]).to.deep.equal([0, '']);
      expect(out).to.match(/^fake, plain, 1 thread\ntask {14}records {2}failed +untuned +best {2}label\n(?:[0-9a-f]{16} +\d+ +\d+ +[\d.]+ us +[\d.]+ us {2}conv2d .*\n)+$/);
      const tasks = await json<{ task: string; records: number; untunedNs: number; bestNs: number }>('records', 'list');
      expect(tasks.reduce((sum, { records }) => sum + records, 0)).to.equal(world.records().length);
      for (const { untunedNs, bestNs } of tasks) expect(bestNs).to.be.at.most(untunedNs);
    });

    it('lists the records of one task, and says when there are none', async () => {
      const { task } = world.records()[0]!;
      const ids = (await json<{ id: string }>('records', 'list', '--task', task.slice(0, 8))).map(({ id }) => id);
      expect(ids).to.deep.equal(world.records().filter((record) => record.task === task).map(({ id }) => id));
      expect((await world.cli('records', 'list', '--task', task)).out).to.match(/^record {12}purpose +outcome {2}label +point\n[0-9a-f]{16} {2}untuned +[\d.]+ us {2}conv2d .* outer=1 inner=1 order=ab\n/);
      expect(await refusal('records', 'list', '--task', 'pool')).to.equal('3 loopsmith: no record\'s task begins with "pool" or has it in its label; `loopsmith records list` shows the tasks there are\n');
    });

    it('names the winners that compile takes', async () => {
      const best = await json<{ task: string; record: string }>('records', 'best');
      const compiled = JSON.parse((await world.cli('compile', 'small.graph', '-o', 'out', '--json')).out) as { kernels: { record: string }[] };
      expect(new Set(best.map(({ record }) => record))).to.deep.equal(new Set(compiled.kernels.map(({ record }) => record)));
      expect((await world.cli('records', 'best')).out).to.match(/^fake, plain, 1 thread\ntask {14} +median +95 % interval {2}GFLOP\/s {2}by +record +label\n(?:[0-9a-f]{16} .* final {2}[0-9a-f]{16} {2}conv2d .*\n)+$/);
    });

    it('says why a schedule that no longer applies does not win', async () => {
      const file = join(world.folder, 'old.jsonl');
      writeFileSync(file, readFileSync(join(world.folder, '.loopsmith', 'records.jsonl'), 'utf8').replaceAll('"schedule":"', '"schedule":"frobnicate Y; '));
      expect((await world.cli('records', 'best', '--records', 'old.jsonl')).out).to.match(/\nno winner: conv2d .*: its recorded schedules no longer apply: "frobnicate" is no schedule step/);
    });

    it('merges files without writing a record twice', async () => {
      const lines = readFileSync(join(world.folder, '.loopsmith', 'records.jsonl'), 'utf8').trim().split('\n');
      writeFileSync(join(world.folder, 'a.jsonl'), `${lines.slice(0, 6).join('\n')}\n`);
      writeFileSync(join(world.folder, 'b.jsonl'), `${lines.slice(4, 10).join('\n')}\n`);
      expect(await refusal('records', 'merge', 'all.jsonl', 'a.jsonl', 'b.jsonl')).to.equal('0 Added 10 records to all.jsonl; 2 of 12 were there already\n');
      expect(readFileSync(join(world.folder, 'all.jsonl'), 'utf8').trim().split('\n')).to.deep.equal(lines.slice(0, 10));
      expect(await refusal('records', 'merge', 'all.jsonl', 'none.jsonl')).to.equal('3 loopsmith: there is no record file none.jsonl; name files that `loopsmith tune` wrote\n');
    });

    it('prunes to what compile needs: the same library comes out', async () => {
      const before = (await world.cli('compile', 'small.graph', '-o', 'out', '--json')).out;
      const { out } = await world.cli('records', 'prune', '--keep', '1', '-o', 'pruned.jsonl');
      const [, kept, dropped] = /^Kept (\d+) records, dropped (\d+): pruned\.jsonl\n$/.exec(out)!.map(Number);
      expect(kept! + dropped!).to.equal(world.records().length);
      expect(dropped).to.be.greaterThan(10);
      expect((await world.cli('compile', 'small.graph', '-o', 'out', '--json', '--records', 'pruned.jsonl')).out).to.equal(before);
      writeFileSync(join(world.folder, 'own.jsonl'), readFileSync(join(world.folder, '.loopsmith', 'records.jsonl')));
      expect((await world.cli('records', 'prune', '--keep', '1', '--records', 'own.jsonl')).code).to.equal(0);
      expect(readFileSync(join(world.folder, 'own.jsonl'), 'utf8')).to.equal(readFileSync(join(world.folder, 'pruned.jsonl'), 'utf8'));
      expect(existsSync(join(world.folder, 'own.jsonl.pruning'))).to.equal(false);
    });

    it('prunes into no folder, and leaves nothing behind', async () => {
      mkdirSync(join(world.folder, 'taken'));
      expect(await refusal('records', 'prune', '-o', 'taken')).to.equal('3 loopsmith: taken is a folder; give a file\n(add --verbose for the full text)\n');
      expect(readdirSync(world.folder).filter((name) => name.startsWith('taken'))).to.deep.equal(['taken']);
    });

    it('prunes no line away that it cannot read', async () => {
      const text = `${readFileSync(join(world.folder, '.loopsmith', 'records.jsonl'), 'utf8')}{"v":2}\n`;
      writeFileSync(join(world.folder, 'newer.jsonl'), text);
      expect(await refusal('records', 'prune', '--records', 'newer.jsonl')).to.match(/^3 FOLDER\/newer\.jsonl:\d+: record version 2; .*\nloopsmith: 1 line of FOLDER\/newer\.jsonl cannot be read, and pruning would drop it; write a pruned copy with -o FILE, or take the lines out first\n$/);
      expect((await world.cli('records', 'prune', '--records', 'newer.jsonl', '-o', 'copy.jsonl')).code).to.equal(0);
      expect(readFileSync(join(world.folder, 'newer.jsonl'), 'utf8')).to.equal(text);
      expect(existsSync(join(world.folder, 'newer.jsonl.lock'))).to.equal(false);
    });

    it('says of a file that it is empty, and makes none where there is none', async () => {
      writeFileSync(join(world.folder, 'empty.jsonl'), '');
      for (const sub of ['list', 'best']) {
        expect(await world.cli('records', sub, '--records', 'empty.jsonl')).to.deep.equal({ code: 0, err: '', out: 'empty.jsonl holds no records\n' });
        expect((await world.cli('records', sub, '--records', 'empty.jsonl', '--json')).out).to.equal('');
      }
      expect(await refusal('records', 'list', '--records', 'none.jsonl')).to.equal('3 loopsmith: there is no record file none.jsonl; make one with `loopsmith tune MODEL.onnx --records none.jsonl`, or name another with --records\n');
      expect(existsSync(join(world.folder, 'none.jsonl'))).to.equal(false);
    });
  });

  describe('extract', () => {
    it('lists every task with its arithmetic, bytes and forecast', async () => {
      const rows = await json<{ label: string; calls: number; status: string; points: number; flops: number; bytes: number; forecastMs: number }>('extract', 'small.graph');
      // 2x2 channels over 6 pixels: 24 multiply-adds; x, w and y are 12 + 4 + 12 floats
      expect(rows[0]).to.deep.include({ calls: 1, status: 'tunable', points: 108, flops: 48, bytes: 112 });
      for (const { forecastMs } of rows) expect(forecastMs).to.be.greaterThan(0);
      expect((await world.cli('extract', 'small.graph')).out).to.match(/^calls {2}status +points +FLOP +bytes +forecast {2}task +label\n(?:.*\n)+2 tasks for x86-avx:plain, 0 of them fallbacks; 2 calls: \d+ FLOP, forecast [\d.]+ us untuned\n$/);
    });
  });

  describe('inspect', () => {
    it('shows what a model takes, gives and does', async () => {
      expect((await world.cli('inspect', 'small.graph')).out).to.equal([
        'small: 3 nodes, read by text', 'input x: f32 [1,2,2,3]', 'output y: f32 [1,2,2,3]', '1 constant, 0.0 KiB', 'nodes  operator', '    2  conv2d', '    1  relu', '',
      ].join('\n'));
    });

    it('prints the network after passes, all, changed or named, and refuses a name that is none', async () => {
      const heads = async (choice: string): Promise<readonly string[]> => (await world.cli('inspect', 'small.graph', '--print-ir', `after=${choice}`)).err.split('\n').filter((line) => line.startsWith('// '));
      const all = await heads('all');
      expect(all[0]).to.equal('// after import');
      // nothing is dead in it
      expect(all[1]).to.equal('// after removeDeadCode (unchanged)');
      expect(await heads('changed')).to.deep.equal(all.filter((line) => !line.endsWith('(unchanged)')));
      expect(await heads('fuse,import')).to.deep.equal(['// after import', '// after fuse']);
      const { err } = await world.cli('compile', 'small.graph', '--untuned', '-o', 'out', '--print-ir', 'after=fuse');
      expect(err).to.match(/^\/\/ after fuse\nnetwork small\(x\) -> y\n/);
      expect(await refusal('inspect', 'small.graph', '--print-ir', 'after=magic')).to.match(/^3 loopsmith: there is no pass "magic" to print after; there are import, .*, fuse, .*\n$/);
      expect(await refusal('inspect', 'small.graph', '--print-ir', 'fuse')).to.equal("2 error: option '--print-ir <after=pass>' argument 'fuse' is invalid. Give after=all, after=changed or passes, such as after=fuse,assignLayouts.\n(add --help for what it takes)\n");
    });

    it('says when a folder was not written by compile, or its manifest is damaged', async () => {
      mkdirSync(join(world.folder, 'plain'), { recursive: true });
      expect(await refusal('inspect', 'plain')).to.equal("3 loopsmith: folder plain is no model and no compiled library: it has no file that a format is known by; give the model's file or its folder\n");
      writeFileSync(join(world.folder, 'plain', 'manifest.json'), '{"v":');
      expect(await refusal('inspect', 'plain')).to.equal('3 loopsmith: FOLDER/plain/manifest.json is no JSON; write plain anew with `loopsmith compile`\n');
    });
  });

  it('extract and inspect say that they are brief, a search does not', async () => {
    const told: string[] = [];
    for (const [command, ...rest] of [['extract'], ['inspect'], ['tune', '--trials', '4']] as const) {
      const other = fakeWorld({ brief: () => { told.push(command); } });
      writeFileSync(join(other.folder, 'small.graph'), smallModel);
      expect((await other.cli(command, 'small.graph', ...rest)).code).to.equal(0);
      other.remove();
    }
    expect(told).to.deep.equal(['extract', 'inspect']);
  });

  describe('explain', () => {
    it('shows schedule, point, prediction, measurement, roofline and source of a record', async () => {
      const record = world.records().find(({ purpose }) => purpose === 'untuned')!;
      const { code, out, err } = await world.cli('explain', record.id.slice(0, 10));
      expect([code, err]).to.deep.equal([0, '']);
      expect(out.replaceAll(/[0-9a-f]{16}/g, 'HASH').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 'TIME').split('\n')).to.deep.equal([
        'record HASH of task HASH: conv2d 1x1 2→2 @2x3', `untuned, strategy ${defaults.strategy}, model ${defaults.model}, seed 1, TIME`, 'fake, plain, 1 thread, none, none 1, protocol 1 none', '',
        ...record.workload.trimEnd().split('\n'), '',
        'schedule (fake 1; outer=1 inner=1 order=ab)', '  split Y.i by 1 into io ii', '  split Y.ii by 1 into im in', '  reorder Y io im in', '',
        ...out.split('\n').filter((line) => /^(measured|predicted): /.test(line)), '48 FLOP, 0.1 KiB; roofline: 8 GFLOP/s by the target\'s figures, 20 GB/s from L3 by the target\'s figures, 0 % of it',
        'hot loop: 1 instructions, 0 stack accesses', '', 'source', 'HASH 1 1 ab', '',
      ]);
      expect(out).to.match(/\nmeasured: [\d.]+ us \([\d.]+ us to [\d.]+ us\), 5 samples, [\d.]+ GFLOP\/s; error 0\.10 of the tolerance\npredicted: [\d.]+ us\n/);
    });

    it('shows assembly as it is read, in JSON too', async () => {
      const other = fakeWorld({ emitted: (text) => `__asm__(\n  "\\t.globl kernel\\n"\n  "kernel: # ${text}\\n"\n);\n` });
      try {
        writeFileSync(join(other.folder, 'small.graph'), smallModel);
        expect((await other.cli('tune', 'small.graph', '--trials', '1')).code).to.equal(0);
        const { id } = other.records()[0]!, expected = /\t\.globl kernel\nkernel: # [0-9a-f]{16} 1 1 ab\n$/;
        expect((await other.cli('explain', id)).out).to.match(new RegExp(`\nsource\n${expected.source}`));
        expect((JSON.parse((await other.cli('explain', id, '--json')).out) as { source: string }).source).to.match(new RegExp(`^${expected.source}`));
      } finally {
        other.remove();
      }
    });

    it('refuses ids that fit no record, or several', async () => {
      expect(await refusal('explain', 'zz')).to.equal('3 loopsmith: no record has the id "zz"; `loopsmith records list --task TEXT` shows ids\n');
      expect(await refusal('explain', '')).to.match(/^3 loopsmith: \d+ records begin with ""; give more of the id: [0-9a-f]{16}, [0-9a-f]{16}, [0-9a-f]{16}, …\n$/);
    });

    it('names the way out for a record of hardware whose plugin is not loaded', async () => {
      const file = join(world.folder, 'foreign.jsonl'), [line] = readFileSync(join(world.folder, '.loopsmith', 'records.jsonl'), 'utf8').split('\n');
      writeFileSync(file, `${line!.replaceAll('"isa":"plain"', '"isa":"sm_90"')}\n`);
      expect(await refusal('explain', '', '--records', 'foreign.jsonl')).to.match(/^3 loopsmith: record [0-9a-f]{16} \(conv2d .*\) is of no hardware plugin that is loaded \(x86-avx\); add its plugin with --plugin\n$/);
    });
  });

  describe('bench --profile', () => {
    it('refuses a folder without layers in its manifest, and one whose kernels are others', async () => {
      expect((await world.cli('compile', 'small.graph', '--untuned', '-o', 'out')).code).to.equal(0);
      const bench = (manifest: object): Promise<string> => {
        writeFileSync(join(world.folder, 'out', 'manifest.json'), JSON.stringify({ v: 1, target: 'x86-avx:plain', threads: 1, inputs: [], outputs: [], tasks: [{ label: 'one', record: null }], sizes: { weightBytes: 0, arenaBytes: 0 }, ...manifest }));
        return refusal('bench', 'out', '--profile', '--time', '1s');
      };
      expect(await bench({})).to.equal('3 loopsmith: the manifest of this folder names no layers; compile the model again with this version of Loopsmith\n');
      expect(await bench({ layers: [{ name: 'a', task: 0, kernels: 1, flops: 2, bytes: 4 }] })).to.equal('3 loopsmith: the library runs 2 kernels, its manifest names 1; compile the model again, for the two belong together\n');
    });

    it('sums the kernels of a layer and holds each against the roofline', async () => {
      // the fake session's kernels take 1 and 2 microseconds
      writeFileSync(join(world.folder, 'out', 'manifest.json'), JSON.stringify({
        v: 1, target: 'x86-avx:plain', threads: 1, inputs: [], outputs: [], tasks: [{ label: 'one', record: null }, { label: 'two', record: 'abc' }], sizes: { weightBytes: 0, arenaBytes: 0 },
        layers: [{ name: 'a', task: 1, kernels: 1, flops: 4000, bytes: 4 }, { name: 'b', task: 0, kernels: 1, flops: 0, bytes: 20000 }],
      }));
      const { layers, runs } = JSON.parse((await world.cli('bench', 'out', '--profile', '--json')).out) as { layers: readonly object[]; runs: number };
      expect(runs).to.be.greaterThan(0);
      // 4000 operations at 8 per nanosecond; 20000 bytes at 20 per nanosecond
      expect(layers).to.deep.equal([
        { name: 'a', label: 'two', record: 'abc', recordedNs: null, medianNs: 1000, shareOfTime: 1 / 3, gflops: 4, bytes: 4, shareOfRoofline: 0.5 },
        { name: 'b', label: 'one', record: null, recordedNs: null, medianNs: 2000, shareOfTime: 2 / 3, gflops: 0, bytes: 20000, shareOfRoofline: 0.5 },
      ]);
      expect((await world.cli('bench', 'out', '--profile')).out).to.include('\nsum of the kernels alone: not known, for 2 of 2 layers are untuned or their records are not here (--records)\n');
    });

    it('says where the time goes in a list too long to see at a glance, and what more than the whole roofline is', async () => {
      // ten layers that run nothing stand before the two that do
      const nothing = Array.from({ length: 10 }, (_, i) => ({ name: `n${i}`, task: 0, kernels: 0, flops: 0, bytes: 0 }));
      const profile = async (layers: readonly object[]): Promise<string> => {
        writeFileSync(join(world.folder, 'out', 'manifest.json'), JSON.stringify({
          v: 1, target: 'x86-avx:plain', threads: 1, inputs: [], outputs: [], tasks: [{ label: 'one', record: null }, { label: 'two', record: null }], sizes: { weightBytes: 0, arenaBytes: 0 }, layers,
        }));
        return (await world.cli('bench', 'out', '--profile')).out;
      };
      const long = await profile([...nothing, { name: 'a', task: 1, kernels: 1, flops: 16000, bytes: 4 }, { name: 'b', task: 0, kernels: 1, flops: 0, bytes: 4000 }]);
      expect(long).to.include('\nmost time: 67 % in b (one); 33 % in a (two); 0.0 % in n0 (one)\n');
      expect(long).to.match(/\nabove 100 %: an algorithm \(Winograd\) saves arithmetic, or the data was still in a nearer cache\n$/);
      const quantised = await profile([...nothing, { name: 'a', task: 1, kernels: 1, flops: 16000, bytes: 4 }, { name: 'node+'.repeat(20), task: 0, kernels: 1, flops: 0, bytes: 4000 }]);
      expect(quantised).to.include(`\nmost time: 67 % in ${'node+'.repeat(20).slice(0, 59)}… (one); `);
      const short = await profile([{ name: 'a', task: 1, kernels: 1, flops: 4, bytes: 4 }, { name: 'b', task: 0, kernels: 1, flops: 0, bytes: 4 }]);
      expect(short).not.to.match(/most time|above 100/);
    });

    it('says what a network takes beyond its kernels alone, by the records', async () => {
      const [a, b] = world.records().flatMap(({ id, outcome }) => (outcome.ok ? [{ id, ns: median(outcome.samplesNs) }] : []));
      writeFileSync(join(world.folder, 'out', 'manifest.json'), JSON.stringify({
        v: 1, target: 'x86-avx:plain', threads: 1, inputs: [], outputs: [], tasks: [{ label: 'one', record: a!.id }, { label: 'two', record: b!.id }], sizes: { weightBytes: 0, arenaBytes: 0 },
        layers: [{ name: 'a', task: 1, kernels: 1, flops: 4000, bytes: 4 }, { name: 'b', task: 0, kernels: 1, flops: 0, bytes: 20000 }],
      }));
      const { layers } = JSON.parse((await world.cli('bench', 'out', '--profile', '--json')).out) as { layers: readonly { recordedNs: number }[] };
      expect(layers.map(({ recordedNs }) => recordedNs)).to.deep.equal([b!.ns, a!.ns]);
      const { out } = await world.cli('bench', 'out', '--profile'), alone = (a!.ns + b!.ns) / 1e6, medianMs = Number(/^median ([\d.]+) ms/m.exec(out)?.[1]);
      const signed = (ms: number): string => `${ms < 0 ? '-' : '+'}${milliseconds(Math.abs(ms))}`;
      expect(out).to.include(`\nsum of the kernels alone, weights cold, as recorded: ${milliseconds(alone)}; ${signed(0.003 - alone)} in the layers, `);
      expect(Number(/whole runs take ([\d.]+) times the sum/.exec(out)?.[1])).to.be.closeTo(medianMs / alone, 0.02 * medianMs / alone);
      expect(out).to.include(`\n${sumLine(0.003, medianMs)}\n`);
      expect(sumLine(0.003, 1)).to.equal('sum of layers: 0.00300 ms; whole runs: median 1.00 ms, which holds copies in and out, the call itself and whatever else ran on the machine');
      expect(sumLine(5.33, 3.8)).to.equal('sum of layers: 5.33 ms; whole runs: median 3.80 ms, timed before the layers, in calmer moments of the machine: where the two are far apart, bench again when nothing else runs');
      const missing = await world.cli('bench', 'out', '--profile', '--records', 'none.jsonl');
      expect([missing.code, missing.err]).to.deep.equal([3, 'loopsmith: there is no record file none.jsonl; make one with `loopsmith tune MODEL.onnx --records none.jsonl`, or name another with --records\n']);
    });
  });
});
