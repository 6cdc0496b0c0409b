/**
 * The schedule of Winograd's algorithm on a CPU: tiles are cut into blocks, and data of a block is transformed, multiplied and
 * transformed back while it stays in the L2 cache; where weights are many, blocks are larger and multiplied place by place. Lanes
 * run along channels in the transform of data, along outputs everywhere else. The product is a register tile of tiles times
 * vectors; the weights stream through in the order it reads them.
 *
 * Nothing here knows the matrices: `algorithm` brings them, and their zeros and ones vanish when loops are expanded.
 */
import { bytesOf, extentOf, type LoopVariable, type Schedule, type Step } from '@loopsmith/ir';
import { windowSum, winograd, winogradNames as names, winogradTables, type WindowSum } from '@loopsmith/lowering';
import type { Choice, Point, Target, Task } from '@loopsmith/contracts';
import { accumulatorsOf, algorithm, cacheWrite, computeAt, dim, fuse, inline, lanesOf, layout, parallel, refusalBy, reorder, split, unroll, vectorize, type Refusal, type Structure } from '@loopsmith/codegen-spaces';
import { leastCycles, leastMilliseconds } from './draft.js';

/** Outputs per tile and axis, tiles of a block, and the parts of the outputs that threads share, as the choice `algorithm` spells them: `winograd 4 by 28 in 2`. */
interface Blocking { readonly tile: number; readonly block: number; readonly parts: number }

/** The choice `algorithm` of points that have no blocking; so has every point without such a choice. */
export const direct = 'direct';

export const blockingOf = (point: Point): Blocking | undefined => {
  const { algorithm: spelled = direct } = point;
  // asked for of every point of a space, several times
  if (spelled === direct) return undefined;
  const match = /^winograd (\d+) by (\d+) in (\d+)$/.exec(String(spelled));
  return match ? { tile: Number(match[1]), block: Number(match[2]), parts: Number(match[3]) } : undefined;
};
const spell = ({ tile, block, parts }: Blocking): string => `winograd ${tile} by ${block} in ${parts}`;

/** The convolution that the algorithm would take apart, when its data, outputs and lanes suit the schedule. */
const convolutionOf = (task: Task, structure: Structure): WindowSum | undefined => {
  const found = windowSum(task.definition);
  if (typeof found === 'string' || typeof winograd(task.definition, 2) === 'string') return undefined;
  const lanes = lanesOf(task, 'f32');
  const { single } = structure;
  if (!single || lanes === 1 || single.lane.name !== outputAxis(structure, found, found.output)?.name) return undefined;
  return extentOf(found.output) % lanes === 0 && extentOf(found.channel) % lanes === 0 ? found : undefined;
};

/** The axis of the output stage that stands where `axis` stands in the sum, which the output reads point by point. */
const outputAxis = (structure: Structure, { stage }: WindowSum, axis: LoopVariable): LoopVariable | undefined => structure.output.axes[stage.axes.indexOf(axis)];

const tilesOf = ({ window: [rows, columns], batch }: WindowSum, tile: number): number =>
  [rows, columns].reduce((product, { axis }) => product * Math.ceil(extentOf(axis) / tile), batch.reduce((product, axis) => product * extentOf(axis), 1));

/**
 * Algorithms worth trying, with blocks of some 9, 16, 28 and 49 tiles: fewer reuse the weights too little, more leave the L2 cache.
 * Threads share the outputs of a block, each transforming its data again, where there are few blocks to share.
 */
export const winogradChoices = (task: Task, structure: Structure): readonly string[] => {
  const found = convolutionOf(task, structure);
  // four tiles of 7x7 read weights four times as large for nothing
  if (!found || found.window.some(({ axis }) => extentOf(axis) <= 7)) return [];
  return winogradTables.flatMap(({ tile }) => {
    const tiles = tilesOf(found, tile);
    const blocks = new Set([49, 28, 16, 9].map((most) => Math.ceil(tiles / Math.ceil(tiles / most))));
    return [...blocks].flatMap((block) => {
      const count = Math.ceil(tiles / block);
      const parts = task.threads === 1 || count >= 8 * task.threads ? [1] : count < task.threads ? [task.threads] : [1, task.threads];
      return parts.map((each) => spell({ tile, block, parts: each }));
    });
  });
};

/**
 * Register tiles of a whole block beside those of the direct convolution, where a block is all tiles of the pictures: each weight is then
 * read once, and a layer of few tiles does little but read weights.
 */
