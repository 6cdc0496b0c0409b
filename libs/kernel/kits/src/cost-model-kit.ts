/** What every cost model keeps: predictions from the first moment, a state that is JSON, no memory of its own, and an order no worse than the draft's once it has seen results. */
import type { CostModel, Draft } from '@loopsmith/contracts';
import { canonicalJson, rankCorrelation, seededRandom, type Json } from '@loopsmith/util';
import { demand, demandSame, type Check } from './check.js';
import { madeUpLegalPoints, madeUpSpace, madeUpTruth } from './made-up-space.js';

type Example = Parameters<CostModel['fit']>[0][number];

const shuffled = madeUpLegalPoints.map((point) => ({ point, at: seededRandom(1).fork(JSON.stringify(point)).next() })).sort((p, q) => p.at - q.at).map(({ point }) => point);
const examples: readonly Example[] = shuffled.slice(0, 120).map((point) => ({ draft: madeUpSpace.draft(point), milliseconds: point['a'] === 3 ? null : madeUpTruth(point) }));
const heldOut = shuffled.slice(120).filter((point) => point['a'] !== 3);
const drafts = heldOut.map((point) => madeUpSpace.draft(point));
const refused: Draft = { ...drafts[0]!, refused: '41 live registers of 16' };

const usable = (predicted: Float64Array, count: number, when: string): void => {
  demandSame(predicted.length, count, `predictions ${when}`);
  demand(predicted.every((value) => value > 0 && Number.isFinite(value)), `a prediction ${when} is no positive finite number of milliseconds`);
};

export const costModelChecks = (model: CostModel): readonly Check[] => [
  {
    name: 'predicts before it has seen anything, and Infinity for what the draft refuses',
    run: () => {
      usable(model.predict(null, drafts), drafts.length, 'before the first fit');
      demandSame([...model.predict(null, [refused])], [null], 'prediction of a refused draft, Infinity being null in JSON');
      demandSame([...model.predict(model.fit(examples), [refused, refused])], [null, null], 'predictions of refused drafts after a fit');
      demandSame(model.predict(null, []).length, 0, 'predictions of nothing');
    },
  },
  {
    name: 'makes of equal examples equal states, which are JSON and predict the same after a journey',
    run: () => {
      const state = model.fit(examples), text = canonicalJson(state);
      demandSame(canonicalJson(model.fit(examples.map((one) => ({ ...one })))), text, 'the state of a second fit');
      demandSame([...model.predict(JSON.parse(text) as Json, drafts)], [...model.predict(state, drafts)], 'predictions of a state that was written and read');
    },
  },
  {
    name: 'predicts each draft by itself, in any order and company',
    run: () => {
      const state = model.fit(examples), all = [...model.predict(state, drafts)];
      demandSame([...model.predict(state, drafts.toReversed())].reverse(), all, 'predictions in reverse order');
      demandSame(drafts.slice(0, 20).map((draft) => model.predict(state, [draft])[0]), all.slice(0, 20), 'predictions one by one');
    },
  },
  {
    name: 'remembers nothing between calls',
    run: () => {
      const before = canonicalJson(model.fit(examples.slice(0, 60)));
      model.fit(examples.toReversed());
      demandSame(canonicalJson(model.fit(examples.slice(0, 60))), before, 'the state of a fit after another fit');
    },
  },
  {
    name: 'fits nothing, one example, one time for all, and failures alone',
    run: () => {
      const few: readonly (readonly Example[])[] = [
        [],
        examples.slice(0, 1),
        examples.map((one) => ({ ...one, milliseconds: null })),
        examples.map((one) => ({ ...one, milliseconds: 2 })),
      ];
      for (const given of few) usable(model.predict(model.fit(given), drafts), drafts.length, `after ${given.length} examples`);
    },
  },
  {
    name: 'orders what it has not seen at least as well as the draft does',
    run: () => {
      const truth = heldOut.map(madeUpTruth);
      const own = rankCorrelation(model.predict(model.fit(examples), drafts), truth), plain = rankCorrelation(drafts.map(({ milliseconds }) => milliseconds), truth);
      demand(own >= plain - 0.02, `rank correlation ${own.toFixed(3)} on held-out points, the draft's own is ${plain.toFixed(3)}`);
    },
  },
  {
    name: 'changes no example',
    run: () => {
      const text = JSON.stringify(examples);
      model.fit(Object.freeze(examples.map((one) => Object.freeze({ ...one }))));
      demandSame(JSON.stringify(examples) === text, true, 'the examples are as before');
    },
  },
];

/** Seeded examples whose time depends on three features of many, on one of them against the draft. */
export const misleadingExamples = (count: number, features: number, seed: number): readonly { readonly draft: Draft; readonly milliseconds: number }[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const row = Float64Array.from({ length: features }, () => Math.round(random.next() * 64) / 8);
    const time = 1 + Math.abs(row[0]! - 3) + (row[1]! > 4 ? 2 : 0) * row[2]!;
    return { draft: { milliseconds: 1 + Math.abs(row[0]! - 5), refused: null, features: row }, milliseconds: time };
  });
};

/** Of a model that learns from the features of drafts. `least`: the rank correlation that is expected of it where the draft's own is below a half. */
export const learningModelChecks = (model: CostModel, least: number): readonly Check[] => {
  const [seen, unseen] = [misleadingExamples(300, 12, 1), misleadingExamples(300, 12, 2)];
  return [
    {
      name: 'learns what the draft has wrong',
      run: () => {
        const found = rankCorrelation(model.predict(model.fit(seen), unseen.map(({ draft }) => draft)), unseen.map(({ milliseconds }) => milliseconds));
        demand(found > least, `rank correlation ${found.toFixed(3)} on what it has not seen; more than ${least} was expected`);
      },
    },
    {
      name: 'predicts times of the right size',
      run: () => {
        const predicted = model.predict(model.fit(seen), seen.map(({ draft }) => draft));
        const ratios = seen.map(({ milliseconds }, i) => predicted[i]! / milliseconds).sort((a, b) => a - b), middle = ratios[ratios.length >> 1]!;
        demand(middle > 0.8 && middle < 1.25, `what it has seen it predicts to take ${middle.toFixed(2)} times as long as it took, in the median; 0.8 to 1.25 was expected`);
      },
    },
  ];
};
