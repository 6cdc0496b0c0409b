/**
 * The space of a single reduction: convolution, depthwise convolution, pooling, matrix product, global pooling. One register tile
 * of pixels times vectors, held over the whole reduction or over a block of it. Nothing here knows an operator's name.
 *
 * The tile's shape is the choice that matters; the order of its unrolled loops is derived (the longer one outside keeps fewest
 * values alive), and the reduction itself is never unrolled, but for small windows without channels, which may be written out.
 * Where a formula before the sum is computed is a choice too (`data-place`).
 */
import { extentOf, onlyVariable, variablesOf, type Index, type LayoutDimText, type LoopVariable, type Schedule, type Stage, type Step } from '@loopsmith/ir';
import type { Choice, Point, Task } from '@loopsmith/contracts';
import { accumulatorsOf, cacheWrite, computeAt, dim, inline, layout, parallel, refusalBy, reorder, split, splitReduction, unroll, usefulWidths, vectorize, type Refusal, type SingleReduction, type Structure } from '@loopsmith/codegen-spaces';
import { dataBlock, dataInBlock, dataInKernel, dataPlaces, dataRefusal, placedData, placeOf, type DataBlock, type TileSize } from './data-place.js';
import { fuseAll } from './fuse-all.js';

/** What the task leaves to choose. */
export const contractionChoices = (task: Task, structure: Structure, single: SingleReduction): readonly Choice[] => {
  const { lanes } = single;
  const accumulators = accumulatorsOf(task);
  const vectors = Math.max(1, Math.ceil(extentOf(single.lane) / lanes));
  const { column, row } = pixelAxes(single);
  const choices: Choice[] = [
    { name: 'vectors', kind: 'ordinal', values: range(1, Math.min(vectors, single.weight && column === undefined ? accumulators : 6)) },
    { name: 'pixels', kind: 'ordinal', values: column ? usefulWidths(extentOf(column), accumulators) : [1] },
    { name: 'rows', kind: 'ordinal', values: row && column && extentOf(column) <= accumulators ? usefulWidths(extentOf(row), 4) : [1] },
    { name: 'outer', kind: 'categorical', values: row ? ['outputs', 'rows'] : column && single.weight && single.data ? ['outputs', 'blocks'] : ['outputs'] },
  ];
  const blocked = blockOf(task, single);
  const blocks = blocked ? reductionBlocks(blocked.axis, blocked.by) : [];
  if (blocks.length > 0 && single.weight && structure.output !== single.sum && column)
    choices.push({ name: 'sums', kind: 'categorical', values: ['one', ...blocks.flatMap((block) => (row ? bands(extentOf(row)) : [1]).map((band) => `${block} by ${band}`))] });
  if (single.weight && !column && isPlain(single) && vectors > 1) choices.push({ name: 'panels', kind: 'categorical', values: panels });
  if (hasFewTaps(single)) choices.push({ name: 'taps', kind: 'categorical', values: taps });
  if (placedData(structure, single)) choices.push({ name: 'data', kind: 'categorical', values: dataPlaces({ column, row }) });
  return choices;
};

/** Why a tile cannot live in the registers of the target, before any step is applied; null when it can. */
export const tileRefusal = (task: Task, point: Point): Refusal | null => {
  const pixels = Number(point['pixels']) * Number(point['rows']), vectors = Number(point['vectors']);
  const live = pixels * vectors + Math.min(pixels, vectors) + 1, most = accumulatorsOf(task);
  const reason = pixels * vectors > most ? `${pixels * vectors} accumulators of ${most}` : live > task.target.registers ? `${live} live registers of ${task.target.registers}` : null;
  return refusalBy(['vectors', 'pixels', 'rows'], reason);
};

/** The block of pixels for which a point computes all outputs, undefined where it has none. */
export const blockOfPoint = (task: Task, single: SingleReduction, point: Point): DataBlock | undefined => {
  const pixels = pixelAxes(single), place = placeOf(point), fills = place === 'l1' || place === 'l2' ? place : point['outer'] === 'blocks' ? 'l1' : undefined;
  return pixels.column && fills && dataBlock(task, single, pixels, { vectors: Number(point['vectors']), pixels: Number(point['pixels']), rows: Number(point['rows']) }, fills);
};

