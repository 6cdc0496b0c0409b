/**
 * The bound of a tile: what no draft of a point of `contraction`'s space is under, so that the untuned choice drafts few of them.
 * It counts what the draft counts and leaves out what only a plan tells; choosing is the space's.
 */
import { addressOf, bytesOf, coefficientOf, extentOf, layoutSize, onlyVariable, rewriteValue, valueAt, variablesOf, visitLoads, visitValues, type Load, type LoopVariable, type Stage, type Value } from '@loopsmith/ir';
import type { Point, Task } from '@loopsmith/contracts';
import { lanesOf, type SingleReduction, type Structure } from '@loopsmith/codegen-spaces';
import { product } from '@loopsmith/util';
import { blockOf, blockOfPoint, isPlain, isPlainIndex, pixelAxes } from './contraction.js';
import { placedData, placeOf, type DataBlock } from './data-place.js';
import { isKeptByL3, latencyInMemory, leastCycles, leastMilliseconds, type Operand } from './draft.js';

/** A value with the stages before the sum inlined, but for the one that is `placed` and read from memory. */
const inlined = (structure: Structure, value: Value, placed: Stage | null): Value => rewriteValue(value, {
  load: (load) => {
    const producer = structure.producers.find((stage) => stage !== placed && stage.name === load.tensor);
    return producer && inlined(structure, valueAt(producer, load.at), placed);
  },
});

/** The variables that decide each load of a value, tables aside, which are text. */
const operandsOf = ({ definition }: Structure, value: Value): readonly ReadonlySet<string>[] => {
  const operands: ReadonlySet<string>[] = [];
  visitLoads(value, ({ tensor, at }) => { if (!definition.tables.some(({ name }) => name === tensor)) operands.push(new Set(at.flatMap((index) => [...variablesOf(index)]))); });
  return operands;
};

/** The variables that decide each operation of a sum's value besides its multiply-adds; those in divisions, which a tile may not tell apart, left out. */
const formulasOf = (value: Value): readonly ReadonlySet<string>[] => {
  const formulas: ReadonlySet<string>[] = [];
  visitValues(value, (part) => {
    if ((part.kind !== 'binary' && part.kind !== 'unary' && part.kind !== 'choose') || (part === value && part.kind === 'binary' && part.operator === 'multiply')) return;
    const names = new Set<string>();
    visitLoads(part, ({ at }) => { for (const { terms } of at) for (const { atom } of terms) if (atom.kind === 'variable') names.add(atom.name); });
    formulas.push(names);
  });
  return formulas;
};

/**
 * Bytes that the draft of a point has come from memory of the one tensor that a sum without weights reads, where the last cache keeps all of it: what its
 * loops span, as `draftPlan` sees them. Of two loops that are fused it sees the step of the inner one alone, so it counts less with outputs outside.
 */
const bytesOfOnlyOperand = (task: Task, { definition }: Structure, single: SingleReduction, value: Value): ((point: Point) => number) => {
  const { lane, lanes, sum } = single, { column, row } = pixelAxes(single), loads: Load[] = [];
  visitLoads(value, (load) => loads.push(load));
  const [load] = loads, layout = load && task.layouts[load.tensor];
  if (!layout || loads.length !== 1 || !definition.inputs.some(({ name, when }) => name === load.tensor && when === 'run')) return () => 0;
  const address = addressOf(layout, load.at), bytes = layoutSize(layout) * bytesOf[load.dtype];
  const blocks = address.terms.filter(({ atom }) => atom.kind !== 'variable');
  const isPlainButLanes = blocks.every(({ atom }) => atom.kind === 'floorDivision' && atom.divisor === lanes && onlyVariable(atom.index)?.name === lane.name);
  const step = (axis: LoopVariable | undefined): number => (axis ? Math.abs(coefficientOf(address, axis.name)) : 0);
  if (!isPlainButLanes || step(lane) !== 1 || !isKeptByL3(bytes, task.target) || single.others.some((axis) => axis !== column && axis !== row)) return () => 0;
  const ofBlock = Math.abs(lanes + blocks.reduce((total, { coefficient }) => total + coefficient, 0));
  const terms = product(sum.reduce!.axes.map(extentOf)), window = sum.reduce!.axes.reduce((span, axis) => span + step(axis) * (extentOf(axis) - 1), 0);
  return (point) => {
    const vectors = Number(point['vectors']), pixels = Number(point['pixels']), rows = Number(point['rows']);
    const panels = Math.ceil(Math.ceil(extentOf(lane) / lanes) / vectors), ofRows = row ? Math.ceil(extentOf(row) / rows) : 1;
    const width = column ? Math.ceil(extentOf(column) / pixels) * pixels : 1;
    const [panel, band] = [{ count: panels, step: ofBlock * vectors }, { count: ofRows, step: step(row) * rows }];
    const [outer, inner] = point['outer'] === 'rows' ? [band, panel] : [panel, band];
    const team = (inner.count > 1 ? inner.step : outer.step) * (panels * ofRows - 1);
    const span = team + step(column) * (width - 1) + step(row) * (rows - 1) + ofBlock * (vectors - 1) + lanes - 1 + window;
    return Math.min(bytes, Math.min(panels * vectors * lanes * ofRows * rows * width * terms, span + 1) * bytesOf[load.dtype]);
  };
};