export const wholeBlocks = (task: Task, structure: Structure, widths: readonly (number | string)[]): readonly number[] => {
  const found = convolutionOf(task, structure);
  if (!found) return [];
  const blocks = winogradChoices(task, structure).flatMap((algorithm) => {
    const { block, tile } = blockingOf({ algorithm })!;
    return block === tilesOf(found, tile) && block <= accumulatorsOf(task) ? [block] : [];
  });
  return [...new Set(blocks)].filter((block) => !widths.includes(block));
};

/** Choices of the direct tile that mean nothing here: a point has the first value of each, so that no schedule is offered twice. */
const meaningful: ReadonlySet<string> = new Set(['vectors', 'pixels']);

/** Why a point is not worth a plan; null when it is, or when it is of another algorithm. */
export const winogradRefusal = (task: Task, tile: readonly Choice[], point: Point): Refusal | null => {
  const blocking = blockingOf(point);
  if (!blocking) return null;
  const idle = tile.find(({ name, values }) => !meaningful.has(name) && point[name] !== values[0]);
  if (idle) return { reason: `${idle.name} is nothing that winograd has; it stays ${idle.values[0]!}`, by: ['algorithm', idle.name] };
  return refusalBy(['algorithm', ...meaningful], productRefusal(task, blocking, Number(point['vectors']), Number(point['pixels'])));
};

/** Why a register tile of so many vectors and tiles is not worth a plan. */
const productRefusal = (task: Task, blocking: Blocking, vectors: number, rows: number): string | null => {
  const found = windowSum(task.definition) as WindowSum, outputs = extentOf(found.output) / lanesOf(task, 'f32');
  const chains = task.target.fmaPerCycle * task.target.fmaLatency;
  if (outputs % (vectors * blocking.parts) !== 0) return `${outputs} vectors of outputs are not whole tiles of ${vectors} in ${blocking.parts} parts`;
  if (rows > blocking.block) return `a tile of ${rows} in a block of ${blocking.block}`;
  const order = orderOfProducts(task, found, blocking, vectors, rows);
  if (typeof order === 'object') return order.refused;
  if (vectors * rows < chains) return `${vectors * rows} sums at a time, where ${chains} hide the latency of a multiply-add`;
  const { loadsPerCycle, fmaPerCycle } = task.target;
  // a tile of all tiles reads each weight once, which is worth a load too many
  const readsOnce = rows === blocking.block && rows === tilesOf(found, blocking.tile);
  return !readsOnce && (vectors + rows) / loadsPerCycle > (vectors * rows) / fmaPerCycle ? `${vectors + rows} loads for ${vectors * rows} multiply-adds` : null;
};

/** Tiles that one iteration of a kernel takes: whole register tiles, for what one computes past the end of a block is work for nothing. */
const tilesOfBlock = (found: WindowSum, { tile, block }: Blocking, rows: number): { readonly whole: number; readonly block: number } => {
  const whole = Math.ceil(block / rows) * rows;
  return { whole, block: Math.min(whole, tilesOf(found, tile)) };
};

/** A size that puts neighbours along outer axes into different sets of the L1 cache: an odd number of lines apart. */
const odd = (size: number): number => size + 1 - (size % 2);
const lineFloats = 16;
/** Elements from one tile's data to the next one's. */
const dataRow = (channels: number): number => (channels >= 16 * lineFloats ? channels + lineFloats : channels);

/** What a block's data and the products of one panel of outputs may be, as a multiple of L2: the panels read that data one after the other. */
const mostOfL2 = 1.5;
/** How often the bytes of data and products a part's weights are where it pays to have all products of a block in memory: both are written and read there. */
const leastWeights = 4;

/**
 * Where the products of a block are made. By panels: those of all places of a tile for one panel of outputs, from data that L2 keeps. By places: for data
 * that leaves L2, those of one place for all outputs, so that data is read once and weights once a block, which is then large; a text says why that is no use.
 */
