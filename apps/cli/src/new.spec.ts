/** `loopsmith new` and the guide: what is written works as it is, passes the kit, is loaded by path, and is refused in whole words when it cannot be written. */
import type { CostModel, Draft, HardwarePlugin, SearchStrategy } from '@loopsmith/contracts';
import { readNpy, writeNpy } from '@loopsmith/npy';
import { unwrap } from '@loopsmith/util';
import { costModelChecks, hardwareChecks, learningStrategyChecks, strategyChecks } from '@loopsmith/kits';
import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { printRecordedSpace } from '@loopsmith/comparison';
import { madeUpLegalPoints, madeUpSpace, madeUpTruth } from '@loopsmith/kits';
import { fakeWorld, smallModel, type FakeWorld } from './testing/fake-world.js';

const here = fileURLToPath(new URL('..', import.meta.url));

/** As `npm install loopsmith` leaves it. */
const installedWorld = (): FakeWorld => {
  const world = fakeWorld();
  mkdirSync(join(world.folder, 'node_modules'));
  symlinkSync(here, join(world.folder, 'node_modules', 'loopsmith'));
  return world;
};

describe('loopsmith new search-strategy', () => {
  let world: FakeWorld;
  beforeEach(() => { world = installedWorld(); });
  afterEach(() => world.remove());
  const load = async (file: string): Promise<Record<string, unknown>> => (await import(pathToFileURL(join(world.folder, file)).href)) as Record<string, unknown>;

  it('writes a strategy that passes the kit and says how to go on', async () => {
    const { code, out } = await world.cli('new', 'search-strategy', 'hill');
    expect(code).to.equal(0);
    expect(out).to.equal(`Wrote hill/: package.json, index.js, index.test.js
Go on with:
  $ node --test hill/index.test.js
  $ npx loopsmith compare-strategies --plugin ./hill/index.js --pair annealing+gbt --pair hill+gbt
  $ npx loopsmith tune model.onnx --plugin ./hill/index.js --strategy hill
`);
    const { strategy } = await load('hill/index.js') as { strategy: SearchStrategy };
    for (const { run } of [...strategyChecks(strategy), ...learningStrategyChecks(strategy)]) await run();
    expect(readFileSync(join(world.folder, 'hill/index.js'), 'utf8').split('\n').length).to.be.lessThan(40);
  });

  it('refuses a name that is none and a folder that is there', async () => {
    expect((await world.cli('new', 'search-strategy', 'Hill Climb')).err).to.equal('loopsmith: "Hill Climb" cannot name a plugin; give lower-case words with dashes between, such as hill-climbing\n');
    await world.cli('new', 'search-strategy', 'hill');
    expect(await world.cli('new', 'search-strategy', 'hill')).to.deep.equal({ code: 3, out: '', err: 'loopsmith: there is something called hill here already; choose another name or remove it\n' });
  });

  const writeMadeUpSpace = (): void => {
    const environment = { cpu: 'fake', isa: 'plain', compiler: 'none', os: 'none', threads: 1, loopsmith: '0.1.0' };
    writeFileSync(join(world.folder, 'made-up.jsonl'), printRecordedSpace({
      head: { v: 1, form: 'recorded-space', label: 'made up', task: 'key', space: 'made up 1', choices: madeUpSpace.choices, untuned: { a: 1, b: 1, c: 'x' }, protocol: '1', conditions: 'quiet', time: '2026-01-01T00:00:00.000Z', environment },
      points: madeUpLegalPoints.map((point) => ({ point, draftMilliseconds: madeUpSpace.draft(point).milliseconds, features: [...madeUpSpace.draft(point).features], buildMilliseconds: 30, measureMilliseconds: 20, samplesNs: [[1e6 * madeUpTruth(point)]], failure: null })),
    }));
  };

  it('is compared on a recorded space of one\'s own, loaded by path', async () => {
    await world.cli('new', 'search-strategy', 'hill');
    writeMadeUpSpace();
    const { code, out, err } = await world.cli('compare-strategies', '--plugin', './hill/index.js', '--pair', 'hill+analytical', '--pair', 'random+analytical', '--space', 'made-up.jsonl', '--seeds', '5', '--workers', '1', '-o', 'comparison');
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const trials = (pair: string): number => Number(new RegExp(`^${pair.replace('+', '\\+')}\\s+(\\d+)`, 'm').exec(out)![1]);
    expect(trials('hill+analytical')).to.be.lessThan(trials('random+analytical'));
    expect(out).to.match(/10 runs in [\d.]+ s\nWrote comparison: comparison\.html, ranks\.svg, 1 curves\n$/);
    expect(readFileSync(join(world.folder, 'comparison', 'comparison.html'), 'utf8')).to.include('hill+analytical');
  });

  it('is named when it throws in a comparison, also from another thread', async () => {
    writeMadeUpSpace();
    writeFileSync(join(world.folder, 'broken.mjs'), `import { ContainerModule, SearchStrategy } from 'loopsmith/plugin';
export default new ContainerModule(({ bind }) => { bind(SearchStrategy).toConstantValue({ id: 'broken', start: () => ({ propose: () => { throw new Error('no idea'); }, observe: () => undefined }) }); });\n`);
    for (const workers of ['1', '2']) {
      const { code, err } = await world.cli('compare-strategies', '--plugin', './broken.mjs', '--pair', 'broken+analytical', '--pair', 'random+analytical', '--space', 'made-up.jsonl', '--seeds', '2', '--workers', workers, '--verbose');
      expect(code).to.equal(70);
      expect(err).to.match(/^loopsmith: the search strategy "broken" threw an error in propose: no idea\nThis is a bug of that plugin; it happened here:\nError: no idea\n {4}at .*broken\.mjs/);
    }
  });

  it('ends a comparison with the reason where it ends the thread that runs it', async () => {
    writeMadeUpSpace();
    writeFileSync(join(world.folder, 'leaving.mjs'), `import { ContainerModule, SearchStrategy } from 'loopsmith/plugin';
export default new ContainerModule(({ bind }) => { bind(SearchStrategy).toConstantValue({ id: 'leaving', start: () => process.exit(5) }); });\n`);
    expect(await world.cli('compare-strategies', '--plugin', './leaving.mjs', '--pair', 'leaving+analytical', '--pair', 'random+analytical', '--space', 'made-up.jsonl', '--seeds', '2', '--workers', '2')).to.deep.equal({
      code: 70, out: '',
      err: 'loopsmith: internal error: a thread of the comparison ended with 5 in the middle of its work: most likely by a plugin that calls process.exit\nThis is a bug of Loopsmith, or of a plugin that --plugin names: --verbose shows where it happened. If that is in no plugin, please report it with the command line and this output.\n',
    });
  });

  it('has a guide whose worked example is short, passes the kit and is loaded by path', async () => {
    const guide = readFileSync(join(here, '../../docs/guides/add-a-search-strategy.md'), 'utf8');
    const example = /```js\n([^]*?)```/.exec(guide)![1]!;
    expect(example.trim().split('\n').length).to.be.lessThan(40);
    writeFileSync(join(world.folder, 'tabu.mjs'), example);
    const { tabu } = await load('tabu.mjs') as { tabu: SearchStrategy };
    for (const { run } of [...strategyChecks(tabu), ...learningStrategyChecks(tabu)]) await run();
    expect((await world.cli('compare-strategies', '--plugin', './tabu.mjs', '--pair', 'tabu+nothing', '--space', 'none.jsonl')).err).to.match(/^loopsmith: there is no cost model "nothing"; /);
  });
});

