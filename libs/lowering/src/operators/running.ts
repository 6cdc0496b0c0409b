/**
 * Running sums and products: every element joined with all before it along an axis. No step of a definition waits for another point of its own stage, so runs
 * within blocks are joined with what comes before their block, which is found of the blocks' totals in the same way. Blocks along the last axis, whose elements lie
 * together, are a vector or two, along others four elements.
 */
import { add, build, constant, floorDivide, modulo, plus, scale, subtract, type Index, type Input, type Stage, type Value } from '@loopsmith/ir';
import { axesOver, axisOf } from './axes.js';
import { definitionOf, operator, shapeText } from './operator.js';

/** Elements of a block along the last axis, and along others. */
const long = 16, short = 4;

/**
 * Y[.., o, ..] = X[.., 0, ..] .. X[.., o, ..] added up or multiplied. Inputs: X; I = 0, 1, 2, .. 15 of i32. Attributes: axis (0), by add | multiply,
 * reverse (false): X[o] and what follows it, exclusive (false): without X[o]. An element meets only what counts it, so that an infinity spoils no more than it must.
 * Source: ONNX operator CumSum.
 */
export const running = operator((reading) => {
  const X = reading.input(0, 'X'), I = reading.input(1, 'I'), axis = axisOf(reading, reading.number('axis', 0), X.shape.length);
  const by = reading.word('by', ['add', 'multiply']), reverse = reading.flag('reverse', false), exclusive = reading.flag('exclusive', false);
  if (I.dtype !== 'i32' || I.shape.join() !== String(long)) return reading.refuse(`reads I of ${I.dtype}[${I.shape.join(',')}]; expected i32[${long}]`);
  const isLast = X.shape.slice(axis + 1).every((extent) => extent === 1);
  const stages = stagesOf({ X, I, axis, by, reverse }, isLast ? runsInLanes : runsInTurn, exclusive);
  return { definition: definitionOf('running', [X, I], stages), label: `running_${by} ${shapeText(X.shape)} axis ${axis}` };
});

interface Runs { readonly X: Input; readonly I: Input; readonly axis: number; readonly by: 'add' | 'multiply'; readonly reverse: boolean }
/** One level: X, or the totals of the blocks of the level before. `without`: an element does not count itself. */
interface Level extends Runs { readonly from: Input | Stage; readonly extent: number; readonly number: number; readonly without: boolean }
/** The runs within blocks, at each point of the level's shape, and the blocks' totals at each of their places; `stage` is what both read. */
interface InBlocks { readonly size: number; readonly stage: Stage | null; readonly run: (at: readonly Index[]) => Value; readonly total: (at: readonly Index[]) => Value }

const nothing = ({ by, X }: Runs): Value => build.literal(by === 'add' ? 0 : 1, X.dtype);
const along = ({ axis }: Runs, at: readonly Index[], place: Index): readonly Index[] => at.map((index, i) => (i === axis ? place : index));
const shapeOf = ({ X, axis }: Runs, extent: number): readonly number[] => X.shape.map((each, i) => (i === axis ? extent : each));
/** The element at a place along the axis, where it counts; places beyond the end do not. */
const element = (level: Level, at: readonly Index[], place: Index, size: number, when: readonly Index[] = []): Value => {
  const guard = [...when, ...(level.extent % size === 0 ? [] : [subtract(constant(level.extent - 1), place)])], load = build.load(level.from, ...along(level, at, place));
  return guard.length === 0 ? load : build.select(guard, load, nothing(level));
};

const stagesOf = (runs: Runs, inBlocks: (level: Level) => InBlocks, exclusive: boolean): readonly Stage[] => {
  const stages: Stage[] = [], made = (stage: Stage): Stage => { stages.push(stage); return stage; };
  const runsOf = (level: Level): Stage => {
    const { extent, number } = level, { size, stage, run, total } = inBlocks(level), [at, axes] = axesOver(shapeOf(runs, extent));
    if (stage) made(stage);
    const blocks = Math.ceil(extent / size), { dtype } = runs.X;
    if (blocks === 1) return made(build.stage(`R${number}`, dtype, axes, run(at)));
    const [each, wholes] = axesOver(shapeOf(runs, blocks)), T = made(build.stage(`T${number}`, dtype, wholes, total(each)));
    const before = runsOf({ ...level, from: T, extent: blocks, number: number + 1, without: true });
    return made(build.stage(`R${number}`, dtype, axes, build.binary(runs.by, run(at), build.load(before, ...along(runs, at, floorDivide(at[runs.axis]!, size))))));
  };
  runsOf({ ...runs, from: runs.X, extent: runs.X.shape[runs.axis]!, number: 0, without: exclusive });
  return stages;
};

/** A sum over the elements of a block for each of its lanes, which counts those that are not behind it: no lane waits for another. */
const runsInLanes = (level: Level): InBlocks => {
  const { X, I, axis, by, reverse, extent, number, without } = level, [inBlock, axes] = axesOver([...shapeOf(level, Math.ceil(extent / long)), long]);
  const [[other], others] = axesOver([long], ['j']), lane = inBlock.at(-1)!, of = (block: Index, at: Index): Index => add(scale(block, long), at);
  const compare = reverse ? (without ? '>' : '>=') : without ? '<' : '<=';
  const counted = build.choose(build.load(I, other!), compare, build.load(I, lane), element(level, inBlock.slice(0, -1), of(inBlock[axis]!, other!), long), nothing(level));
  const B = build.stage(`B${number}`, X.dtype, axes, counted, build.over(by === 'add' ? 'sum' : 'product', others, X.dtype)), last = constant(reverse ? 0 : long - 1);
  return {
    size: long, stage: B,
    run: (at) => build.load(B, ...along(level, at, floorDivide(at[axis]!, long)), modulo(at[axis]!, long)),
    total: (at) => {
      const run = build.load(B, ...at, last);
      return without ? build.binary(by, run, element(level, at, of(at[axis]!, last), long)) : run;
    },
  };
};

/** Element by element, each where the place within the block says that it counts. */
const runsInTurn = (level: Level): InBlocks => {
  const { axis, by, reverse, without } = level, places = Array.from({ length: short }, (_, i) => i);
  const joined = (at: readonly Index[], block: Index, when: (place: number) => readonly Index[]): Value =>
    places.map((place) => element(level, at, plus(scale(block, short), place), short, when(place))).reduce((run, next) => build.binary(by, run, next));
  const counts = (own: Index, place: number): Index => plus(reverse ? subtract(constant(place), own) : plus(own, -place), without ? -1 : 0);
  return {
    size: short, stage: null,
    run: (at) => joined(at, floorDivide(at[axis]!, short), (place) => [counts(modulo(at[axis]!, short), place)]),
    total: (at) => joined(at, at[axis]!, () => []),
  };
};
