/**
 * Where the data of a sum is computed when it is a formula: normalisation and activation before a convolution. Inlined, it is
 * computed at every read; in scratch, once per block of pixels, before all outputs of that block; in a kernel of its own,
 * once, at the price of memory. Which is best is measured; a block is as large as a share of a cache allows. Padding alone is
 * no formula: its guards cost nothing where they are. Reads definitions; the tile around it is the contraction's.
 */
import { bytesOf, extentOf, loopVariable, rangeOf, rewriteValue, sameIndex, substitute, valueAt, variable, variablesOf, visitLoads, visitValues, type Index, type LoopVariable, type Stage, type Step, type Value } from '@loopsmith/ir';
import type { Point, Task } from '@loopsmith/contracts';
import { computeAt, dim, lanesOf, layout, parallel, refusalBy, reorder, root, split, vectorize, type Refusal, type SingleReduction, type Structure } from '@loopsmith/codegen-spaces';
import { fuseAll } from './fuse-all.js';

/** The choice: at every read, in blocks that fill a share of a cache, or a kernel of its own. */
const places = ['inline', 'l1', 'l2', 'kernel'] as const;
type Place = (typeof places)[number];
export const placeOf = (point: Point): Place => places.find((place) => place === point['data']) ?? 'inline';

/** Rows (those outside a row of the tile) and columns of pixels, as `contraction` names them. */
export interface Pixels { readonly column: LoopVariable | undefined; readonly row: LoopVariable | undefined }
export interface TileSize { readonly vectors: number; readonly pixels: number; readonly rows: number }

/** By sum: every point of a space asks. */
const placedStages = new WeakMap<SingleReduction, { readonly stage: Stage | undefined }>();

/** The stage whose place is a choice, undefined where the data only has to be found. Other stages before the sum are inlined into it. */
export const placedData = (structure: Structure, single: SingleReduction): Stage | undefined => {
  let known = placedStages.get(single);
  if (!known) {
    known = { stage: structure.producers.find(({ name, value }) => single.weight !== null && name === single.data?.tensor && computes(value)) };
    placedStages.set(single, known);
  }
  return known.stage;
};

export const dataPlaces = ({ column }: Pixels): readonly Place[] => (column ? places : ['inline', 'kernel']);

/** Whether a value does more than choose among loads. */
const computes = (value: Value): boolean => {
  let found = false;
  visitValues(value, ({ kind }) => { found ||= kind === 'binary' || kind === 'unary' || kind === 'choose'; });
  return found;
};

/** The axis along which what the stage reads is stored in whole vectors. */
const blockedAxis = (task: Task, stage: Stage): LoopVariable | undefined => {
  const lanes = lanesOf(task, stage.dtype);
  let found: LoopVariable | undefined;
  visitLoads(stage.value, ({ tensor, at }) => {
    const blocked = task.layouts[tensor]?.find(({ modulo }) => modulo !== null && modulo > 1 && modulo % lanes === 0);
    found ??= blocked && stage.axes.find((axis) => sameIndex(at[blocked.axis]!, variable(axis)));
  });
  return found && lanes > 1 && extentOf(found) % lanes === 0 ? found : undefined;
};

/** A block: so many tiles along columns within a row, or so many rows of tiles. */
export interface DataBlock { readonly of: 'columns' | 'rows'; readonly tiles: number }

/** By task, then by place and pixels of a tile: refusing a point, bounding it and writing its schedule ask for the same block, and so do points that differ elsewhere. */
const blocks = new WeakMap<Task, Map<string, DataBlock | undefined>>();

/** The block of a place; undefined where not even one tile fits. */
export const dataBlock = (task: Task, single: SingleReduction, pixels: Pixels, tile: TileSize, place: 'l1' | 'l2'): DataBlock | undefined => {
  let known = blocks.get(task);
  if (!known) blocks.set(task, known = new Map<string, DataBlock | undefined>());
  const key = `${place} ${tile.pixels} ${tile.rows}`;
  if (!known.has(key)) known.set(key, largestBlock(task, single, pixels, tile, place));
  return known.get(key);
};

const largestBlock = (task: Task, single: SingleReduction, { column, row }: Pixels, tile: TileSize, place: 'l1' | 'l2'): DataBlock | undefined => {
  const { l1, l2 } = task.target.caches, room = place === 'l1' ? l1 * 0.75 : l2 * 0.5;
  const columns = Math.ceil(extentOf(column!) / tile.pixels), rows = row ? Math.ceil(extentOf(row) / tile.rows) : 1;
  const inner = new Set([...single.sum.reduce!.axes, single.lane].map(({ name }) => name));
  /** How many elements these indices reach in so many tiles. */
  const reached = (indices: readonly Index[], ofRows: number, ofColumns: number): number => {
    const extent = new Map([[column!.name, Math.min(ofColumns * tile.pixels, extentOf(column!))], [row?.name, row ? Math.min(ofRows * tile.rows, extentOf(row)) : 1]]);
    return indices.reduce((size, at) => {
      const { first, last } = rangeOf(substitute(at, (name) => (inner.has(name) ? undefined : variable(loopVariable(name, extent.get(name) ?? 1)))));
      return size * (last - first + 1);
    }, 1);
  };
  const isMoved = (at: Index): boolean => [column, row].some((axis) => axis && variablesOf(at).has(axis.name)), { at: indices, dtype } = single.data!;
  const moved = indices.filter(isMoved), still = reached(indices.filter((at) => !isMoved(at)), 1, 1) * bytesOf[dtype];
  const bytes = (ofRows: number, ofColumns: number): number => still * reached(moved, ofRows, ofColumns);
  /** The most tiles that fit, none if not one does: size grows with their number. */
  const most = (total: number, size: (tiles: number) => number): number => {
    let fits = 0, over = total + 1;
    while (over - fits > 1) { const tiles = Math.floor((fits + over) / 2); if (size(tiles) <= room) fits = tiles; else over = tiles; }
    return fits;
  };
  const inRows = row ? most(rows, (tiles) => bytes(tiles, columns)) : 0, inColumns = inRows > 0 ? 0 : most(columns, (tiles) => bytes(1, tiles));
  if (inRows > 0) return { of: 'rows', tiles: even(rows, inRows, task.threads) };
  return inColumns > 0 ? { of: 'columns', tiles: even(columns, inColumns, task.threads) } : undefined;
};