/** Why a point's blocks of data, or the place where it computes its data, are not worth a plan; null when they are. */
export const placeRefusal = (task: Task, structure: Structure, single: SingleReduction, point: Point): Refusal | null => {
  const pixels = pixelAxes(single), outer = String(point['outer']);
  if (point['panels'] === 'together' && Number(point['vectors']) === 1) return { reason: 'one vector is one panel', by: ['vectors', 'panels'] };
  // partial sums have an order of their own: every point is another schedule
  if (outer !== 'outputs' && String(point['sums'] ?? 'one') !== 'one') return { reason: `${outer} outside go with one sum`, by: ['outer', 'sums'] };
  if (outer === 'blocks') {
    if (placeOf(point) !== 'inline') return { reason: 'the data has its blocks already', by: ['outer', 'data'] };
    const tile: TileSize = { vectors: Number(point['vectors']), pixels: Number(point['pixels']), rows: 1 };
    const block = dataBlock(task, single, pixels, tile, 'l1');
    if (!block || block.tiles * tile.pixels >= extentOf(pixels.column!))
      return { reason: block ? 'one block would be all pixels' : 'the data of one tile does not fit l1', by: ['outer', 'pixels'] };
  }
  return dataRefusal(task, structure, single, pixels, point);
};

/** The innermost two pixel axes: the tile's columns and, outside of it, its rows. */
export const pixelAxes = (single: SingleReduction): { column: LoopVariable | undefined; row: LoopVariable | undefined } =>
  ({ column: single.others.at(-1), row: single.others.at(-2) });

/** The reduction axis that the data's layout cuts into blocks of lanes, when the cut divides it. */
export const blockOf = (task: Task, single: SingleReduction): { axis: LoopVariable; by: number } | undefined => {
  if (!single.data || !single.sum.reduce) return undefined;
  // padding and prologues sit between the sum and the stored tensor; they keep the channel axis where it is
  const stored = Object.entries(task.layouts).find(([, dims]) => dims.some((each) => each.modulo !== null && each.modulo > 1));
  if (!stored) return undefined;
  const by = stored[1].find((each) => each.modulo !== null && each.modulo > 1)!.modulo!;
  const channel = single.data.at[stored[1].find((each) => each.modulo !== null)!.axis];
  const axis = single.sum.reduce.axes.find(({ name }) => channel !== undefined && variablesOf(channel).has(name));
  return axis && extentOf(axis) > by && extentOf(axis) % by === 0 && by % single.lanes === 0 ? { axis, by } : undefined;
};

const reductionBlocks = (axis: LoopVariable, by: number): readonly number[] =>
  [32, 64, 128, 256].filter((size) => size % by === 0 && size < extentOf(axis) && extentOf(axis) % size === 0);
const bands = (extent: number): readonly number[] => [...new Set([7, 14, extent].filter((rows) => rows <= extent && extent % rows === 0))];
const range = (first: number, last: number): readonly number[] => Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);

/** Whether the vectors of a tile of one row lie together, or each in a panel of its own: one stream of weights from memory, or several. */
const panels = ['apart', 'together'] as const;

/** Whether the taps of a small window are loops or written out: pixels then share what they load, and nothing is left to count. */
const taps = ['loops', 'window'] as const;
const hasFewTaps = ({ sum }: SingleReduction): boolean => {
  const extents = sum.reduce!.axes.map(extentOf).filter((extent) => extent > 1);
  return extents.length === 2 && extents.every((extent) => extent <= 5);
};

/** The schedule of a point. */
export const contractionSchedule = (task: Task, structure: Structure, single: SingleReduction, point: Point): Schedule => {
  const number = (name: string): number => Number(point[name] ?? 0);
  const output = structure.output.name;
  const sum = single.isOutput ? `${output}s` : single.sum.name;
  const place = placeOf(point), data = place === 'inline' ? undefined : placedData(structure, single);
  const steps: Step[] = structure.producers.filter((stage) => stage !== data).map((stage) => inline(stage.name));
  if (single.isOutput) steps.push(cacheWrite(output, sum));
  const tile: Tile = {
    vectors: number('vectors'), pixels: number('pixels'), rows: number('rows'), lanes: single.lanes, outer: String(point['outer']),
    written: point['taps'] === 'window', apart: point['panels'] === 'apart',
    padded: (task.layouts[output] ?? []).some((each) => each.modulo !== null && each.modulo > 1),
  };
  const [block, band] = String(point['sums'] ?? 'one').split(' by ').map(Number);
  steps.push(...(block !== undefined && band !== undefined
    ? partialSums(task, structure, single, output, sum, tile, block, band)
    : oneSum(task, structure, single, output, sum, tile, data && (place === 'l1' || place === 'l2') ? { stage: data, place } : null)));
  return data && place === 'kernel' ? [...steps, ...dataInKernel(task, data)] : steps;
};

interface Tile {
  readonly vectors: number;
  readonly pixels: number;
  readonly rows: number;
  readonly lanes: number;
  readonly outer: string;
  readonly padded: boolean;
  /** Whether the reduction is written out. */ readonly written: boolean;
  /** Whether each vector's weights are a panel of their own. */ readonly apart: boolean;
}

/**
 * Cuts the lane axis into blocks of whole vectors: `g` outside, `kj` vectors of `kl` lanes inside. Where the output has no room for a whole last
 * vector, its lanes are stored one by one.
 */