describe('loopsmith new cost-model', () => {
  let world: FakeWorld;
  beforeEach(() => { world = installedWorld(); });
  afterEach(() => world.remove());

  it('writes a model that passes the kit, guides a search and says how to go on', async () => {
    expect(await world.cli('new', 'cost-model', 'mine')).to.deep.equal({ code: 0, err: '', out: `Wrote mine/: package.json, index.js, index.test.js
Go on with:
  $ node --test mine/index.test.js
  $ npx loopsmith compare-strategies --plugin ./mine/index.js --pair best-first+gbt --pair best-first+mine
  $ npx loopsmith tune model.onnx --plugin ./mine/index.js --model mine
` });
    const { model } = (await import(pathToFileURL(join(world.folder, 'mine/index.js')).href)) as { model: CostModel };
    for (const { run } of costModelChecks(model)) await run();
    writeFileSync(join(world.folder, 'small.graph'), smallModel);
    const { code, err } = await world.cli('tune', 'small.graph', '--plugin', './mine/index.js', '--model', 'mine', '--trials', '20');
    expect(code, err).to.equal(0);
    expect(new Set(world.records().map((record) => record.model))).to.deep.equal(new Set(['mine']));
  });

  it('orders by what it learned where the draft is wrong', async () => {
    await world.cli('new', 'cost-model', 'mine');
    const { model } = (await import(pathToFileURL(join(world.folder, 'mine/index.js')).href)) as { model: CostModel };
    // the draft says the same of all; in truth four steps of the one feature double the time
    const draft = (feature: number): Draft => ({ milliseconds: 1, refused: null, features: Float64Array.of(feature) });
    const state = model.fit([0, 1, 2, 3, 4, 5, 6, 7].map((feature) => ({ draft: draft(feature), milliseconds: 2 ** (feature / 4) })));
    const [low, high] = model.predict(state, [draft(2.5), draft(6.5)]);
    expect(high! / low!).to.be.closeTo(2, 0.2);
  });
});

