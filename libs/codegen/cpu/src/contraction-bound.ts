/**
 * The bound of a tile: what no draft of a point of `contraction`'s space is under, so that the untuned choice drafts few of them.
 * It counts what the draft counts and leaves out what only a plan tells; choosing is the space's.
 */
import { bytesOf, extentOf, variablesOf, visitLoads, type LoopVariable, type Value } from '@loopsmith/ir';
import type { Point, Task } from '@loopsmith/contracts';
import { lanesOf, type SingleReduction, type Structure } from '@loopsmith/codegen-spaces';
import { product } from '@loopsmith/util';
import { blockOf, blockOfPoint, isPlain, isPlainIndex, pixelAxes } from './contraction.js';
import { inlined, placedData, placeOf, type DataBlock } from './data-place.js';
import { cyclesInMemory, latencyInMemory, leastCycles, leastMilliseconds, leastWrittenOut, type Operand } from './draft.js';
import { operationsIn } from './outline.js';

/** The variables that decide each load of a value, tables aside, which are text. */
const operandsOf = ({ definition }: Structure, value: Value): readonly ReadonlySet<string>[] => {
  const operands: ReadonlySet<string>[] = [];
  visitLoads(value, ({ tensor, at }) => { if (!definition.tables.some(({ name }) => name === tensor)) operands.push(new Set(at.flatMap((index) => [...variablesOf(index)]))); });
  return operands;
};

/** Of each operation besides multiply-adds; variables in divisions, which a tile may not tell apart, left out. */
const formulasOf = (value: Value): readonly ReadonlySet<string>[] =>
  operationsIn(value, ({ terms }) => terms.flatMap(({ atom }) => (atom.kind === 'variable' ? [atom.name] : [])));

/** Bytes of an element of the run-time tensor that a value reads at every point of all these axes, the widest of several; 0 where there is none. */
const bytesOfElement = ({ definition }: Structure, value: Value, axes: readonly LoopVariable[]): number => {
  let bytes = 0;
  visitLoads(value, ({ tensor, at, dtype }) => {
    const isRead = definition.inputs.some(({ name, when }) => name === tensor && when === 'run') && at.every(isPlainIndex);
    if (isRead && axes.every(({ name }) => at.some((index) => variablesOf(index).has(name)))) bytes = Math.max(bytes, bytesOf[dtype]);
  });
  return bytes;
};

/**
 * Milliseconds that no draft of a point is under; infinite where the draft would refuse it. Its compute: the steps that its tiles take, whole blocks of
 * them, and the stores of their results; for every part of a partial sum another multiply-add, what that waits for, and its way through memory; where data has a place of its own,
 * what each of its points takes, and where it has not, what the formula takes at every step. Its bytes: the weights of a tile, again for every tile where
 * a cache does not keep them beside the tile's data; the data, again for every panel of outputs where a cache does not keep it beside the panel's weights.
 * A reduction written out has no steps, but its multiply-adds and loads.
 */