const laneSplit = (stage: string, lane: LoopVariable, tile: Tile): readonly Step[] => [
  split(stage, lane.name, tile.lanes, ['kb', 'kl'], tile.padded),
  split(stage, 'kb', tile.vectors, ['g', 'kj']),
];

/** Unrolled loops of a tile, the longer outside. */
const tileOrder = (tile: Tile, names: { row?: string | undefined; column?: string | undefined; vector: string }): readonly string[] => {
  const pixels = [...(names.row && tile.rows > 1 ? [names.row] : []), ...(names.column ? [names.column] : [])];
  return tile.rows * tile.pixels >= tile.vectors ? [...pixels, names.vector] : [names.vector, ...pixels];
};

/** The whole reduction in registers: the sum at the innermost pixel loop. Data in blocks is computed before all outputs of its block. */
const oneSum = (
  task: Task,
  structure: Structure,
  single: SingleReduction,
  output: string,
  sum: string,
  tile: Tile,
  placed: { readonly stage: Stage; readonly place: 'l1' | 'l2' } | null,
): readonly Step[] => {
  const { column, row } = pixelAxes(single);
  const steps: Step[] = [...laneSplit(output, single.lane, tile)];
  const outer = single.others.filter((axis) => axis !== column && axis !== row).map(({ name }) => name);
  if (column) steps.push(split(output, column.name, tile.pixels, ['xo', 'xi']));
  if (row && tile.rows > 1) steps.push(split(output, row.name, tile.rows, ['yo', 'yi']));
  let rows = row ? [tile.rows > 1 ? 'yo' : row.name] : [],
    columns = column ? ['xo'] : [];
  // many pixels, one row: a block whose data stays in L1 while all outputs are computed from it
  const fills = placed?.place ?? (tile.outer === 'blocks' ? 'l1' : undefined),
    block = fills && dataBlock(task, single, { column, row }, tile, fills);
  if (block) {
    const [cut] = (block.of === 'rows' ? rows : columns) as [string];
    steps.push(split(output, cut, block.tiles, ['db', 'di']));
    if (block.of === 'rows') {
      outer.push('db');
      rows = ['di'];
    } else {
      outer.push(...rows, 'db');
      rows = [];
      columns = ['di'];
    }
  }
  const spatial = tile.outer === 'rows' ? [...rows, 'g'] : ['g', ...rows];
  const inner = tileOrder(tile, { row: row ? 'yi' : undefined, column: column ? 'xi' : undefined, vector: 'kj' });
  steps.push(reorder(output, ...outer, ...spatial, ...columns, ...inner, 'kl'), ...unroll(output, ...inner), vectorize(output, 'kl'));
  const [team, fusing] = fuseAll(output, block ? outer : [...outer, ...spatial]);
  steps.push(...fusing, parallel(output, team));
  steps.push(computeAt(sum, output, columns[0] ?? team, 'register'));
  steps.push(...registerTile(task, single, sum, tile), ...packing(task, structure, single, tile));
  return placed ? [...steps, ...dataInBlock(task, placed.stage, output, team)] : steps;
};

/** Sums over blocks of channels: each weight is read once per band of rows, partial sums stay in scratch. */
const partialSums = (task: Task, structure: Structure, single: SingleReduction, output: string, sum: string, tile: Tile, block: number, band: number): readonly Step[] => {
  const { column, row } = pixelAxes(single);
  const { axis } = blockOf(task, single)!;
  const steps: Step[] = [splitReduction(sum, axis.name, block), ...laneSplit(output, single.lane, tile)];
  const outer = single.others.filter((each) => each !== column && each !== row).map(({ name }) => name);
  if (row && band < extentOf(row)) steps.push(split(output, row.name, band, ['yb', 'yr']));
  const bandLoop = row && band < extentOf(row) ? ['yb'] : [], rowLoop = row ? [band < extentOf(row) ? 'yr' : row.name] : [];
  steps.push(reorder(output, ...outer, 'g', ...bandLoop, ...rowLoop, ...(column ? [column.name] : []), 'kj', 'kl'), ...unroll(output, 'kj'), vectorize(output, 'kl'));
  const [team, fusing] = fuseAll(output, [...outer, 'g', ...bandLoop]);
  steps.push(...fusing, parallel(output, team), computeAt(sum, output, team, 'scratch'));
  steps.push(layout(sum, [...single.others, single.lane].map((axis) => dim(axis.name))));
  // the sum over blocks, in scratch: blocks outside, so that one block's weights serve every row
  const part = `${sum}p`, inner = tileOrder(tile, { row: row ? 'yi' : undefined, column: column ? 'xi' : undefined, vector: 'kj' });
  steps.push(split(sum, single.lane.name, tile.lanes, ['kj', 'kl']));
  if (column) steps.push(split(sum, column.name, tile.pixels, ['xo', 'xi']));
  if (row && tile.rows > 1) steps.push(split(sum, row.name, tile.rows, ['yo', 'yi']));
  const rows = row ? [tile.rows > 1 ? 'yo' : row.name] : [];
  steps.push(reorder(sum, 'o', ...rows, ...(column ? ['xo'] : []), ...inner, 'kl'), ...unroll(sum, ...inner), vectorize(sum, 'kl'));
  steps.push(computeAt(part, sum, column ? 'xo' : rows[0] ?? 'o', 'register'));
  steps.push(...registerTile(task, single, part, tile), ...packing(task, structure, single, tile));
  return steps;
};