describe('loopsmith new hardware-plugin', () => {
  it('writes a plugin that passes the kit, compiles and runs', async () => {
    const world = fakeWorld();
    try {
      mkdirSync(join(world.folder, 'node_modules'));
      symlinkSync(here, join(world.folder, 'node_modules', 'loopsmith'));
      const { code, out } = await world.cli('new', 'hardware-plugin', 'mine');
      expect({ code, out }).to.deep.equal({ code: 0, out: `Wrote mine/: package.json, index.js, index.test.js
Go on with:
  $ node --test mine/index.test.js
  $ npx loopsmith targets --plugin ./mine/index.js
  $ npx loopsmith compile model.onnx --plugin ./mine/index.js --target mine:plain --untuned -o model
` });
      const { plugin } = (await import(pathToFileURL(join(world.folder, 'mine/index.js')).href)) as { plugin: HardwarePlugin };
      for (const { run } of hardwareChecks(plugin)) await run();
      writeFileSync(join(world.folder, 'small.graph'), 'graph small(x: f32[1,8,2,3]) -> y\n  y: f32[1,8,2,3] = relu(x)\n');
      expect((await world.cli('compile', 'small.graph', '--plugin', './mine/index.js', '--target', 'mine:plain', '--untuned', '-o', 'library')).code).to.equal(0);
      const x = Float32Array.from({ length: 48 }, (_, i) => i - 20);
      writeFileSync(join(world.folder, 'x.npy'), writeNpy({ dtype: 'f32', shape: [1, 8, 2, 3], values: x }));
      expect((await world.cli('run', 'library', '--plugin', './mine/index.js', '--input', 'x=x.npy')).code).to.equal(0);
      expect([...unwrap(readNpy(readFileSync(join(world.folder, 'y.npy')))).values]).to.deep.equal([...x.map((value) => Math.max(value, 0))]);
      expect((await world.cli('run', 'library', '--input', 'x=x.npy')).err).to.equal('loopsmith: library was compiled for mine:plain: there is no hardware plugin "mine"; there is x86-avx; name its plugin with --plugin\n');
    } finally {
      world.remove();
    }
  });
});

describe('loopsmith compare-strategies', () => {
  it('refuses what it cannot compare, in whole words', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-compare-'));
    const world = fakeWorld();
    try {
      expect((await world.cli('compare-strategies', '--pair', 'annealing', '--space', 'x.jsonl')).err).to.equal('loopsmith: "annealing" is no pair of a strategy and a cost model; write it like annealing+gbt, or autotvm+gbt@64 for batches of 64\n');
      expect((await world.cli('compare-strategies', '--pair', 'random+analytical', '--space', 'x.jsonl')).err).to.equal('loopsmith: there is no recorded space x.jsonl; make one with `loopsmith space record`\n');
    } finally {
      world.remove();
      rmSync(folder, { recursive: true });
    }
  });
});
