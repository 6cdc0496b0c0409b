/** What every search strategy keeps: legal points of the space, none twice, a function of seed and results, patient with failures, done when the space is. */
import { pointKey, type Observation, type Point, type Predictor, type SearchSession, type SearchStrategy, type Space } from '@loopsmith/contracts';
import { seededRandom, succeed } from '@loopsmith/util';
import { demand, demandSame, type Check } from './check.js';
import { madeUpLegal, madeUpLegalPoints, madeUpPredictor, madeUpResults, madeUpSpace, madeUpTruth } from './made-up-space.js';

const BATCH = 16;
const key = (point: Point): string => pointKey(madeUpSpace.choices, point);
const start = (strategy: SearchStrategy, seed: number, space: Space = madeUpSpace): SearchSession => strategy.start({ space, random: seededRandom(seed) });

/** Rounds as a run has them: batch r is proposed before the results of batch r-1 are known. */
const rounds = (
  session: SearchSession,
  batches: number,
  results: (points: readonly Point[]) => readonly Observation[] = madeUpResults,
  predict: Predictor = madeUpPredictor,
): readonly Point[] => {
  const proposed: (readonly Point[])[] = [];
  for (let batch = 0; batch < batches; batch++) {
    if (batch >= 2) session.observe(results(proposed[batch - 2]!));
    proposed.push(session.propose(BATCH, predict));
  }
  return proposed.flat();
};
const untilDone = Math.ceil(madeUpLegalPoints.length / BATCH) + 3;

/** For any strategy, deterministic ones included. Give `strategy` fresh or not: sessions may share nothing. */
export const strategyChecks = (strategy: SearchStrategy): readonly Check[] => [
  {
    name: 'proposes legal points of the space only, none twice, until there are no more',
    run: () => {
      const points = rounds(start(strategy, 1), untilDone);
      for (const point of points) {
        demand(
          madeUpSpace.choices.every(({ name, values }) => values.includes(point[name]!)) && Object.keys(point).length === madeUpSpace.choices.length,
          `${JSON.stringify(point)} is no point of the space; take each value from its choice`,
        );
        demand(madeUpLegal(point), `${key(point)} was proposed although its prediction is Infinity; such a point must not be built`);
      }
      demandSame(points.length - new Set(points.map(key)).size, 0, 'points proposed twice');
      demandSame(points.length, madeUpLegalPoints.length, 'points proposed until the space was exhausted');
    },
  },
  {
    name: 'never proposes more than it was asked for, and proposes when asked for one',
    run: () => {
      const session = start(strategy, 2);
      for (const count of [1, 1, 3, 16, 1]) {
        const points = session.propose(count, madeUpPredictor);
        demand(points.length > 0 && points.length <= count, `${points.length} points proposed where ${count} were asked for and ${madeUpLegalPoints.length} are left`);
        session.observe(madeUpResults(points));
      }
    },
  },
  {
    name: 'proposes the same for the same seed and results, whatever other searches do meanwhile',
    run: () => {
      const alone = rounds(start(strategy, 5), 8);
      const first = start(strategy, 5), second = start(strategy, 6);
      const waiting: (readonly Point[])[] = [], interleaved: Point[] = [];
      for (let batch = 0; batch < 8; batch++) {
        if (batch >= 2) first.observe(madeUpResults(waiting[batch - 2]!));
        const other = second.propose(BATCH, madeUpPredictor);
        waiting.push(first.propose(BATCH, madeUpPredictor));
        interleaved.push(...waiting.at(-1)!);
        second.observe(madeUpResults(other));
      }
      demandSame(interleaved.map(key), alone.map(key), 'proposals beside another search');
    },
  },
  {
    name: 'does not propose what it was told of',
    run: () => {
      const told = rounds(start(strategy, 5), 1);
      const session = start(strategy, 5);
      session.observe(madeUpResults(told));
      const twice = session.propose(BATCH, madeUpPredictor).map(key).filter((one) => told.map(key).includes(one));
      demandSame(twice, [], 'points proposed that were observed before');
    },
  },
  {
    name: 'goes on when every candidate fails, and when all predictions are equal',
    run: () => {
      const failing = rounds(start(strategy, 3), untilDone, (points) => points.map((point) => ({ point, milliseconds: null, failure: 'build-failed' })));
      demandSame(failing.length, madeUpLegalPoints.length, 'points proposed although all failed');
      const flat: Predictor = (points) => Float64Array.from(points, (point) => (madeUpLegal(point) ? 1 : Infinity));
      demandSame(rounds(start(strategy, 3), untilDone, madeUpResults, flat).length, madeUpLegalPoints.length, 'points proposed by a model that says nothing');
    },
  },
  {
    name: 'ends in a space of one point, and in one without a legal point',
    run: () => {
      const single: Space = { ...madeUpSpace, choices: [{ name: 'a', kind: 'ordinal', values: [1] }], schedule: () => succeed([]), untuned: () => ({ a: 1 }) };
      const session = start(strategy, 1, single), one: Predictor = (points) => new Float64Array(points.length).fill(1);
      demandSame(session.propose(4, one), [{ a: 1 }], 'proposals in a space of one point');
      demandSame(session.propose(4, one), [], 'proposals after the only point');
      demandSame(start(strategy, 1).propose(4, (points) => new Float64Array(points.length).fill(Infinity)), [], 'proposals where every prediction is Infinity');
    },
  },
  {
    name: 'changes nothing that it is handed',
    run: () => {
      const frozen: Space = { ...madeUpSpace, choices: madeUpSpace.choices.map((choice) => Object.freeze({ ...choice, values: Object.freeze([...choice.values]) })) };
      Object.freeze(frozen.choices);
      rounds(start(strategy, 1, frozen), 6, (points) => Object.freeze(madeUpResults(points).map((one) => Object.freeze({ ...one, point: Object.freeze({ ...one.point }) }))));
    },
  },
];

/** For strategies that learn from results. */
export const learningStrategyChecks = (strategy: SearchStrategy): readonly Check[] => [
  {
    name: 'comes near the optimum of a smooth space with a wrong model in a quarter of the points, on average over seeds',
    run: () => {
      const batches = Math.floor(madeUpLegalPoints.length / 4 / BATCH), seeds = [1, 2, 3, 4, 5, 6, 7, 8];
      const best = seeds.map((seed) => Math.min(...rounds(start(strategy, seed), batches).filter((point) => point['a'] !== 3).map(madeUpTruth)));
      const mean = best.reduce((a, b) => a + b, 0) / seeds.length;
      demand(mean <= 4, `the best of a quarter of the points takes ${mean} ms on average over ${seeds.length} seeds; at most 4 was expected, the optimum is 1`);
    },
  },
  {
    name: 'takes other points when the results are others',
    run: () => {
      const upsideDown = (points: readonly Point[]): readonly Observation[] =>
        madeUpResults(points).map((one) => ({ ...one, milliseconds: one.milliseconds === null ? null : 1000 / one.milliseconds }));
      const right = rounds(start(strategy, 5), 6).map(key), wrong = rounds(start(strategy, 5), 6, upsideDown).map(key);
      demand(right.join() !== wrong.join(), 'proposals are the same whatever was measured');
    },
  },
];