/** Shapes the stage that lives in registers: reduction loops outside, the tile unrolled, lanes innermost. */
const registerTile = (task: Task, single: SingleReduction, stage: string, tile: Tile): readonly Step[] => {
  const { column, row } = pixelAxes(single);
  const blocked = blockOf(task, single);
  // lanes innermost, so that a vector of the tile is a vector in memory too
  const stored = [...single.sum.axes.filter((axis) => axis.name !== single.lane.name), single.lane].filter((axis) => extentOf(axis) > 1);
  const steps: Step[] = [layout(stage, stored.map((axis) => dim(axis.name))), split(stage, single.lane.name, tile.lanes, ['kj', 'kl'])];
  const reduction = single.sum.reduce!.axes.filter((axis) => extentOf(axis) > 1);
  const loops: string[] = [];
  for (const axis of reduction) {
    if (blocked && axis.name === blocked.axis.name) { steps.push(split(stage, axis.name, blocked.by, ['co', 'ci'])); loops.unshift('co'); }
    else loops.push(axis.name);
  }
  if (blocked) loops.push('ci');
  const inner = tileOrder(tile, { row: row?.name, column: column?.name, vector: 'kj' });
  steps.push(reorder(stage, ...loops, ...inner, 'kl'), ...unroll(stage, ...(tile.written ? loops : []), ...inner), vectorize(stage, 'kl'));
  return steps;
};

/** Stores the weight in the order in which the tile reads it, and pads small per-lane constants to whole vectors. */
const packing = (task: Task, structure: Structure, single: SingleReduction, tile: Tile): readonly Step[] => {
  const steps: Step[] = [];
  const block = tile.vectors * tile.lanes;
  const lane = single.lane.name;
  if (single.weight) {
    const blocked = blockOf(task, single);
    const named = new Set(single.weight.at.flatMap((at) => [...variablesOf(at)]));
    const before: LayoutDimText[] = [], after: LayoutDimText[] = [];
    const made = structure.definition.stages.find(({ name }) => name === single.weight!.tensor);
    const positionOf = (axis: string): number => single.weight!.at.findIndex((at) => variablesOf(at).has(axis));
    /** An input's axes are called as its reader's, a compile-time stage's by their own names. */
    const nameOf = (axis: string): string => made?.axes[positionOf(axis)]!.name ?? axis;
    for (const axis of single.sum.reduce!.axes) {
      if (!named.has(axis.name) || extentOf(axis) === 1) continue;
      // after splitReduction no axis of the sum is the weight's whole axis any more: it is named by its position
      const name = made ? nameOf(axis.name) : `_${positionOf(axis.name)}`;
      if (blocked && axis.name === blocked.axis.name) { before.unshift(dim(name, { divide: blocked.by })); after.push(dim(name, { modulo: blocked.by })); }
      else before.push(dim(nameOf(axis.name)));
    }
    const others = [...named].filter((name) => name !== lane && !single.sum.reduce!.axes.some((axis) => axis.name === name)).map((name) => dim(nameOf(name)));
    const together = tile.apart ? tile.lanes : block, stored = Math.ceil(extentOf(single.lane) / block) * (block / together);
    const panel = dim(nameOf(lane), { divide: together, ...(tile.apart ? { size: stored } : {}) });
    if (isPlain(single)) steps.push(layout(single.weight.tensor, [...others, panel, ...before, ...after, dim(nameOf(lane), { modulo: together })]));
  }
  for (const input of structure.definition.inputs) {
    if (input.when !== 'compile' || input.name === single.weight?.tensor || input.shape.length !== 1 || input.shape[0] !== extentOf(single.lane)) continue;
    if (input.shape[0] % block !== 0) steps.push(layout(input.name, [dim('_0', { divide: block }), dim('_0', { modulo: block })]));
  }
  return steps;
};

/** Whether an index is a constant or one axis, as it is. */
export const isPlainIndex = (at: Index): boolean => at.terms.length === 0 || onlyVariable(at) !== undefined;

/** Whether every axis of the weight is one plain axis of the sum, so that a layout can name it. */
export const isPlain = (single: SingleReduction): boolean => single.weight!.at.every(isPlainIndex);
