/**
 * The outline of a tile's point from its numbers alone, as the plan of its schedule would have it: a search drafts every point, and a plan takes ten times
 * as long as a draft. It repeats the order of the loops that `contraction` asks for and where they stand in each tensor; it decides nothing. There is none where
 * data has a place of its own, or where an index is more than a sum of axes.
 */
import {
  addressOf, bytesOf, coefficientOf, extentOf, layoutSize, loopVariable, plainLayout, scale, shapeOf, substitute, sum as sumOf, variable, variablesOf,
  visitIndices, visitLoads, type Index, type Layout, type LayoutDim, type LoopKind, type LoopVariable, type Value,
} from '@loopsmith/ir';
import type { Point, Task } from '@loopsmith/contracts';
import type { SingleReduction, Structure } from '@loopsmith/codegen-spaces';
import { product } from '@loopsmith/util';
import { blockOf, blockOfPoint, isPlain, pixelAxes } from './contraction.js';
import { inlined, placeOf } from './data-place.js';
import { operationsIn, type LoopAround, type OutlinedKernel, type OutlinedStage, type OwnLoop, type Reads } from './outline.js';

/** A part of a loop: so many steps along a variable at each of its iterations. */
interface Part { readonly name: string; readonly by: number; readonly extent: number }
/** A loop of a tile: the parts that are fused into it, outermost first. */
interface TileLoop extends OwnLoop { readonly parts: readonly Part[] }

const loopOf = (parts: readonly Part[], as: LoopKind = 'serial', reduces = false): TileLoop => ({ extent: parts.reduce((all, { extent }) => all * extent, 1), as, reduces, parts });
const along = (name: string, extent: number, by = 1): Part => ({ name, extent, by });

/** How far a loop moves an address: of loops that others are fused into the address shows the innermost, and the others in divisions. */
const stepOf = ({ parts }: TileLoop, address: Index, names: ReadonlySet<string>): number | null => {
  const inner = parts.findLast(({ extent }) => extent > 1);
  if (inner && names.has(inner.name)) return Math.abs(coefficientOf(address, inner.name)) * inner.by;
  return parts.some(({ extent, name }) => extent > 1 && names.has(name)) ? 0 : null;
};

/** Names of the loops that an axis is cut into, which no axis of a definition has. */
const cuts = { panel: ' g', vector: ' kj', lane: ' kl', part: ' o', block: ' co', within: ' ci' } as const;

/** A tensor that a stage reads: where, by an address over axes that are not cut and the cuts of those that are. */
interface Operand { readonly address: Index; readonly names: ReadonlySet<string>; readonly bytes: number; readonly size: number }

const isAffine = ({ terms }: Index): boolean => terms.every(({ atom }) => atom.kind === 'variable');

/** Whether every index in a value is a sum of axes. */
const isAffineIn = (value: Value): boolean => {
  let all = true;
  visitIndices(value, (index) => { all &&= isAffine(index); });
  return all;
};

/**
 * The outlines of a task's points; null of points that have none. Every schedule of a kind (one sum, in blocks, in parts) is taken to be legal:
 * whoever asks has seen the plan of one.
 */
