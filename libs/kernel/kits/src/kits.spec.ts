/** The kits themselves: a plugin that breaks a rule is caught by the check that is named after it. */
import { everyPoint, type CostModel, type RecordStoreFactory, type SearchStrategy } from '@loopsmith/contracts';
import { fail, succeed } from '@loopsmith/util';
import { expect } from 'chai';
import { costModelChecks, learningModelChecks, learningStrategyChecks, madeUpSpace, recordStoreChecks, strategyChecks, type Check } from './index.js';

/** Names of the checks that fail, with what they say. */
const complaints = async (checks: readonly Check[]): Promise<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (const { name, run } of checks) {
    try { await run(); } catch (error) { found[name] = (error as Error).message; }
  }
  return found;
};
const strategy = (make: () => ReturnType<SearchStrategy['start']>): SearchStrategy => ({ id: 'bad', start: make });

const points = [...everyPoint(madeUpSpace.choices)];

describe('strategy kit', () => {
  it('catches one that proposes everything, legal or not', async () => {
    const found = await complaints(strategyChecks(strategy(() => { let at = 0; return { propose: (count) => points.slice(at, (at += count)), observe: () => undefined }; })));
    expect(found['proposes legal points of the space only, none twice, until there are no more']).to.equal('1|4|x was proposed although its prediction is Infinity; such a point must not be built');
    expect(found['does not propose what it was told of']).to.match(/^points proposed that were observed before: expected \[\], found \["1\|1\|x",/);
  });

  it('catches one that shares state between searches, and one that learns nothing', async () => {
    let at = 0;
    const shared = strategy(() => ({ propose: (count) => points.slice(at, (at += count)), observe: () => undefined }));
    expect(Object.keys(await complaints(strategyChecks(shared)))).to.include('proposes the same for the same seed and results, whatever other searches do meanwhile');
    const deaf = strategy(() => { let next = 0; return { propose: (count) => points.slice(next, (next += count)), observe: () => undefined }; });
    expect(Object.values(await complaints(learningStrategyChecks(deaf)))).to.deep.equal(['the best of a quarter of the points takes 50 ms on average over 8 seeds; at most 4 was expected, the optimum is 1', 'proposals are the same whatever was measured']);
  });
});

describe('cost model kit', () => {
  it('catches one with a memory, one that forgets refusals, and one that turns the order around', async () => {
    let fits = 0;
    const bad: CostModel = { id: 'bad', fit: () => fits++, predict: (_, drafts) => Float64Array.from(drafts, ({ milliseconds }) => 1 / milliseconds) };
    const found = await complaints(costModelChecks(bad));
    expect(found['remembers nothing between calls']).to.match(/^the state of a fit after another fit: expected/);
    expect(found['predicts before it has seen anything, and Infinity for what the draft refuses']).to.match(/^prediction of a refused draft, Infinity being null in JSON: expected \[null\]/);
    expect(found['orders what it has not seen at least as well as the draft does']).to.match(/^rank correlation -0\.\d+ on held-out points, the draft's own is 0\.\d+$/);
  });

  it('catches one that learns nothing', async () => {
    const deaf: CostModel = { id: 'deaf', fit: () => 0, predict: (_, drafts) => Float64Array.from(drafts, ({ milliseconds }) => milliseconds / 4) };
    expect(Object.values(await complaints(learningModelChecks(deaf, 0.5)))).to.deep.equal([
      'rank correlation 0.027 on what it has not seen; more than 0.5 was expected',
      'what it has seen it predicts to take 0.13 times as long as it took, in the median; 0.8 to 1.25 was expected',
    ]);
  });
});

describe('record store kit', () => {
  it('catches one that keeps nothing', async () => {
    const forgetful: RecordStoreFactory = {
      id: 'bad',
      open: (path) => Promise.resolve(path.includes('/below') ? fail({ code: 'records-unreadable', stage: 'records', message: 'no' }) : succeed({ append: () => Promise.resolve(), all: () => [], ofTask: () => [], faults: [], close: () => Promise.resolve() })),
    };
    const found = await complaints(recordStoreChecks(forgetful, () => 'nowhere'));
    expect(Object.keys(found)).to.deep.equal(['keeps every kind of record whole, in order, over a close and an open', 'writes an id once, whoever appends it and however often', 'keeps many appends that are not waited for one by one', 'answers an open that cannot be with a failure, not with an exception']);
    expect(found['answers an open that cannot be with a failure, not with an exception']).to.equal('the failure does not name the path: no');
  });
});