/** A size of at most `most` that makes blocks of one size, a multiple of the threads where there are enough. */
const even = (total: number, most: number, threads: number): number => {
  const least = Math.ceil(total / most);
  return Math.ceil(total / Math.min(total, Math.ceil(least / threads) * threads));
};

/** How often a formula that is computed at every read is computed for each of its points; twice may be as cheap as memory. */
const mostRepeats = 4;

/** What decides a block of data. */
const ofBlocks = ['pixels', 'rows', 'data'] as const;

/** Why a place is not worth a plan; null where it is. */
export const dataRefusal = (task: Task, structure: Structure, single: SingleReduction, pixels: Pixels, point: Point): Refusal | null => {
  const stage = placedData(structure, single), place = placeOf(point);
  if (!stage) return null;
  const tile: TileSize = { vectors: Number(point['vectors']), pixels: Number(point['pixels']), rows: Number(point['rows']) };
  if (place === 'inline') {
    const points = (axes: readonly LoopVariable[]): number => axes.reduce((product, axis) => product * extentOf(axis), 1);
    const reads = points([...single.sum.axes, ...single.sum.reduce!.axes]) / Math.min(extentOf(single.lane), tile.vectors * single.lanes);
    return refusalBy(['vectors', 'data'], reads > mostRepeats * points(stage.axes) ? `${stage.name} would be computed ${Math.round(reads / points(stage.axes))} times` : null);
  }
  if (place === 'kernel') return null;
  if (String(point['sums'] ?? 'one') !== 'one') return { reason: `${stage.name} in blocks goes with one sum`, by: ['sums', 'data'] };
  const block = dataBlock(task, single, pixels, tile, place);
  if (!block) return { reason: `${stage.name} of one tile does not fit ${place}`, by: ofBlocks };
  const smaller = place === 'l2' ? dataBlock(task, single, pixels, tile, 'l1') : undefined;
  return refusalBy(ofBlocks, smaller?.of === block.of && smaller.tiles === block.tiles ? `${stage.name} fits l1` : null);
};

/** Computes the stage in scratch at a loop of the output, in vectors where what it reads is stored so. */
export const dataInBlock = (task: Task, stage: Stage, output: string, loop: string): readonly Step[] => [
  computeAt(stage.name, output, loop, 'scratch'),
  ...inVectors(task, stage).steps,
];

/** Computes the stage in a kernel of its own. */
export const dataInKernel = (task: Task, stage: Stage): readonly Step[] => {
  const { steps, outer } = inVectors(task, stage), [team, fusing] = fuseAll(stage.name, outer);
  return [root(stage.name), ...steps, ...fusing, parallel(stage.name, team)];
};

/** The stage's loops in the order of its memory; `outer` are those that threads may share. */
const inVectors = (task: Task, stage: Stage): { readonly steps: readonly Step[]; readonly outer: readonly string[] } => {
  const { name, axes, dtype } = stage, blocked = blockedAxis(task, stage), long = axes.filter((axis) => extentOf(axis) > 1).map((axis) => axis.name);
  if (!blocked) return { steps: [], outer: long.slice(0, Math.max(1, long.length - 1)) };
  const lanes = lanesOf(task, dtype), at = long.indexOf(blocked.name), before = long.slice(0, at), after = long.slice(at + 1);
  const stored = axes.map((axis) => dim(axis.name, axis === blocked ? { divide: lanes } : {}));
  return {
    steps: [
      layout(name, [...stored, dim(blocked.name, { modulo: lanes })]), split(name, blocked.name, lanes, ['cb', 'cl']),
      reorder(name, ...before, 'cb', ...after, 'cl'), vectorize(name, 'cl'),
    ],
    outer: [...before, 'cb', ...after.slice(0, -1)],
  };
};

/** A value with the stages before the sum inlined, but for the one that is `placed` and read from memory. */
export const inlined = (structure: Structure, value: Value, placed: Stage | null): Value => rewriteValue(value, {
  load: (load) => {
    const producer = structure.producers.find((stage) => stage !== placed && stage.name === load.tensor);
    return producer && inlined(structure, valueAt(producer, load.at), placed);
  },
});