export const tileOutlines = (task: Task, structure: Structure, single: SingleReduction): ((point: Point) => readonly OutlinedKernel[] | null) => {
  const { definition, output } = structure, { lane, lanes, weight } = single, { column, row } = pixelAxes(single);
  const ofSum = inlined(structure, single.sum.value, null), ofOutput = single.isOutput ? null : inlined(structure, output.value, null);
  const reads = new Set<string>();
  for (const value of [ofSum, ofOutput]) if (value) visitLoads(value, ({ tensor }) => reads.add(tensor));
  const isKnown = [ofSum, ofOutput].every((value) => value === null || isAffineIn(value)) && definition.tables.every(({ name }) => !reads.has(name)) &&
    single.sum.axes.every(({ name }, i) => name === output.axes[i]!.name);
  if (!isKnown) return () => null;

  const blocked = blockOf(task, single), reduction = single.sum.reduce!.axes.filter((axis) => extentOf(axis) > 1), operations = operationsIn(ofSum);
  const batch = single.others.filter((axis) => axis !== column && axis !== row).map((axis) => along(axis.name, extentOf(axis)));
  const vectorsOfLane = Math.ceil(extentOf(lane) / lanes);

  /** How a tensor is stored where a tile has so many vectors, each in a panel of its own or all in one; see `packing`. */
  const layoutOf = (tensor: string, vectors: number, apart: boolean): Layout | null => {
    const block = vectors * lanes, input = definition.inputs.find(({ name }) => name === tensor), stage = definition.stages.find(({ name }) => name === tensor);
    const shape = input?.shape ?? (stage && shapeOf(stage));
    if (!shape) return null;
    if (weight?.tensor === tensor && isPlain(single)) {
      const cut = (axis: number, by: number): readonly [LayoutDim, LayoutDim] =>
        [{ axis, offset: 0, divide: by, modulo: null, size: Math.ceil(shape[axis]! / by) }, { axis, offset: 0, divide: 1, modulo: by, size: by }];
      const whole = (axis: number): LayoutDim => ({ axis, offset: 0, divide: 1, modulo: null, size: shape[axis]! });
      const positionOf = (name: string): number => weight.at.findIndex((at) => variablesOf(at).has(name));
      const named = [...new Set(weight.at.flatMap((at) => [...variablesOf(at)]))], reduced = new Set(single.sum.reduce!.axes.map(({ name }) => name));
      const [panel, within] = cut(positionOf(lane.name), apart ? lanes : block);
      const panels = apart ? { ...panel, size: Math.ceil(vectorsOfLane / vectors) * vectors } : panel;
      const channels = blocked && named.includes(blocked.axis.name) ? cut(positionOf(blocked.axis.name), blocked.by) : undefined;
      const taps = reduction.filter(({ name }) => named.includes(name) && name !== blocked?.axis.name).map(({ name }) => whole(positionOf(name)));
      return [
        ...named.filter((name) => name !== lane.name && !reduced.has(name)).map((name) => whole(positionOf(name))),
        panels, ...(channels ? [channels[0]] : []), ...taps, ...(channels ? [channels[1]] : []), within,
      ];
    }
    if (input?.when === 'compile' && input.name !== weight?.tensor && shape.length === 1 && shape[0] === extentOf(lane) && shape[0] % block !== 0)
      return [{ axis: 0, offset: 0, divide: block, modulo: null, size: Math.ceil(shape[0] / block) }, { axis: 0, offset: 0, divide: 1, modulo: block, size: block }];
    return task.layouts[tensor] ?? plainLayout(shape);
  };

  /** What a value reads, null for the sum itself; undefined where an address keeps a division. */
  const operandsOf = (value: Value, vectors: number, block: number, apart: boolean): readonly (Operand | null)[] | undefined => {
    const ofLane = sumOf(
      scale(variable(loopVariable(cuts.panel, Math.ceil(vectorsOfLane / vectors))), vectors * lanes),
      scale(variable(loopVariable(cuts.vector, vectors)), lanes), variable(loopVariable(cuts.lane, lanes)),
    );
    const ofChannel = blocked && sumOf(
      scale(variable(loopVariable(cuts.part, extentOf(blocked.axis) / block)), block),
      scale(variable(loopVariable(cuts.block, block / blocked.by)), blocked.by), variable(loopVariable(cuts.within, blocked.by)),
    );
    const operands: (Operand | null)[] = [];
    let isKnownHere = true;
    visitLoads(value, ({ tensor, at, dtype }) => {
      if (tensor === single.sum.name) { operands.push(null); return; }
      const layout = layoutOf(tensor, vectors, apart);
      const cut = (name: string): Index | undefined => (name === lane.name ? ofLane : name === blocked?.axis.name ? ofChannel : undefined);
      const address = layout && addressOf(layout, at.map((index) => substitute(index, cut)));
      if (!address || !isAffine(address)) { isKnownHere = false; return; }
      operands.push({ address, names: variablesOf(address), bytes: bytesOf[dtype], size: layoutSize(layout) * bytesOf[dtype] });
    });
    return isKnownHere ? operands : undefined;
  };
  /** By vectors of a tile, their panels and channels of a part: points that differ elsewhere read the same addresses. */
  const known = new Map<string, { readonly sum: ReturnType<typeof operandsOf>; readonly output: ReturnType<typeof operandsOf> }>();
  const operandsIn = (vectors: number, block: number, apart: boolean): NonNullable<ReturnType<typeof known.get>> => {
    const key = `${vectors} ${block} ${String(apart)}`;
    let found = known.get(key);
    if (!found) known.set(key, found = { sum: operandsOf(ofSum, vectors, block, apart), output: ofOutput ? operandsOf(ofOutput, vectors, block, apart) : [null] });
    return found;
  };
  const inRegister: Reads = { steps: [], bytes: 0, size: 0, inRegister: true };
  const readOf = (operand: Operand, loops: readonly TileLoop[]): Reads =>
    ({ steps: loops.map((loop) => stepOf(loop, operand.address, operand.names)), bytes: operand.bytes, size: operand.size, inRegister: false });
  const stage = (around: readonly LoopAround[], own: readonly OwnLoop[], of: readonly Reads[], rest: Partial<OutlinedStage> = {}): OutlinedStage =>
    ({ around, own, reads: of, reduces: false, inRegisters: false, scratch: 0, operations: 0, density: null, ...rest });

  return (point) => {
    if (placeOf(point) !== 'inline') return null;
    const vectors = Number(point['vectors']), pixels = Number(point['pixels']), rows = Number(point['rows']), isWritten = point['taps'] === 'window';
    const [partOf, band] = String(point['sums'] ?? 'one').split(' by ').map(Number), inParts = partOf !== undefined && band !== undefined;
    const ofPart = inParts ? partOf : blocked ? extentOf(blocked.axis) : 0, operands = operandsIn(vectors, ofPart, point['panels'] === 'apart');
    if (!operands.sum || !operands.output) return null;
    const panels = along(cuts.panel, Math.ceil(vectorsOfLane / vectors)), vector = along(cuts.vector, vectors);
    const lanesLoop = loopOf([along(cuts.lane, lanes)], 'vectorized');
    const cut = (axis: LoopVariable | undefined, by: number, of = axis ? extentOf(axis) : 0): readonly [Part, Part] | undefined =>
      axis && [along(axis.name, Math.ceil(of / by), by), along(axis.name, by)];
    const ofRows = cut(row, rows, inParts ? band : undefined), ofColumns = cut(column, pixels);
    const ofPixels = [ofRows?.[1], ofColumns?.[1]].flatMap((part) => (part ? [part] : []));
    const tile = (rows * pixels >= vectors ? [...ofPixels, vector] : [vector, ...ofPixels]).map((part) => loopOf([part], 'unrolled'));
    const taps = reduction.filter((axis) => axis !== blocked?.axis).map((axis) => along(axis.name, extentOf(axis)));
    const terms = (blocked ? [along(cuts.block, ofPart / blocked.by), ...taps, along(cuts.within, blocked.by)] : taps)
      .map((part) => loopOf([part], isWritten ? 'unrolled' : 'serial', true));
    const steps = [...terms, ...tile, lanesLoop];
    // a formula is computed for each of the values that unrolled loops tell apart
    const axisOf = (name: string): string => (name === cuts.vector ? lane.name : name === cuts.block || name === cuts.within ? blocked!.axis.name : name);
    const unrolled = steps.filter(({ as }) => as === 'unrolled');
    const apartIn = (names: ReadonlySet<string>): number => product(unrolled.filter(({ parts: [part] }) => names.has(axisOf(part!.name))).map(({ extent }) => extent));
    const apart = operations.reduce((total, names) => total + apartIn(names), 0);
    const sumIn = (around: readonly TileLoop[]): OutlinedStage => {
      const loops = [...around, ...steps];
      return stage(around, steps, operands.sum!.map((operand) => readOf(operand!, loops)), { reduces: true, inRegisters: true, operations: apart });
    };

    if (inParts) {
      const inBand = row && band < extentOf(row), team = loopOf([...batch, panels, ...(inBand ? [along(row.name, extentOf(row) / band, band)] : [])], 'parallel');
      const inRow = row && loopOf([along(row.name, band)]), inColumn = loopOf([along(column!.name, extentOf(column!))]);
      const outer = [team, ...(inRow ? [inRow] : []), inColumn, loopOf([vector], 'unrolled'), lanesLoop];
      const parts = loopOf([along(cuts.part, extentOf(blocked!.axis) / ofPart)], 'serial', true);
      const between = [parts, ...(ofRows ? [loopOf([ofRows[0]])] : []), loopOf([ofColumns![0]])];
      // the sum in scratch: rows of pixels of the panel's lanes
      const ofPixel = vectors * lanes, bytes = bytesOf[single.sum.dtype], scratch = (row ? band : 1) * extentOf(column!) * ofPixel * bytes;
      const stepInScratch = ({ extent, parts: [part] }: TileLoop): number | null => {
        if (extent === 1) return null;
        switch (part!.name) {
          case cuts.lane: return 1;
          case cuts.vector: return lanes;
          case column!.name: return ofPixel;
          default: return extentOf(column!) * ofPixel;
        }
      };
      const fromScratch: Reads = { steps: outer.map((loop) => (loop === team ? null : stepInScratch(loop))), bytes, size: scratch, inRegister: false };
      return [{
        stages: [
          sumIn([team, ...between]),
          stage([team], [...between, ...tile, lanesLoop], [inRegister], { reduces: true, scratch }),
          stage([], outer, operands.output.map((operand) => (operand ? readOf(operand, outer) : fromScratch))),
        ],
        parallel: team.extent,
      }];
    }

    const block = blockOfPoint(task, single, point);
    /** The loop over tiles that a block cuts, outside of the block and in it. */
    const inBlocks = ({ name, by, extent }: Part): readonly [Part, Part] => [along(name, Math.ceil(extent / block!.tiles), by * block!.tiles), along(name, block!.tiles, by)];
    const bands = ofRows ? [ofRows[0]] : [], columns = ofColumns ? [ofColumns[0]] : [];
    const spatial = (of: readonly Part[]): readonly Part[] => (point['outer'] === 'rows' ? [...of, panels] : [panels, ...of]);
    const shared = block?.of === 'rows' ? [...batch, inBlocks(bands[0]!)[0]] : block ? [...batch, ...bands, inBlocks(columns[0]!)[0]] : [...batch, ...spatial(bands)];
    const within = block?.of === 'rows' ? [...spatial([inBlocks(bands[0]!)[1]]), ...columns] : block ? [...spatial([]), inBlocks(columns[0]!)[1]] : columns;
    const around = [loopOf(shared, 'parallel'), ...within.map((part) => loopOf([part]))], own = [...around, ...tile, lanesLoop];
    return [{
      stages: [sumIn(around), stage([], own, operands.output.map((operand) => (operand ? readOf(operand, own) : inRegister)))],
      parallel: around[0]!.extent,
    }];
  };
};
