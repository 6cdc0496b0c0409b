/**
 * Running sums and products: every element joined with all before it along an axis. No step of a definition waits for another point of its own stage, so runs
 * are joined: along the last axis those of blocks, whose elements lie together, along others four at a time.
 */
import { add, build, constant, floorDivide, modulo, plus, scale, subtract, type Index, type Input, type Stage, type Value } from '@loopsmith/ir';
import { axesOver, axisOf } from './axes.js';
import { definitionOf, operator, shapeText } from './operator.js';

/** Elements of a block. */
const blockSize = 16;

/**
 * Y[.., o, ..] = X[.., 0, ..] .. X[.., o, ..] added up or multiplied. Inputs: X; I = 0, 1, 2, .. 15 of i32. Attributes: axis (0), by add | multiply, reverse (false): X[o] and what
 * follows it, exclusive (false): without X[o]. An element meets only what counts it, so that an infinity spoils no more than it must. Source: ONNX operator CumSum.
 */
export const running = operator((reading) => {
  const X = reading.input(0, 'X'), I = reading.input(1, 'I'), axis = axisOf(reading, reading.number('axis', 0), X.shape.length);
  const by = reading.word('by', ['add', 'multiply']), reverse = reading.flag('reverse', false), exclusive = reading.flag('exclusive', false);
  if (I.dtype !== 'i32' || I.shape.join() !== String(blockSize)) return reading.refuse(`reads I of ${I.dtype}[${I.shape.join(',')}]; expected i32[${blockSize}]`);
  const isLast = X.shape.slice(axis + 1).every((extent) => extent === 1), runs: Runs = { X, I, axis, by, reverse, exclusive };
  return { definition: definitionOf('running', [X, I], isLast ? inBlocks(runs) : fourAtATime(runs)), label: `running_${by} ${shapeText(X.shape)} axis ${axis}` };
});

interface Runs { readonly X: Input; readonly I: Input; readonly axis: number; readonly by: 'add' | 'multiply'; readonly reverse: boolean; readonly exclusive: boolean }

const identityOf = (by: Runs['by'], { dtype }: Input | Stage): Value => build.literal(by === 'add' ? 0 : 1, dtype);

/** Each stage joins four runs to one of four times the length. */
const fourAtATime = ({ X, axis, by, reverse, exclusive }: Runs): readonly Stage[] => {
  const extent = X.shape[axis]!, [at, axes] = axesOver(X.shape), stages: Stage[] = [];
  let from: Input | Stage = X, skipped = exclusive ? 1 : 0;
  const before = (steps: number): Value => {
    const place = plus(reverse ? subtract(constant(extent - 1), at[axis]!) : at[axis]!, -steps), there = reverse ? subtract(constant(extent - 1), place) : place;
    const element = build.load(from, ...at.map((index, i) => (i === axis ? there : index)));
    return steps === 0 ? element : build.select([place], element, identityOf(by, X));
  };
  for (let length = 1; length < extent || stages.length === 0; length *= 4) {
    const steps = [0, length, 2 * length, 3 * length].map((far) => far + skipped).filter((far) => far < extent);
    const joined = steps.map(before).reduce<Value | undefined>((sum, run) => (sum ? build.binary(by, sum, run) : run), undefined) ?? identityOf(by, X);
    from = build.stage(`S${stages.length}`, X.dtype, axes, joined);
    stages.push(from);
    skipped = 0;
  }
  return stages;
};

/** Runs within each block, and by the same way over whole blocks what comes before one. */
const inBlocks = ({ X, I, axis, by, reverse, exclusive }: Runs): readonly Stage[] => {
  const stages: Stage[] = [], made = (stage: Stage): Stage => { stages.push(stage); return stage; };
  /** The runs of `from`, which is X but for its extent along the axis; level by level the names are other ones. */
  const runsOf = (from: Input | Stage, extent: number, without: boolean, level: number): Stage => {
    const blocks = Math.ceil(extent / blockSize), shape = (along: number): readonly number[] => X.shape.map((each, i) => (i === axis ? along : each));
    const along = (at: readonly Index[], place: Index): readonly Index[] => at.slice(0, X.shape.length).map((index, i) => (i === axis ? place : index));
    const element = (at: readonly Index[], place: Index): Value => {
      const load = build.load(from, ...along(at, place));
      return extent % blockSize === 0 ? load : build.select([subtract(constant(extent - 1), place)], load, identityOf(by, X));
    };
    const [inBlock, axes] = axesOver([...shape(blocks), blockSize]), [[other], others] = axesOver([blockSize], ['j']), block = inBlock[axis]!, lane = inBlock.at(-1)!;
    const compare = reverse ? (without ? '>' : '>=') : without ? '<' : '<=';
    const counted = build.choose(build.load(I, other!), compare, build.load(I, lane), element(inBlock, add(scale(block, blockSize), other!)), identityOf(by, X));
    const B = made(build.stage(`B${level}`, X.dtype, axes, counted, build.over(by === 'add' ? 'sum' : 'product', others, X.dtype)));
    const [at, all] = axesOver(shape(extent)), own = build.load(B, ...along(at, floorDivide(at[axis]!, blockSize)), modulo(at[axis]!, blockSize));
    if (blocks === 1) return made(build.stage(`R${level}`, X.dtype, all, own));
    const [each, wholes] = axesOver(shape(blocks)), last = constant(reverse ? 0 : blockSize - 1), most = build.load(B, ...each, last);
    const T = made(build.stage(`T${level}`, X.dtype, wholes, without ? build.binary(by, most, element(each, add(scale(each[axis]!, blockSize), last))) : most));
    const before = runsOf(T, blocks, true, level + 1);
    return made(build.stage(`R${level}`, X.dtype, all, build.binary(by, own, build.load(before, ...along(at, floorDivide(at[axis]!, blockSize))))));
  };
  runsOf(X, X.shape[axis]!, exclusive, 0);
  return stages;
};