/**
 * Milliseconds that no draft of a point is under; infinite where the draft would refuse it. Its compute: the steps that its tiles take, whole blocks of
 * them, and the stores of their results; for every part of a partial sum another multiply-add, what that waits for, and two stores; where data has a place of its own,
 * what each of its points takes, and where it has not, what the formula takes at every step. Its bytes: the weights of a tile, again for every tile where
 * a cache does not keep them; where there are none, what it reads. A reduction written out has no steps, but its multiply-adds.
 */
export const leastOfTile = (task: Task, structure: Structure, single: SingleReduction): ((point: Point) => number) => {
  const { target, threads } = task, { lanes, weight, data } = single, { column, row } = pixelAxes(single);
  const extentOfAxis = (axis: LoopVariable | undefined): number => (axis ? extentOf(axis) : 1);
  const points = (axes: readonly LoopVariable[]): number => product(axes.map(extentOf));
  const placed = placedData(structure, single) ?? null;
  const stepOf = (value: Value): { readonly operands: readonly ReadonlySet<string>[]; readonly formulas: readonly ReadonlySet<string>[] } =>
    ({ operands: operandsOf(structure, value), formulas: formulasOf(value) });
  const atOnce = stepOf(inlined(structure, single.sum.value, null)), read = placed ? stepOf(inlined(structure, single.sum.value, placed)) : atOnce;
  const blocked = blockOf(task, single)?.axis, reduction = single.sum.reduce!.axes.filter((axis) => extentOf(axis) > 1);
  const terms = points(reduction), others = points(single.others) / extentOfAxis(column) / extentOfAxis(row);
  const perPoint = placed ? (1 + operandsOf(structure, inlined(structure, placed.value, placed)).length / target.loadsPerCycle) / lanesOf(task, placed.dtype) : 0;
  // what a block computes of its data where windows overlap is not worth counting
  const isPointwise = data !== null && data.at.every(isPlainIndex);
  const readPoints = isPointwise ? points([...single.sum.axes, ...reduction].filter(({ name }) => data.at.some((at) => variablesOf(at).has(name)))) : 0;
  const isPacked = weight !== null && isPlain(single) && reduction.every(({ name }) => weight.at.some((at) => variablesOf(at).has(name)));
  const onlyOperand = weight || placed ? () => 0 : bytesOfOnlyOperand(task, structure, single, inlined(structure, single.sum.value, null));
  return (point) => {
    const vectors = Number(point['vectors']), pixels = Number(point['pixels']), rows = Number(point['rows']), sums = vectors * pixels * rows;
    const place = placeOf(point), block = blockOfPoint(task, single, point);
    const inBlocks = (of: DataBlock['of'], tiles: number): number => (block?.of === of ? Math.ceil(tiles / block.tiles) * block.tiles : tiles);
    const panels = Math.ceil(Math.ceil(extentOf(single.lane) / lanes) / vectors);
    const ofRows = inBlocks('rows', Math.ceil(extentOfAxis(row) / rows)), ofColumns = inBlocks('columns', Math.ceil(extentOfAxis(column) / pixels));
    const tiles = others * panels * ofRows * ofColumns;
    const { operands, formulas } = place === 'inline' ? atOnce : read;
    /** How many values of what these variables decide a tile tells apart, lanes counting as one. */
    const apartIn = (names: ReadonlySet<string>): number =>
      (names.has(single.lane.name) ? vectors : 1) * (column && names.has(column.name) ? pixels : 1) * (row && names.has(row.name) ? rows : 1);
    const loads = operands.map((names): Operand => ({ isVector: names.has(single.lane.name), reads: apartIn(names) }));
    const operations = formulas.reduce((total, names) => total + apartIn(names), 0);
    const cycles = point['taps'] === 'window' ? sums / target.fmaPerCycle : leastCycles(sums, loads, target) + operations / target.fmaPerCycle;
    const size = Number.parseInt(String(point['sums']), 10), parts = blocked && size > 0 ? extentOf(blocked) / size : 0;
    const waits = Math.max(0, target.fmaLatency + latencyInMemory - sums / target.fmaPerCycle);
    const results = sums + (parts > 0 ? sums / target.loadsPerCycle + parts * (sums * (2 + 1 / target.fmaPerCycle) + waits) : 0);
    const computed = place === 'inline' ? 0 : place === 'kernel' ? points(placed!.axes) : readPoints;
    // parts of a sum keep their weights for many tiles
    const panel = isPacked && parts === 0 ? terms * vectors * lanes * bytesOf[weight.dtype] : 0;
    // drafts do not see through the division that a loop of panels becomes when it is fused with another
    const kept = block !== undefined || (row === undefined && others === 1) ? panels : 1;
    return leastMilliseconds(tiles * (terms * cycles + results) + computed * perPoint, { bytes: panel, apart: kept, tiles }, onlyOperand(point), target, threads);
  };
};