export const leastOfTile = (task: Task, structure: Structure, single: SingleReduction): ((point: Point) => number) => {
  const { target, threads } = task, { lanes, weight, data } = single, { column, row } = pixelAxes(single);
  const extentOfAxis = (axis: LoopVariable | undefined): number => (axis ? extentOf(axis) : 1);
  const points = (axes: readonly LoopVariable[]): number => product(axes.map(extentOf));
  const placed = placedData(structure, single) ?? null;
  const stepOf = (value: Value): { readonly operands: readonly ReadonlySet<string>[]; readonly formulas: readonly ReadonlySet<string>[] } =>
    ({ operands: operandsOf(structure, value), formulas: formulasOf(value) });
  const atOnce = stepOf(inlined(structure, single.sum.value, null)), ofPlaced = placed ? stepOf(inlined(structure, single.sum.value, placed)) : atOnce;
  const blocked = blockOf(task, single)?.axis, reduction = single.sum.reduce!.axes.filter((axis) => extentOf(axis) > 1);
  const terms = points(reduction), others = points(single.others) / extentOfAxis(column) / extentOfAxis(row);
  const perPoint = placed ? (1 + operandsOf(structure, inlined(structure, placed.value, placed)).length / target.loadsPerCycle) / lanesOf(task, placed.dtype) : 0;
  // what a block computes of its data where windows overlap is not worth counting
  const isPointwise = data !== null && data.at.every(isPlainIndex);
  const readAxes = isPointwise ? [...single.sum.axes, ...reduction].filter(({ name }) => data.at.some((at) => variablesOf(at).has(name))) : [];
  const readPoints = isPointwise ? points(readAxes) : 0;
  // drafts see all data where no loop of pixels is fused with another, and whole blocks of channels
  const isFlat = row === undefined && others === 1, ofElement = isPointwise && blocked ? bytesOfElement(structure, inlined(structure, single.sum.value, null), readAxes) : 0;
  /** Cycles of one tile's sums. Kept: most points of a space differ in other things. */
  const known = new Map<string, number>();
  const cyclesOfSums = (vectors: number, pixels: number, rows: number, isInline: boolean, isWritten: boolean): number => {
    const key = `${vectors} ${pixels} ${rows} ${String(isInline)} ${String(isWritten)}`, found = known.get(key);
    if (found !== undefined) return found;
    const { operands, formulas } = isInline ? atOnce : ofPlaced, sums = vectors * pixels * rows;
    /** How many values of what these variables decide a tile tells apart, lanes counting as one. */
    const apartIn = (names: ReadonlySet<string>): number =>
      (names.has(single.lane.name) ? vectors : 1) * (column && names.has(column.name) ? pixels : 1) * (row && names.has(row.name) ? rows : 1);
    const loads = operands.map((names): Operand => ({ isVector: names.has(single.lane.name), reads: apartIn(names) }));
    const operations = formulas.reduce((total, names) => total + apartIn(names), 0);
    const cycles = isWritten
      ? leastWrittenOut(sums, terms, loads.filter((_, i) => reduction.every(({ name }) => operands[i]!.has(name))), target)
      : terms * (leastCycles(sums, loads, target) + operations / target.fmaPerCycle);
    known.set(key, cycles);
    return cycles;
  };
  const isPacked = weight !== null && isPlain(single) && reduction.every(({ name }) => weight.at.some((at) => variablesOf(at).has(name)));
  return (point) => {
    const vectors = Number(point['vectors']), pixels = Number(point['pixels']), rows = Number(point['rows']), sums = vectors * pixels * rows;
    const place = placeOf(point), block = blockOfPoint(task, single, point);
    const inBlocks = (of: DataBlock['of'], tiles: number): number => (block?.of === of ? Math.ceil(tiles / block.tiles) * block.tiles : tiles);
    const panels = Math.ceil(Math.ceil(extentOf(single.lane) / lanes) / vectors);
    const ofRows = inBlocks('rows', Math.ceil(extentOfAxis(row) / rows)), ofColumns = inBlocks('columns', Math.ceil(extentOfAxis(column) / pixels));
    const tiles = others * panels * ofRows * ofColumns;
    const ofSums = cyclesOfSums(vectors, pixels, rows, place === 'inline', point['taps'] === 'window');
    const [size = 0, band = 1] = String(point['sums'] ?? 'one').split(' by ').map(Number), parts = blocked && size > 0 ? extentOf(blocked) / size : 0;
    const inMemory = cyclesInMemory((row ? band : 1) * extentOfAxis(column) * vectors * lanes * bytesOf[single.sum.dtype], target);
    const waits = Math.max(0, target.fmaLatency + latencyInMemory - sums / target.fmaPerCycle);
    // partial sums are combined tile by tile, and what is made of them point by point
    const stores = parts > 0
      ? points(single.others) * panels * vectors * (1 + 1 / target.loadsPerCycle) + tiles * parts * (sums * (inMemory + 1 / target.fmaPerCycle) + waits)
      : tiles * sums;
    const computed = place === 'inline' ? 0 : place === 'kernel' ? points(placed!.axes) : readPoints;
    const panel = isPacked ? terms * vectors * lanes * bytesOf[weight.dtype] : 0;
    // drafts do not see through the division that a loop of panels becomes when it is fused with another
    const kept = block !== undefined || isFlat ? panels : 1;
    const isScratch = place === 'l1' || place === 'l2', ofRead = place === 'inline' ? ofElement : ofElement > 0 ? bytesOf[data!.dtype] : 0;
    const stored = isFlat ? readPoints * ofElement : 0, read = isFlat ? readPoints * ofRead : 0, ofTile = terms * pixels * rows * ofRead;
    /** The data that stays while all panels are computed, its own block where it has one. */
    const staying = read * (block ? Math.min(1, block.tiles / ofColumns) : 1);
    const beyond = (capacity: number): number => {
      const ofWeights = panel * ((panel + ofTile) / Math.max(1, parts) > capacity ? tiles : kept);
      const ofData = panel + staying > capacity ? read * panels : isScratch ? 0 : read;
      return ofWeights + ofData + (place === 'inline' ? 0 : stored);
    };
    return leastMilliseconds(tiles * ofSums + stores + computed * perPoint, beyond, target, threads);
  };
};