const orderOfProducts = ({ target }: Task, found: WindowSum, blocking: Blocking, vectors: number, rows: number): 'panels' | 'places' | { readonly refused: string } => {
  const { whole, block } = tilesOfBlock(found, blocking, rows), { l2 } = target.caches, lanes = target.vectorBytes / bytesOf.f32;
  const places = (blocking.tile + 2) ** 2 * bytesOf.f32, channels = extentOf(found.channel), outputs = extentOf(found.output) / blocking.parts;
  const data = places * odd(whole) * dataRow(channels), scratch = data + places * odd(block) * vectors * lanes;
  if (scratch <= mostOfL2 * l2) return 'panels';
  const all = data + places * odd(block) * outputs;
  return outputs > vectors * lanes && places * channels * outputs >= leastWeights * all ? 'places' : { refused: `${Math.ceil(scratch / 1024)} KB of scratch in an L2 of ${l2 / 1024} KB` };
};

/** Cycles of a transform by a table that is written out, as the draft counts them. */
const transformCycles = (results: number, table: readonly number[], side: number, { fmaPerCycle, loadsPerCycle, registers }: Target): number =>
  results * side * (table.filter((value) => value !== 0).length / table.length) / fmaPerCycle + 2 * Math.max(0, results - registers) / loadsPerCycle;

/**
 * Milliseconds that no draft of a point that has a blocking is under: the steps of its products, the transforms of data and products and the stores of all
 * three; its weights, again for every block where a cache does not keep them; and what it transforms, which the products read again for every panel, and
 * the products, where a cache does not keep one of these.
 */
export const leastOfWinograd = (task: Task, point: Point): number => {
  const blocking = blockingOf(point)!, { tile, parts } = blocking, side = tile + 2, { target, threads } = task;
  const found = windowSum(task.definition) as WindowSum, lanes = lanesOf(task, 'f32');
  const vectors = Number(point['vectors']), rows = Number(point['pixels']);
  const { whole, block } = tilesOfBlock(found, blocking, rows), blocks = Math.ceil(tilesOf(found, tile) / block);
  const products = side ** 2 * extentOf(found.channel), outputs = extentOf(found.output), ofOutputs = outputs / lanes, ofChannels = extentOf(found.channel) / lanes;
  const teams = blocks * parts, panels = teams * (ofOutputs / vectors / parts);
  const weights = (products * outputs * bytesOf.f32) / parts, ofPanel = products * vectors * lanes * bytesOf.f32;
  const transformed = products * Math.ceil(block / rows) * rows * bytesOf.f32, multiplied = side ** 2 * block * vectors * lanes * bytesOf.f32;
  const beyond = (capacity: number): number => {
    const isPanelKept = transformed + ofPanel <= capacity;
    return weights * (weights > capacity || !isPanelKept ? teams : 1) + transformed * (isPanelKept ? 1 : panels) + multiplied * (multiplied > capacity ? panels : 1);
  };
  const { BT, AT } = winogradTables.find((tables) => tables.tile === tile)!;
  const ofData = 2 * transformCycles(side ** 2, BT, side, target) + side ** 2 + side / target.loadsPerCycle;
  const ofProducts = transformCycles(tile * side, AT, side, target) + transformCycles(tile ** 2, AT, side, target) + tile ** 2 + side / target.loadsPerCycle;
  const cycles = leastCycles(vectors * rows, [{ isVector: true, reads: vectors }, { isVector: false, reads: rows }], target);
  return leastMilliseconds(
    blocks * (Math.ceil(block / rows) * (ofOutputs / vectors) * products * cycles + parts * block * ofChannels * ofData + ofOutputs * (block * ofProducts + whole * side ** 2)),
    beyond, target, threads, teams,
  );
};

