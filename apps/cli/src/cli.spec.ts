/** The command line in one process: every command on fake hardware, its words, its exit codes, its files. */
import { CostModel, Frontend, HardwarePlugin, SearchStrategy, type Point, type Space } from '@loopsmith/contracts';
import { fromNumbers, type TensorData } from '@loopsmith/ir';
import { readNpy, writeNpy } from '@loopsmith/npy';
import { writeTensor } from '@loopsmith/onnx-file';
import { fakeHardware } from '@loopsmith/stages/testing';
import { golden } from '@loopsmith/testing';
import { fail, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandList } from './command-list.js';
import { missLines, type ChosenSchedule } from './compiling.js';
import { nodeWorld } from './node-world.js';
import { takeLock } from './process-lock.js';
import { bytesText } from './quantities.js';
import { bind, fakeWorld, smallModel, type FakeWorld, type FakeWorldOptions } from './testing/fake-world.js';

const commands = ['start', 'tune', 'compile', 'run', 'bench', 'verify', 'extract', 'inspect', 'records', 'explain', 'explain-error', 'zoo', 'targets', 'doctor'];
const image = fromNumbers('f32', [1, 2, 2, 3], Array.from({ length: 12 }, (_, i) => i - 4));
/** relu(W W x) by hand: W W = [[7, 10], [15, 22]]. */
const answer = fromNumbers('f32', [1, 2, 2, 3], [0, 1].flatMap((k) => Array.from({ length: 6 }, (_, p) => Math.max(0, (k === 0 ? 7 : 15) * (p - 4) + (k === 0 ? 10 : 22) * (p + 2)))));

/** What a terminal is sent while each of these takes its time. */
const waits = (...texts: readonly string[]): string => texts.map((text) => `${text} …\r\u001b[K`).join('');

