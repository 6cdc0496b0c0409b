/** Runs proposed again without hardware: the same proposals for every strategy and for every cost model, and a log that lies is found out. */
import { createHost } from '@loopsmith/host';
import { parseRunLog, printLogEntry, replay, type RunLogEntry } from '@loopsmith/stages';
import { fakeHardware, fakeTask, tuneOnce } from '@loopsmith/stages/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInPlugins } from './plugins.js';
import { fakeWorld } from './testing/fake-world.js';

const text = (entries: readonly RunLogEntry[]): string => entries.map((entry) => `${printLogEntry(entry)}\n`).join('');
const host = unwrap(await createHost(builtInPlugins.filter(({ name }) => /search-|cost-model-/.test(name))));
const strategies = unwrap(await host.strategies.all()), models = unwrap(await host.costModels.all());

/** A strategy and a model know each other by scores and observations alone: each of both is tried, with one of the other kind. */
const pairs = [
  ...strategies.map((strategy) => ({ strategy, model: models.find(({ id }) => id === 'gbt')! })),
  ...models.filter(({ id }) => id !== 'gbt').map((model) => ({ strategy: strategies.find(({ id }) => id === 'best-first')!, model })),
];

describe('replay', () => {
  for (const { strategy, model } of pairs)
    it(`proposes the same as the log of ${strategy.id}+${model.id}`, async () => {
      const { entries } = await tuneOnce({ tasks: [fakeTask(100), fakeTask(10_000, 3)], strategy, model, budget: { kind: 'trials', trials: 60 }, fake: { noise: 0.1, delays: { build: (n) => n % 3, measure: (n) => n % 2 } } });
      const again = await replay(unwrap(parseRunLog(text(entries), 'log')), { hardware: fakeHardware().plugin, strategy, model });
      expect(again.differences).to.deep.equal([]);
      expect(again.batches).to.be.greaterThan(8);
      expect(again.proposals).to.be.at.least(60);
    });

  it('finds a proposal that does not follow from the log, by the command line too', async () => {
    const world = fakeWorld();
    try {
      const { entries } = await tuneOnce({ strategy: unwrap(await host.strategies.get('random')), model: unwrap(await host.costModels.get('analytical')) });
      const log = text(entries.map((entry) => (entry.entry === 'run' ? { ...entry, hardware: 'x86-avx' } : entry)));
      writeFileSync(join(world.folder, 'run.jsonl'), log);
      const same = await world.cli('replay', 'run.jsonl', '--verify');
      expect(same.code).to.equal(0);
      expect(same.out).to.match(/^random\+analytical, seed 1: \d+ batches, 40 proposals, all the same\n$/);
      writeFileSync(join(world.folder, 'other.jsonl'), log.replace('"seed":1', '"seed":2'));
      const other = await world.cli('replay', 'other.jsonl', '--verify');
      expect(other.code).to.equal(1);
      expect(other.out).to.match(/^DIFFERS task [0-9a-f]{16}, batch 1: proposal \d is \{"inner":\d+,"order":"\w+","outer":\d+\}, the log has \{"inner":\d+,"order":"\w+","outer":\d+\}\n/);
      expect(other.out).to.match(/\nrandom\+analytical, seed 2: \d+ batches, 40 proposals, \d different\n$/);
      // a log that has one proposal more than follows from it, at the end of its last batch
      const last = entries.findLast((entry) => entry.entry === 'proposed')!, more = { ...last, points: [...last.points, { outer: 1, inner: 1, order: 'none' }] };
      writeFileSync(join(world.folder, 'more.jsonl'), log.replace(`${printLogEntry(last)}\n`, `${printLogEntry(more)}\n`));
      expect((await world.cli('replay', 'more.jsonl')).out).to.match(new RegExp(`^DIFFERS task ${last.task}, batch ${last.batch}: proposal ${more.points.length} is none, the log has \\{"inner":1,"order":"none","outer":1\\}\n`));
    } finally {
      world.remove();
    }
  });

  it('refuses what is no log, with the way out', async () => {
    const world = fakeWorld();
    try {
      writeFileSync(join(world.folder, 'records.jsonl'), '{"v":1,"id":"x"}\n');
      writeFileSync(join(world.folder, 'torn.jsonl'), '{"entry":"run","v":1}\n{"entry":');
      expect((await world.cli('replay', 'records.jsonl')).err).to.equal('loopsmith: records.jsonl is not the log of a run; give one that `loopsmith tune --log` wrote\n');
      expect((await world.cli('replay', 'torn.jsonl')).err).to.equal('loopsmith: torn.jsonl:2: is no JSON; give the log that `loopsmith tune --log` wrote, whole\n');
      expect((await world.cli('replay', 'none.jsonl')).err).to.equal('loopsmith: there is no log none.jsonl; write one with `loopsmith tune --log none.jsonl`\n');
    } finally {
      world.remove();
    }
  });

  it('keeps infinities, which definitions have and JSON has not', () => {
    const entry: RunLogEntry = { entry: 'observed', task: 't', batch: 1, observations: [{ point: { a: -Infinity, b: Infinity }, milliseconds: 1, failure: null }] };
    const [, read] = unwrap(parseRunLog(`{"entry":"run","v":1}\n${printLogEntry(entry)}\n`, 'log'));
    expect(read).to.deep.equal(entry);
  });
});