/** The schedule of a point that has a blocking. */
export const winogradSchedule = (task: Task, structure: Structure, point: Point): Schedule => {
  const blocking = blockingOf(point)!, { tile, parts } = blocking;
  const found = windowSum(task.definition) as WindowSum;
  const lanes = lanesOf(task, 'f32');
  const vectors = Number(point['vectors']), rows = Number(point['pixels']);
  const { whole, block } = tilesOfBlock(found, blocking, rows);
  const output = structure.output.name, panel = vectors * lanes;
  const of = (axis: LoopVariable): string => outputAxis(structure, found, axis)!.name;
  const [y, x, k] = [of(found.window[0].axis), of(found.window[1].axis), of(found.output)];
  const [outputs, channels] = [extentOf(found.output), extentOf(found.channel)];
  const sum = found.stage.name;

  const steps: Step[] = [algorithm(tile), ...structure.producers.map((stage) => inline(stage.name))];
  if (sum !== output) steps.push(inline(sum));

  // the output: team over parts of outputs and blocks of tiles, then panels, tiles, vectors; a tile's points are written out
  steps.push(
    split(output, y, tile, ['ty', 'yi']), split(output, x, tile, ['tx', 'xi']),
    split(output, k, lanes, ['kb', 'kl']), split(output, 'kb', vectors, ['g', 'kj']), split(output, 'g', outputs / panel / parts, ['kp', 'kg']),
  );
  const batch = found.batch.map(of);
  steps.push(reorder(output, 'kp', ...batch, 'ty', 'tx', 'kg', 'kj', 'yi', 'xi', 'kl'));
  const tileLoops = [...batch, 'ty', 'tx'];
  tileLoops.slice(1).forEach((loop, i) => steps.push(fuse(output, i === 0 ? tileLoops[0]! : 't', loop, 't')));
  steps.push(
    split(output, 't', block, ['tb', 'ti']), reorder(output, 'kp', 'tb', 'kg', 'ti', 'kj', 'yi', 'xi', 'kl'), ...unroll(output, 'yi', 'xi'), vectorize(output, 'kl'),
    fuse(output, 'kp', 'tb', 'team'), parallel(output, 'team'),
  );

  const { V1, V, U, M, Y1, Y2 } = names;
  steps.push(
    computeAt(Y2, output, 'kj', 'register'), reorder(Y2, 'i', 'j', 'b', 't', 'k'), ...unroll(Y2, 'i', 'j', 'b'), vectorize(Y2, 'k'),
    computeAt(Y1, output, 'kj', 'register'), reorder(Y1, 'b', 'i', 'a', 't', 'k'), ...unroll(Y1, 'b', 'i', 'a'), vectorize(Y1, 'k'),
  );

  // the products of one panel of outputs, or of all of them
  const sums = `${M}s`, together = orderOfProducts(task, found, blocking, vectors, rows) === 'places', panels = together ? [dim('k', { divide: panel })] : [];
  steps.push(
    cacheWrite(M, sums), computeAt(M, output, together ? 'team' : 'kg', 'scratch'),
    layout(M, [...panels, dim('a'), dim('b'), dim('t', { size: odd(block) }), dim('k', together ? { modulo: panel } : {})]),
    split(M, 'k', lanes, ['kj', 'kl']), ...(together ? [split(M, 'kj', vectors, ['kg', 'kj'])] : []), split(M, 't', rows, ['to', 'tu']),
  );
  const inner = rows >= vectors ? ['tu', 'kj'] : ['kj', 'tu'];
  steps.push(reorder(M, 'a', 'b', ...(together ? ['kg'] : []), 'to', ...inner, 'kl'), ...unroll(M, ...inner), vectorize(M, 'kl'));
  const within = rows >= vectors ? ['t', 'kj'] : ['kj', 't'];
  steps.push(
    computeAt(sums, M, 'to', 'register'), layout(sums, [dim('t'), dim('k')]), split(sums, 'k', lanes, ['kj', 'kl']),
    reorder(sums, 'a', 'b', 'c', ...within, 'kl'), ...unroll(sums, ...within), vectorize(sums, 'kl'),
  );

  // the data, whose 36 places of one tile lie far apart
  const dataSums = `${V}s`;
  steps.push(
    cacheWrite(V, dataSums), computeAt(V, output, 'team', 'scratch'), layout(V, [dim('a'), dim('b'), dim('t', { size: odd(whole) }), dim('c', { size: dataRow(channels) })]),
    split(V, 'c', lanes, ['cb', 'cl']), reorder(V, 't', 'cb', 'a', 'b', 'cl'), ...unroll(V, 'a', 'b'), vectorize(V, 'cl'),
    computeAt(dataSums, V, 'cb', 'register'), reorder(dataSums, 'a', 'b', 'j', 't', 'c'), ...unroll(dataSums, 'a', 'b', 'j'), vectorize(dataSums, 'c'),
    computeAt(V1, V, 'cb', 'register'), reorder(V1, 'j', 'a', 'i', 't', 'c'), ...unroll(V1, 'j', 'a', 'i'), vectorize(V1, 'c'),
  );
  // weights lie in the order in which products read them
  const ofPlace = [dim('a'), dim('b')], ofPanel = [dim('k', { divide: panel })];
  steps.push(layout(U, [...(together ? [...ofPlace, ...ofPanel] : [...ofPanel, ...ofPlace]), dim('c'), dim('k', { modulo: panel })]));
  return steps;
};