describe('command line', () => {
  let world: FakeWorld;
  const start = (options: FakeWorldOptions = {}): FakeWorld => {
    world?.remove();
    world = fakeWorld(options);
    writeFileSync(join(world.folder, 'small.graph'), smallModel);
    return world;
  };
  const writeCase = (name: string, input: TensorData, output: TensorData): void => {
    const folder = join(world.folder, name, 'test_data_set_0');
    mkdirSync(folder, { recursive: true });
    const file = (kind: string, tensor: TensorData, as: string): void => writeFileSync(join(folder, `${kind}_0.pb`), writeTensor({ ...tensor, name: as }));
    file('input', input, 'x');
    file('output', output, '');
  };
  beforeEach(() => { start(); });
  after(() => world.remove());

  it('explains itself', async function () {
    const help = await Promise.all([[], ...commands.map((command) => [command]), ...['list', 'best', 'merge', 'prune'].map((sub) => ['records', sub])].map((args) => world.cli(...args, '--help')));
    for (const { code, err } of help) expect([code, err]).to.deep.equal([0, '']);
    golden(this, help.map(({ out }) => out).join('\n----\n\n'));
  });

  it('says the same of itself however it is asked, and on the other screen where nothing was', async () => {
    const { out } = await world.cli('--help');
    for (const args of [['-h'], ['help'], ['--help', '--verbose'], ['--help', 'tune']]) expect(await world.cli(...args), args.join(' ')).to.deep.include(args[1] === 'tune' ? { code: 0, err: '' } : { code: 0, out, err: '' });
    expect(await world.cli()).to.deep.equal({ code: 2, out: '', err: out });
  });

  it('says the same of a command in the list of all and in its own help', async () => {
    for (const { name, usage, load } of commandList) {
      const command = (await load())(nodeWorld(), { code: 0 });
      expect([command.name(), command.commands.length > 0 ? '<command>' : command.usage()]).to.deep.equal([name, usage]);
    }
  });

  it('refuses a wrong command line with what was expected', async () => {
    const said = async (...args: string[]): Promise<string> => { const { code, err } = await world.cli(...args); return `${code} ${err}`; };
    expect(await said('tune')).to.equal("2 error: missing required argument 'model'\n(add --help for what it takes)\n");
    expect(await said('tune', 'm', '--budget', '5')).to.equal("2 error: option '--budget <time>' argument '5' is invalid. Give a number and a unit, such as 90s, 2m or 1h.\n(add --help for what it takes)\n");
    for (const option of ['--modelled', '--log run.jsonl'])
      expect(await said('tune', 'm', '--brokers', 'localhost:9092', ...option.split(' '))).to.match(/^2 error: option '--(modelled|log <file>)' cannot be used with option '--brokers <host:port,…>'\n/);
    expect(await said('tune', 'm', '--budget', '5m', '--trials', '5')).to.equal("2 error: option '--budget <time>' cannot be used with option '--trials <n>'\n(add --help for what it takes)\n");
    expect(await said('tune', 'm', '--threads', '0')).to.equal("2 error: option '--threads <n>' argument '0' is invalid. Give a whole number from 1 to 256.\n(add --help for what it takes)\n");
    expect(await said('compile', 'm', '-o', 'm', '--threads', '257')).to.equal("2 error: option '--threads <n>' argument '257' is invalid. Give a whole number from 1 to 256.\n(add --help for what it takes)\n");
    expect(await said('tune', 'm', '--stop-below', '0%')).to.equal("2 error: option '--stop-below <percent>' argument '0%' is invalid. Give a percentage between 0 and 100, such as 1%.\n(add --help for what it takes)\n");
    expect(await said('tune', 'm', '--seed', '-1')).to.equal("2 error: option '--seed <n>' argument '-1' is invalid. Give a whole number from 0 to 4294967295.\n(add --help for what it takes)\n");
    expect(await said('tune', 'm', '--target', 'x86:')).to.equal("2 error: option '--target <plugin:isa>' argument 'x86:' is invalid. Give a hardware plugin and an ISA, such as x86-avx:host or x86-avx:avx2.\n(add --help for what it takes)\n");
    expect(await said('run', 'd', '--input', 'x')).to.equal("2 error: option '--input <name=file.npy>' argument 'x' is invalid. Give the name of the input and a file, such as data=image.npy.\n(add --help for what it takes)\n");
    expect(await said('compile', 'm', '--untuned', '-o', 'd', '--records', 'r')).to.equal("2 error: option '--records <file>' cannot be used with option '--untuned'\n(add --help for what it takes)\n");
  });

  it('refuses what it cannot work on in one sentence with the way out', async () => {
    const said = async (...args: string[]): Promise<string> => { const { code, err } = await world.cli(...args); return `${code} ${err}`; };
    writeFileSync(join(world.folder, 'noise.bin'), 'noise');
    writeFileSync(join(world.folder, 'broken.graph'), 'graph broken(x: f32[2]) -> y\n  y: f32[2] = frobnicate(x)\n');
    expect(await said('tune', 'absent.onnx')).to.equal('3 loopsmith: there is no model file absent.onnx; give the path of an .onnx file, or make one with `loopsmith zoo resnet18 -o resnet18.onnx`\n');
    expect(await said('tune', 'noise.bin')).to.equal('3 loopsmith: noise.bin is in no format that is known here (text); export it as ONNX\n');
    expect(await said('tune', 'broken.graph')).to.equal('3 loopsmith: node "y" uses the operator frobnicate, which Loopsmith does not define; replace it in the model or add it to lowering/operators\n');
    expect(await said('tune', 'small.graph', '--strategy', 'genetic')).to.equal('3 loopsmith: there is no search strategy "genetic"; there are random, best-first\n');
    expect(await said('tune', 'small.graph', '--target', 'cuda:host')).to.equal('3 loopsmith: there is no hardware plugin "cuda"; there is x86-avx\n');
    expect(await said('tune', 'small.graph', '--target', 'x86-avx:vax')).to.equal('3 loopsmith: the fake hardware has no ISA "vax"; it has plain\n');
    expect(await said('zoo', 'alexnet')).to.match(/^3 loopsmith: the zoo has no network "alexnet"; it has densenet121, .*resnet18.*\n$/);
    expect(await said('bench', 'absent')).to.equal('3 loopsmith: there is no folder FOLDER/absent; give a folder that `loopsmith compile` wrote\n');
    expect(await said('verify', 'small.graph', 'absent')).to.equal('3 loopsmith: there is no case folder absent; give a folder that holds test_data_set_0/input_0.pb and output_0.pb\n');
    expect(await said('verify', 'small.graph', '.')).to.equal("3 loopsmith: . holds no test_data_set_0; give a folder in the layout of ONNX's backend tests\n");
  });

  it('refuses to write where it cannot', async () => {
    const { code, err } = await world.cli('zoo', 'squeezenet1.1', '-o', 'no/such/folder/x.onnx');
    expect([code, err]).to.deep.equal([3, 'loopsmith: no/such/folder/x.onnx cannot be written (ENOENT); name a place that exists and that you may write\n(add --verbose for the full text)\n']);
  });

  it('writes a network of the zoo with an input that it takes', async () => {
    expect(await world.cli('zoo', 'squeezenet1.1', '-o', 'net.onnx', '--input', 'x.npy')).to.deep.equal({ code: 0, err: '', out: 'Wrote net.onnx (4.7 MiB)\nWrote x.npy: f32 [1,3,224,224]\n' });
    const { dtype, shape, values } = unwrap(readNpy(readFileSync(join(world.folder, 'x.npy'))));
    expect([dtype, shape, new Set(Array.from(values as Float32Array)).size > 1000]).to.deep.equal(['f32', [1, 3, 224, 224], true]);
  });

  it('refuses records that were named and are not there, and makes none', async () => {
    writeCase('right', image, answer);
    const typed = ['small.graph', '--records', 'typo.jsonl'] as const, refused = { code: 3, out: '', err: 'loopsmith: there is no record file typo.jsonl; make one with `loopsmith tune MODEL.onnx --records typo.jsonl`, or name another with --records\n' };
    expect(await world.cli('compile', ...typed, '-o', 'out')).to.deep.equal(refused);
    expect(await world.cli('verify', 'small.graph', 'right', '--records', 'typo.jsonl')).to.deep.equal(refused);
    expect([existsSync(join(world.folder, 'typo.jsonl')), existsSync(join(world.folder, 'out'))]).to.deep.equal([false, false]);
  });

  it('refuses a folder where a file is expected, and a file where a folder is', async () => {
    writeFileSync(join(world.folder, 'x.npy'), writeNpy({ dtype: 'f32', shape: image.shape, values: image.values }));
    await world.cli('compile', 'small.graph', '--untuned', '-o', 'out');
    mkdirSync(join(world.folder, 'case', 'test_data_set_0', 'input_0.pb'), { recursive: true });
    writeFileSync(join(world.folder, 'space.jsonl.gz'), 'words');
    const full = '(add --verbose for the full text)\n', folder = (name: string): string => `loopsmith: ${name} is a folder; give a file\n${full}`;
    const cases: readonly (readonly [typed: string, err: string])[] = [
      ['replay out', folder('out')],
      ['run out --input x=out', folder('out')],
      ['compare-strategies --pair random+analytical --space out', folder('out')],
      ['jobs list --brokers host:1 --tls-ca out', 'loopsmith: --tls-ca: out is a folder; give a file\n'],
      ['verify small.graph case', folder('case/input_0.pb')],
      ['verify small.graph x.npy', 'loopsmith: there is no case folder x.npy; give a folder that holds test_data_set_0/input_0.pb and output_0.pb\n'],
      ['compare-strategies --pair random+analytical --space space.jsonl.gz', `loopsmith: space.jsonl.gz is not gzipped, or damaged; copy it again, or record it with \`loopsmith space record\`\n${full}`],
    ];
    for (const [typed, err] of cases) expect(await world.cli(...typed.split(' ')), typed).to.deep.equal({ code: 3, out: '', err });
  });

  it('refuses a port that leaves no room for the brokers that were asked for', async () => {
    const said = async (...args: readonly string[]): Promise<string> => { const { code, err } = await world.cli('broker', '--print-config', ...args); return `${code} ${err}`; };
    expect(await said('--port', '65535')).to.equal('3 loopsmith: --port 65535 leaves no room for 1 broker: each takes two ports, and there are 65535; give one up to 65534\n');
    expect(await said('--port', '65531', '--nodes', '3')).to.equal('3 loopsmith: --port 65531 leaves no room for 3 brokers: each takes two ports, and there are 65535; give one up to 65530\n');
    expect(await said('--port', '65530', '--nodes', '3')).to.equal('0 ');
  });

  it('calls a bug a bug, and names the plugin that has it', async () => {
    const broken: SearchStrategy = { id: 'broken', start: () => ({ propose: () => { throw new TypeError('points is not iterable'); }, observe: () => undefined }) };
    const { cli, records } = start({ plugins: [bind('./broken.js', [SearchStrategy, broken])] });
    const { code, err } = await cli('tune', 'small.graph', '--strategy', 'broken', '--verbose');
    expect(code).to.equal(70);
    expect(err).to.match(/\nloopsmith: the search strategy "broken" threw an error in propose: points is not iterable\nThis is a bug of that plugin; it happened here:\nTypeError: points is not iterable\n {4}at /);
    expect((await cli('tune', 'small.graph', '--strategy', 'broken')).err).to.match(/\nloopsmith: the search strategy "broken" threw an error in propose: points is not iterable\nThis is a bug of that plugin; --verbose shows where it happened\.\n$/);
    expect(records().length).to.be.greaterThan(0);
    const numbers = { id: 'numbers', start: () => ({ propose: () => 7, observe: () => undefined }) };
    expect((await start({ plugins: [bind('./numbers.js', [SearchStrategy, numbers])] }).cli('tune', 'small.graph', '--strategy', 'numbers')).err).to.match(/\nloopsmith: the search strategy "numbers" threw an error in propose: it answered number where a list of points was expected\nThis is a bug of that plugin; --verbose shows where it happened\.\n$/);
    for (const point of [null, 42, {}]) {
      const astray = { id: 'astray', start: () => ({ propose: () => [point], observe: () => undefined }) };
      expect((await start({ plugins: [bind('./astray.js', [SearchStrategy, astray])] }).cli('tune', 'small.graph', '--strategy', 'astray')).err)
        .to.match(new RegExp(`threw an error in propose: one of its points is ${JSON.stringify(point)}, which gives no value to the choice "\\w+"; a point has one for each of \\w+.*\nThis is a bug of that plugin;`));
    }
  });

  it('does not call its own what may be the bug of a plugin', async () => {
    const broken = { id: 'broken', entries: [], detects: () => { throw new Error('no idea'); }, import: () => undefined };
    const own = start({ plugins: [bind('./broken.js', [Frontend, broken])] });
    writeFileSync(join(own.folder, 'other.bin'), 'other');
    // any plugin will do
    const pluginFile = fileURLToPath(import.meta.resolve('@loopsmith/search-droplet'));
    expect(await own.cli('inspect', 'other.bin')).to.deep.equal({ code: 70, out: '', err: 'loopsmith: internal error: no idea\nThis is a bug; please report it with the command line and the output of --verbose.\n' });
    expect(await own.cli('inspect', 'other.bin', '--plugin', pluginFile)).to.deep.equal({ code: 70, out: '', err: 'loopsmith: internal error: no idea\nThis is a bug of Loopsmith, or of a plugin that --plugin names: --verbose shows where it happened. If that is in no plugin, please report it with the command line and this output.\n' });
  });

  it('names the cost model that throws, or answers what is no prediction, and not the strategy that asked it', async () => {
    const models: readonly (readonly [model: Omit<CostModel, 'id'>, said: string])[] = [
      [{ fit: () => { throw new Error('no fit'); }, predict: (_, drafts) => new Float64Array(drafts.length) }, 'threw an error in fit: no fit'],
      [{ fit: () => null, predict: () => { throw new Error('no idea'); } }, 'threw an error in predict: no idea'],
      [{ fit: () => null, predict: () => new Float64Array(1) }, 'threw an error in predict: it answered 1 predictions of N drafts'],
      [{ fit: () => null, predict: (_, drafts) => new Float64Array(drafts.length).fill(NaN) }, 'threw an error in predict: its prediction of draft 0 is NaN; a prediction is a number of milliseconds, or Infinity'],
    ];
    for (const [model, said] of models) {
      const { code, err } = await start({ plugins: [bind('./mine.js', [CostModel, { id: 'mine', ...model }])] }).cli('tune', 'small.graph', '--model', 'mine', '--trials', '40');
      expect([code, err.trimEnd().split('\n').slice(-2).join('\n').replace(/of \d+ drafts/, 'of N drafts')]).to.deep.equal([70, `loopsmith: the cost model "mine" ${said}\nThis is a bug of that plugin; --verbose shows where it happened.`]);
    }
  });

  it('tunes, then compiles with what it found, and says so', async () => {
    const tuned = await world.cli('tune', 'small.graph', '--trials', '40');
    expect(tuned.code).to.equal(0);
    expect(tuned.out).to.match(/^Sum of kernel times: \d+\.\d+ ms, untuned \d+\.\d+ ms\nReport: \.loopsmith\/small\.html, to look at in a browser\nRecords: FOLDER\/\.loopsmith\/records\.jsonl\n$/);
    expect(tuned.err).to.match(/^Tuning \d tasks? for 1 thread, budget 40 trials\n(?:(?:\[Task \d\/\d\]|Schedules compared by turns:) .*\n)+Finished \d\d trials in \d+\.\d s\n$/);
    const tasks = new Set(world.records().map(({ task }) => task)).size;

    const compiled = await world.cli('compile', 'small.graph', '-o', 'out');
    expect(compiled).to.deep.equal({ code: 0, err: '', out: `${tasks} of ${tasks} task${tasks === 1 ? '' : 's'} found tuned\nWrote out: library 2.0 KiB, weights 4.0 KiB, arena ${bytesText(world.log.packaged[0]!.memory.bytes)}\n` });
    for (const { record } of world.log.packaged[0]!.kernels) expect(record).to.be.a('string');
  });

  it('compiles by what was measured as this network finds its weights, whatever was measured since', async () => {
    start({ protocol: (weightBytes) => `1 ${weightBytes} bytes` });
    const tuned = await world.cli('tune', 'small.graph', '--trials', '40');
    expect(tuned.code).to.equal(0);
    const file = join(world.folder, '.loopsmith', 'records.jsonl'), own = world.records();
    const others = own.map((record) => ({ ...record, id: `other ${record.id}`, protocol: '1 more bytes', outcome: { ok: true, kind: 'measured', samplesNs: [1], error: 0 } }));
    writeFileSync(file, [...own, ...others].map((record) => `${JSON.stringify(record)}\n`).join(''));
    await world.cli('compile', 'small.graph', '-o', 'out');
    const chosen = world.log.packaged[0]!.kernels.map(({ record }) => record);
    expect(chosen.every((id) => own.some((record) => record.id === id)), chosen.join()).to.equal(true);
    expect((await world.cli('tune', 'small.graph', '--trials', '40')).out).to.equal(tuned.out);
  });

  it('says on a terminal that it builds, and takes it back', async () => {
    expect((await start({ columns: 60 }).cli('compile', 'small.graph', '--untuned', '-o', 'out')).err).to.equal(waits('Reading small', 'Finding the tasks of small', 'Building 2 kernels'));
  });

  it('says on a terminal that it reads a model, in one line of its width, and takes it back before it says anything else', async () => {
    for (const command of ['extract', 'inspect']) {
      const quiet = await world.cli(command, 'small.graph');
      expect(quiet.err, command).to.equal('');
      const shown = await start({ columns: 60 }).cli(command, 'small.graph');
      expect(shown, command).to.deep.equal({ code: 0, out: quiet.out, err: waits('Reading small', ...(command === 'extract' ? ['Finding the tasks of small'] : [])) });
      start();
    }
    expect((await start({ columns: 12 }).cli('inspect', 'small.graph')).err).to.equal('Reading sm…\r\u001b[K');
    start({ columns: 60 });
    const printed = (await world.cli('extract', 'small.graph', '--print-ir', 'after=all')).err;
    expect(printed.startsWith(waits('Reading small', 'Finding the tasks of small')), printed.slice(0, 99)).to.equal(true);
    expect(printed.split('\u001b[K')).to.have.length(3);
  });

  it('compiles untuned on request, and says why a task is untuned otherwise', async () => {
    expect((await world.cli('compile', 'small.graph', '--untuned', '-o', 'out')).out).to.match(/^Wrote out: /);
    const { out } = await world.cli('compile', 'small.graph', '-o', 'out');
    expect(out).to.match(/^0 of (\d) tasks? found tuned\n(  untuned: .*: there is no record of it\n)+Tune the rest with: loopsmith tune small\.graph\nWrote out: /);
    const json = JSON.parse((await world.cli('compile', 'small.graph', '-o', 'out', '--json')).out) as Record<string, unknown>;
    expect(json).to.include({ tuned: 0, libraryBytes: 2048 });
  });

  it('counts no task as tuned of which only the untuned schedule was measured, and counts those of which a search found nothing faster', async () => {
    expect((await world.cli('tune', 'small.graph', '--trials', '2')).code).to.equal(0);
    expect(new Set(world.records().map(({ purpose }) => purpose))).to.deep.equal(new Set(['untuned']));
    const { out } = await world.cli('compile', 'small.graph', '-o', 'out');
    expect(out).to.match(/^0 of 2 tasks found tuned\n(?: {2}untuned: .*: only its untuned schedule was tried so far\n){2}Tune the rest with: loopsmith tune small\.graph\nWrote out: /);
    const { tuned, kernels } = JSON.parse((await world.cli('compile', 'small.graph', '-o', 'out', '--json')).out) as { tuned: number; kernels: readonly { record: string | null; miss: string }[] };
    expect([tuned, ...kernels.map(({ record, miss }) => `${record} ${miss}`)]).to.deep.equal([0, ...Array<string>(2).fill('null only its untuned schedule was tried so far')]);
    // one candidate more, and slower
    const file = join(world.folder, '.loopsmith', 'records.jsonl'), others = world.records().map((record) => ({
      ...record, id: [...record.id].reverse().join(''), purpose: 'search', schedule: record.schedule.replace(/by 1\b/, 'by 2'), outcome: record.outcome.ok ? { ...record.outcome, samplesNs: record.outcome.samplesNs.map((ns) => 2 * ns) } : record.outcome,
    }));
    writeFileSync(file, [...world.records(), ...others].map((record) => `${JSON.stringify(record)}\n`).join(''));
    expect((await world.cli('compile', 'small.graph', '-o', 'out')).out).to.match(/^2 of 2 tasks found tuned\nWrote out: /);
  });

  it('names the command that tunes the rest so that it can be pasted', async () => {
    writeFileSync(join(world.folder, "it's small.graph"), smallModel);
    const { out } = await world.cli('compile', "it's small.graph", '-o', 'out', '--threads', '2', '--exact', '--target', 'x86-avx:plain');
    expect(out).to.include("\nTune the rest with: loopsmith tune 'it'\\''s small.graph' --threads 2 --target x86-avx:plain --exact\n");
  });

  it('says once what holds for many tasks', () => {
    const untuned = (label: string, miss: string | null): ChosenSchedule => ({ schedule: [], record: null, label, miss });
    expect(missLines([untuned('a', 'no record'), untuned('b', 'too old'), untuned('c', null), untuned('d', 'no record')])).to.deep.equal(['  untuned: a: no record', '  untuned: d: no record', '  untuned: b: too old']);
    expect(missLines([untuned('b', 'too old'), ...['a', 'd', 'e', 'f'].map((label) => untuned(label, 'no record'))])).to.deep.equal(['  untuned: b: too old', '  untuned: 4 tasks, such as a: no record']);
  });

  it('says when the budget was too small to search', async () => {
    const said = 'Nothing was searched: all of the budget went to the untuned schedules, one of each task; the same command with more goes on from there\n';
    expect((await world.cli('tune', 'small.graph', '--trials', '1')).err).to.match(new RegExp(`\nFinished \\d trials? in [\\d.]+ s\n${said}$`));
    expect((await world.cli('tune', 'small.graph', '--trials', '40')).err).not.to.include('Nothing was searched');
  });

  it('does not blame the budget where the strategy proposed nothing new', async () => {
    const proposing = (id: string, propose: (space: Space, count: number) => readonly Point[]): readonly [symbol, SearchStrategy] =>
      [SearchStrategy, { id, start: ({ space }) => ({ propose: (count) => propose(space, count), observe: () => undefined }) }];
    const own = start({ plugins: [bind('own', proposing('known', (space, count) => Array.from({ length: count }, () => space.untuned())), proposing('silent', () => []))] });
    for (const id of ['known', 'silent'])
      expect((await own.cli('tune', 'small.graph', '--trials', '40', '--strategy', id)).err.trimEnd().split('\n').at(-1)).to.equal(
        `Nothing was searched: the search strategy ${id} proposed nothing that can be built beside the untuned schedule of each task; take another --strategy, unless every task has one point by \`loopsmith extract\``);
  });

  it('does not blame the budget where every candidate failed', async () => {
    const full = start({ failure: () => ({ code: 'disk-full', stage: 'build', message: 'the disk is full' }) });
    const { code, out, err } = await full.cli('tune', 'small.graph', '--trials', '40'), tasks = err.match(/failed: the disk is full|failed, the first so: the disk is full/g)?.length ?? 0;
    expect([code, tasks > 0]).to.deep.equal([3, true]);
    expect(err).not.to.include('Nothing was searched');
    expect(out).to.include(`Nothing was measured of ${tasks} of ${tasks} task`).and.not.include('No time yet');
  });

  it('says what failed by the machine, and that it is tried again', async () => {
    let trials = 0;
    const full = start({ failure: () => (trials++ < 16 ? undefined : { code: 'build-cut-short', stage: 'build', message: 'the disk is full; make room' }) });
    const { code, err } = await full.cli('tune', 'small.graph', '--trials', '40');
    expect(code).to.equal(0);
    expect(err).to.match(/\nFinished \d+ trials \(\d+ failed\) in [\d.]+ s\n\d+ candidates failed through no fault of their own, the first because the disk is full; make room; nothing of that is recorded, and the same command tries again\n$/);
    expect(full.records().filter(({ outcome }) => !outcome.ok)).to.deep.equal([]);
  });

  it('says that more threads than cores tell little, and tunes', async () => {
    const warning = '3 threads share the 2 cores of this machine: they wait for each other, and what is fast here says little of a machine that has a core for each\n';
    const { code, err } = await world.cli('tune', 'small.graph', '--trials', '2', '--threads', '3');
    expect([code, err.startsWith(warning)]).to.deep.equal([0, true]);
    expect((await world.cli('tune', 'small.graph', '--trials', '2', '--threads', '2')).err).not.to.include('share');
  });

  it('neither reads nor tunes into a file that holds something else', async () => {
    const other = join(world.folder, 'other.bin'), bytes = 'no\nrecord\n';
    writeFileSync(other, bytes);
    const refused = 'loopsmith: FOLDER/other.bin is no record file, for none of its lines is a record; name one that `loopsmith tune` wrote, or a new one\n';
    for (const args of [['tune', 'small.graph', '--trials', '2', '--records', 'other.bin'], ['compile', 'small.graph', '-o', 'out', '--records', 'other.bin'], ['records', 'list', '--records', 'other.bin'], ['records', 'merge', 'other.bin', 'other.bin']])
      expect(await world.cli(...args), args.join(' ')).to.deep.equal({ code: 3, out: '', err: refused });
    expect(readFileSync(other, 'utf8')).to.equal(bytes);
    // a run that ended within its first line has left no other file than its own
    writeFileSync(other, '{"v":1,"id"');
    expect((await world.cli('tune', 'small.graph', '--trials', '2', '--records', 'other.bin')).code).to.equal(0);
  });

  it('takes no schedule with an algorithm that --exact leaves out', async () => {
    await world.cli('tune', 'small.graph', '--trials', '10');
    const file = join(world.folder, '.loopsmith', 'records.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"schedule":"', '"schedule":"algorithm winograd 4; '));
    const { out } = await world.cli('compile', 'small.graph', '--exact', '-o', 'out');
    expect(out).to.match(/^0 of \d tasks? found tuned\n(  untuned: .*: its recorded schedules no longer apply: algorithm winograd 4 trades accuracy for speed; leave out --exact, or tune with it\n)+Tune the rest/);
  });

  it('keeps everything when it is interrupted, and goes on from there', async () => {
    const controller = new AbortController();
    const cut = start({ signal: controller.signal, onMeasure: (count) => { if (count === 9) controller.abort(); } });
    const { code, err } = await cut.cli('tune', 'small.graph', '--trials', '40');
    expect(code).to.equal(130);
    expect(err).to.match(/Interrupted after \d+ trials in /);
    expect(cut.log.measured.length).to.equal(10);
    expect(new Set(cut.records().map(({ artifact }) => artifact)).size).to.equal(10);
  });

  it('does not fall for a record file with a torn end', async () => {
    await world.cli('tune', 'small.graph', '--trials', '10');
    const file = join(world.folder, '.loopsmith', 'records.jsonl'), text = readFileSync(file, 'utf8');
    writeFileSync(file, text.slice(0, -20));
    const { code, err } = await world.cli('tune', 'small.graph', '--trials', '10');
    expect(code).to.equal(0);
    expect(err).to.match(/^FOLDER\/\.loopsmith\/records\.jsonl:\d+: the last line is not whole: a run was ended while it wrote it, or writes it now; it is ignored, and its candidate will be measured again\n/);
    expect(readFileSync(file, 'utf8').startsWith(`${text.slice(0, -20)}\n{`)).to.equal(true);
  });

  it('does not tune into a file that another run tunes into, and gives it free at the end', async () => {
    const file = join(world.folder, '.loopsmith', 'records.jsonl'), lock = `${file}.lock`;
    mkdirSync(join(world.folder, '.loopsmith'), { recursive: true });
    const mine = takeLock(lock), refused = async (...args: string[]): Promise<string> => { const { code, err } = await world.cli(...args); return `${code} ${err}`; };
    expect(await refused('tune', 'small.graph', '--trials', '10')).to.equal('3 loopsmith: record file FOLDER/.loopsmith/records.jsonl is in use: this process tunes into it already; wait for that run, or name another file\n');
    if (mine.taken) mine.release();
    writeFileSync(lock, '4711 1 elsewhere');
    const elsewhere = '3 loopsmith: record file FOLDER/.loopsmith/records.jsonl is in use: process 4711 on another machine or in another container writes it; wait until it ends, or two minutes if it was killed, or name another file with --records\n';
    expect(await refused('tune', 'small.graph', '--trials', '10')).to.equal(elsewhere);
    writeFileSync(file, '');
    for (const args of [['prune'], ['merge', '.loopsmith/records.jsonl', '.loopsmith/records.jsonl']]) expect(await refused('records', ...args)).to.equal(elsewhere);
    // who only looks asks for nothing
    expect((await world.cli('compile', 'small.graph', '-o', 'out')).code).to.equal(0);
    rmSync(lock);
    expect((await world.cli('tune', 'small.graph', '--trials', '10')).code).to.equal(0);
    expect(existsSync(lock)).to.equal(false);
  });

  it('writes events for programs', async () => {
    const { out, err } = await world.cli('tune', 'small.graph', '--trials', '10', '--json');
    expect(err).to.equal('');
    const events = out.trim().split('\n').map((line) => (JSON.parse(line) as { event: string }).event);
    expect([events[0], events.at(-1)]).to.deep.equal(['run-started', 'run-finished']);
    expect(events.filter((event) => event === 'trial').length).to.be.within(6, 10);
  });

  it('rewrites one line on a terminal', async () => {
    const { err } = await start({ columns: 60 }).cli('tune', 'small.graph', '--trials', '10');
    const rewritten = err.split('\r').find((line) => line.startsWith('[Task'))!;
    expect(rewritten).to.match(/^\[Task 1\/\d\] .*\u001b\[K$/);
    for (const line of err.split(/[\r\n]/).filter((part) => part.includes('Current/Best'))) expect([...line.replace('\u001b[K', '')].length).to.be.at.most(59);
  });

  it('prints failed candidates in full when asked', async () => {
    const { err } = await start({ failure: (_, point) => (point['outer'] === 2 ? { code: 'wrong-answer', stage: 'measure', message: 'element 3 is 7, expected 8', text: 'first\nsecond\n' } : undefined) })
      .cli('tune', 'small.graph', '--trials', '60', '--verbose');
    expect(err).to.match(/\[Task \d\/\d\] .* {2}wrong-answer: element 3 is 7, expected 8\nfirst\nsecond\n/);
    expect(err).to.match(/Finished \d\d trials \(\d+ failed\) in /);
  });

  it('runs a compiled folder on .npy files', async () => {
    await world.cli('compile', 'small.graph', '--untuned', '-o', 'out');
    writeFileSync(join(world.folder, 'x.npy'), writeNpy({ dtype: 'f32', shape: image.shape, values: image.values }));
    expect(await world.cli('run', 'out', '--input', 'x=x.npy', '--output-dir', 'answers')).to.deep.equal({ code: 0, err: '', out: 'y: f32 [1,2,2,3] in answers/y.npy\n' });
    expect(unwrap(readNpy(readFileSync(join(world.folder, 'answers', 'y.npy')))).values).to.deep.equal(answer.values);
  });

  it('refuses inputs that do not fit', async () => {
    await world.cli('compile', 'small.graph', '--untuned', '-o', 'out');
    writeFileSync(join(world.folder, 'x.npy'), writeNpy({ dtype: 'f32', shape: [3], values: new Float32Array(3) }));
    const said = async (...args: string[]): Promise<string> => { const { code, err } = await world.cli('run', 'out', ...args); return `${code} ${err}`; };
    expect(await said()).to.equal('3 loopsmith: input "x" (f32 [1,2,2,3]) has no value; give one with --input x=F.npy\n');
    expect(await said('--input', 'x=x.npy')).to.equal('3 loopsmith: input "x" is f32 [3]; f32 [1,2,2,3] was expected; sizes were fixed when the model was compiled\n');
    expect(await said('--input', 'z=x.npy')).to.equal('3 loopsmith: the network has no input "z"; its inputs are x\n');
    expect(await said('--input', 'x=absent.npy')).to.equal('3 loopsmith: there is no file absent.npy; write the input with numpy.save\n');
  });

  it('times a compiled folder', async () => {
    await world.cli('compile', 'small.graph', '--untuned', '-o', 'out');
    const { out } = await world.cli('bench', 'out', '--threads', '2', '--time', '1s', '--runs', '5');
    expect(out).to.match(/^Mean inference time \(std dev\): 1\.00 ms \(0\.000 ms\)\nmedian 1\.00 ms, min 1\.00 ms, \d+ runs, 2 threads\n$/);
    const json = JSON.parse((await world.cli('bench', 'out', '--json', '--time', '1s')).out) as object;
    expect(Object.keys(json)).to.deep.equal(['meanMs', 'stdMs', 'minMs', 'medianMs', 'runs', 'threads']);
    start({ columns: 60 });
    await world.cli('compile', 'small.graph', '--untuned', '-o', 'out');
    expect((await world.cli('bench', 'out', '--time', '1s')).err).to.equal(waits('Timing out for 1 s'));
  });

  it('verifies a model or a folder against cases, and its exit code says the verdict', async () => {
    writeCase('right', image, answer);
    writeCase('wrong', image, fromNumbers('f32', answer.shape, [...answer.values].map((value) => Number(value) + 1)));
    expect(await world.cli('verify', 'small.graph', 'right')).to.deep.equal({ code: 0, err: '', out: 'agrees  right: y relative error 0.0e+0 (measured: fake)\n' });
    const mixed = await world.cli('verify', 'small.graph', 'right', 'wrong');
    expect(mixed.code).to.equal(1);
    expect(mixed.out).to.match(/^agrees {2}right: y relative error 0\.0e\+0 \(measured: fake\)\nDIFFERS wrong: y relative error \d\.\de-\d, allowed 1\.0e-4 \(measured: fake\)\n$/);
    expect(mixed.err).to.equal('If the references are themselves no closer, as those of a model in half precision or quantised: --atol 2e-3, say, is the most that any element may be off\n');
    expect(await world.cli('verify', 'small.graph', 'wrong', '--atol', '1.5')).to.deep.equal({ code: 0, err: '', out: 'agrees  wrong: y largest difference 1.0e+0 (measured: fake)\n' });
    expect(await world.cli('verify', 'small.graph', 'wrong', '--atol', '0.5')).to.deep.equal({ code: 1, err: '', out: 'DIFFERS wrong: y largest difference 1.0e+0, allowed 5.0e-1 (measured: fake)\n' });
    await world.cli('compile', 'small.graph', '--untuned', '-o', 'out');
    expect((await world.cli('verify', 'out', 'right')).code).to.equal(0);
    writeCase('small', fromNumbers('f32', [2], [1, 2]), answer);
    expect(await world.cli('verify', 'out', 'small')).to.deep.equal({ code: 3, out: '', err: 'loopsmith: input "x" is f32 [2]; f32 [1,2,2,3] was expected; sizes were fixed when the model was compiled\n' });
  });

  it('says of a check that was stopped that nothing was checked, and names no folder that nobody named', async () => {
    start({
      plugins: [
        bind('stopping', [
          HardwarePlugin,
          {
            ...fakeHardware().plugin,
            id: 'stopping',
            package: () => Promise.resolve(fail({ code: 'cancelled', stage: 'compile', message: 'a folder is as it was before' })),
          },
        ]),
      ],
    });
    writeCase('right', image, answer);
    expect(await world.cli('verify', 'small.graph', 'right', '--target', 'stopping:host')).to.deep.equal({
      code: 130, out: '', err: 'loopsmith: stopped before the model was compiled: nothing was checked; the same command begins again\n',
    });
    expect(await world.cli('compile', 'small.graph', '--target', 'stopping:host', '--untuned', '-o', 'out')).to.deep.equal({ code: 130, out: '', err: 'loopsmith: a folder is as it was before\n' });
    expect(existsSync(join(world.folder, 'out'))).to.equal(false);
  });

  it('does it all with one command', async () => {
    const { code, out } = await world.cli('start', 'small.graph', '--trials', '30');
    expect(code).to.equal(0);
    // again it says what it goes on from
    expect((await world.cli('start', 'small.graph', '--trials', '30')).out.split('\n')[1]).to.match(/^Goes on from [1-9]\d* earlier records in \.loopsmith\/records\.jsonl$/);
    expect(out).to.match(/^small: \d kernel calls?, (\d) tasks? for x86-avx:plain\n\1 of \1 tasks? found tuned\nRight answer y: relative error 0\.0e\+0 against the untuned library\nMean inference time \(std dev\): 1\.00 ms \(0\.000 ms\)\nUntuned: 1\.00 ms \(0\.000 ms\), no slower beyond noise\n\d+\.\d GFLOPS, \d+ % of the 8 GFLOPS that 1 core should reach by the target's figures\nReport: \.loopsmith\/small\.html, to look at in a browser\nLibrary: \.loopsmith\/small\n$/);
  });

  it('lists targets, what they can here, and the command that brings what is missing', async () => {
    start({ requirements: [
      { what: 'plain-gcc', purpose: 'build', found: 'plain-gcc 12', install: 'apt-get install plain-gcc' },
      { what: 'plain-qemu', isas: ['plain'], purpose: 'answers', found: null, install: 'apt-get install plain-qemu' },
      { what: 'a plain CPU', purpose: 'measure', found: null, install: 'none: this CPU is fancy' },
    ] });
    expect((await world.cli('targets')).out).to.equal([
      'x86-avx: plain', '  here: builds all; checks answers none; measures none',
      '  found   to build: plain-gcc (plain-gcc 12)', '  MISSING to check answers: plain-qemu; apt-get install plain-qemu', '  MISSING to measure: a plain CPU; none: this CPU is fancy', '',
    ].join('\n'));
    expect(JSON.parse((await world.cli('targets', '--json')).out)).to.deep.include({ plugin: 'x86-avx', isas: ['plain'] });
    expect((await world.cli('doctor')).out).to.include('ok    targets   x86-avx builds all; checks answers none; measures none; `loopsmith targets` says what is missing\n');
  });

  it('measures nothing where nothing can be built', async () => {
    start({ requirements: [
      { what: 'plain-gcc', purpose: 'build', found: null, install: 'apt-get install plain-gcc' },
      { what: 'a plain CPU', purpose: 'measure', found: 'plain', install: 'none' },
    ] });
    expect((await world.cli('targets')).out).to.include('  here: builds none; checks answers none; measures none\n  MISSING to build: plain-gcc; apt-get install plain-gcc\n');
  });

  it('examines the machine', async () => {
    const { out } = await world.cli('doctor');
    expect(out).to.match(/^ok {4}node {6}\d+\.\d+\.\d+\n(?:ok {4}|FAULT ) *gcc .*\nok {4}plugins {3}text, x86-avx, random, best-first, analytical, gbt\nok {4}cpu {7}.*, x86-avx:plain, caches 32 KiB, 512 KiB, 8192 KiB\nok {4}targets {3}x86-avx builds all; checks answers all; measures all\nok {4}cores {5}2, some build while others are measured\nok {4}locks {5}in .*\nok {4}state {5}FOLDER\/\.loopsmith\n$/);
    const denied = start({ get requirements(): never { throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'mkdtemp', path: '/kept/probe' }); } });
    const found = await denied.cli('doctor');
    expect([found.code, found.out.split('\n').filter((line) => line.startsWith('FAULT')), found.out.includes('\nok    state ')])
      .to.deep.equal([1, ['FAULT targets   /kept/probe cannot be written (EACCES); name a place that exists and that you may write'], true]);
    const broken = start({ plugins: [{ name: './mine.js', load: () => Promise.reject(new Error('no such device')) }] });
    const faults = await broken.cli('doctor');
    expect(faults.code).to.equal(1);
    expect(faults.out).to.include('FAULT plugins   plugin ./mine.js could not be loaded: no such device; mend it or leave it out\n');
  });
});
