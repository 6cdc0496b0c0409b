/** A space nobody has to build: 432 points of which some make no schedule and some fail, with a known optimum and a draft that is wrong in a known way. */
import { everyPoint, type Choice, type Draft, type Observation, type Point, type Predictor, type Space } from '@loopsmith/contracts';
import { fail, succeed } from '@loopsmith/util';

const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const choices: readonly Choice[] = [
  { name: 'a', kind: 'ordinal', values }, { name: 'b', kind: 'ordinal', values }, { name: 'c', kind: 'categorical', values: ['x', 'y', 'z'] },
];

/** Milliseconds of a point; 1 is the least, at a 9, b 4, c y. */
export const madeUpTruth = (point: Point): number => 1 + (Number(point['a']) - 9) ** 2 + (Number(point['b']) - 4) ** 2 + (point['c'] === 'y' ? 0 : 20);
export const madeUpLegal = (point: Point): boolean => (Number(point['a']) + Number(point['b'])) % 5 !== 0;
export const madeUpLegalPoints: readonly Point[] = [...everyPoint(choices)].filter(madeUpLegal);

/** The truth, but slower the larger a is; features are the choices and a square of them, enough to learn the truth from. */
const draftOf = (point: Point): Draft => ({
  milliseconds: madeUpTruth(point) * (1 + Number(point['a']) / 10), refused: madeUpLegal(point) ? null : 'a and b add up to a multiple of five',
  features: Float64Array.of(Number(point['a']), Number(point['b']), ['x', 'y', 'z'].indexOf(String(point['c'])), Number(point['a']) * Number(point['b'])),
});

/** Its schedules are empty: what is tested here never looks at steps. */
export const madeUpSpace: Space = {
  id: 'made up 1', choices,
  schedule: (point) => (madeUpLegal(point) ? succeed([]) : fail({ code: 'schedule-illegal', stage: 'schedule', message: 'a and b add up to a multiple of five; take others' })),
  draft: draftOf,
  untuned: () => ({ a: 1, b: 1, c: 'x' }),
};

/** The draft's milliseconds, Infinity for what it refuses. */
export const madeUpPredictor: Predictor = (points) =>
  Float64Array.from(points, (point) => {
    const { milliseconds, refused } = draftOf(point);
    return refused === null ? milliseconds : Infinity;
  });

/** What happens when points are measured: every point with a 3 fails. */
export const madeUpResults = (points: readonly Point[]): readonly Observation[] =>
  points.map((point) => (point['a'] === 3 ? { point, milliseconds: null, failure: 'wrong-answer' } : { point, milliseconds: madeUpTruth(point), failure: null }));
