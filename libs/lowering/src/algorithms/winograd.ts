/**
 * Winograd's algorithm F(m x m, 3 x 3) as a rewrite of a definition: the convolution becomes transforms of data and products,
 * (m+2)^2 matrix products between them, and a compile-time transform of the weights. The result computes the same up to rounding;
 * nothing is placed, and no device is known here. It says no to every convolution but 3x3 with stride 1, dilation 1 and no groups.
 *
 *     V1[a j c t]  = sum[i] BT[a, i] * data[n, c, m*ty+i, m*tx+j]       t = (n*TY + ty)*TX + tx numbers the tiles
 *     V [a b c t]  = sum[j] BT[b, j] * V1[a, j, c, t]
 *     U [a b c k]  = sum[r, s] G[a, r] * G[b, s] * weight[k, c, r, s]    in double, rounded once; known when the library is built
 *     M [a b t k]  = sum[c] V[a, b, c, t] * U[a, b, c, k]
 *     Y1[i b t k]  = sum[a] AT[i, a] * M[a, b, t, k]
 *     Y2[i j t k]  = sum[b] AT[j, b] * Y1[i, b, t, k]
 *     sum[n k y x] = Y2[y%m, x%m, t(n, y/m, x/m), k]
 */
import {
  add, build, constant, extentOf, floorDivide, guardedRanges, loopVariable, modulo, pointsOf, rangeOf, readsOf, rewriteValue, scale, shapeOf, substitute, subtract,
  sum, tensorsOf, variable, visitLoads,
  type Definition, type Index, type LoopVariable, type Stage, type Value,
} from '@loopsmith/ir';
import { windowSum, type WindowSum } from './window-sum.js';
import { winogradTables, type WinogradTables } from './winograd-tables.js';

const { axesOf, binary, cast, literal, load, over, select, stage, table } = build;

/** Names of the tables and stages it adds; the stage of the sum keeps its name. */
export const winogradNames = { BT: 'BT', G: 'G', AT: 'AT', V1: 'V1', V: 'V', U: 'U', M: 'M', Y1: 'Y1', Y2: 'Y2' } as const;

/** The rewritten definition, or why it cannot be, as a clause that says the way out. `tile` is m. */
export const winograd = (definition: Definition, tile: number): Definition | string => {
  const tables = winogradTables.find((each) => each.tile === tile);
  if (!tables) return `there are matrices for tiles of ${winogradTables.map((each) => each.tile).join(' and ')} only`;
  const found = windowSum(definition);
  const unfit = typeof found === 'string' ? found : misfit(found);
  if (typeof found === 'string' || unfit !== undefined)
    return `winograd needs one 3x3 convolution of f32 with stride 1, dilation 1 and no groups, and ${unfit}; leave the step out`;
  const tensors = tensorsOf(definition), taken = Object.values(winogradNames).find((name) => tensors.has(name));
  if (taken) return `the definition has a tensor "${taken}" already; rename it`;
  return rewrite(definition, found, tables);
};

const misfit = ({ stage: { name, dtype, reduce }, data, weight, window: [rows, columns] }: WindowSum): string | undefined => {
  const [height, width] = [extentOf(rows.tap), extentOf(columns.tap)];
  if (height !== 3 || width !== 3) return `${name} is ${height}x${width}`;
  if (rows.stride !== 1 || columns.stride !== 1) return `${name} has stride ${rows.stride}x${columns.stride}`;
  if (rows.dilation !== 1 || columns.dilation !== 1) return `${name} has dilation ${rows.dilation}x${columns.dilation}`;
  if (![dtype, reduce!.accumulate, data.dtype, weight.dtype].every((each) => each === 'f32')) return `${name} computes in ${dtype}`;
  return undefined;
};

const rewrite = (definition: Definition, found: WindowSum, tables: WinogradTables): Definition => {
  const { output, channel, window: [rows, columns], batch } = found;
  const m = tables.tile, side = m + 2;
  const tilesOf = (axis: LoopVariable): number => Math.ceil(extentOf(axis) / m);
  const TX = tilesOf(columns.axis), TY = tilesOf(rows.axis);
  const tiles = TY * TX * pointsOf(batch);
  const [k, c] = [extentOf(output), extentOf(channel)];
  const BT = table(winogradNames.BT, 'f32', [side, side], tables.BT), AT = table(winogradNames.AT, 'f32', [m, side], tables.AT);
  const G = table(winogradNames.G, 'f64', [side, 3], tables.G);

  const [v1, v1Axes] = axesOf({ a: side, j: side, c, t: tiles });
  const [{ i: vi }, vi_] = axesOf({ i: side });
  const { producers, value: data } = tileData(definition, found, tilePlace(found, m, TY, TX, v1.t, v1.c, vi, v1.j));
  const V1 = stage(winogradNames.V1, 'f32', v1Axes, binary('multiply', load(BT, v1.a, vi), data), over('sum', vi_, 'f32'));

  const [v, vAxes] = axesOf({ a: side, b: side, c, t: tiles });
  const [{ j: vj }, vj_] = axesOf({ j: side });
  const V = stage(winogradNames.V, 'f32', vAxes, binary('multiply', load(BT, v.b, vj), load(V1, v.a, vj, v.c, v.t)), over('sum', vj_, 'f32'));

  const [u, uAxes] = axesOf({ a: side, b: side, c, k });
  const [taps, taps_] = axesOf({ r: 3, s: 3 });
  const weight = cast('f64', { ...found.weight, at: [u.k, u.c, taps.r, taps.s] });
  const U = stage(winogradNames.U, 'f32', uAxes, binary('multiply', binary('multiply', load(G, u.a, taps.r), load(G, u.b, taps.s)), weight), over('sum', taps_, 'f64'));

  const [p, pAxes] = axesOf({ a: side, b: side, t: tiles, k });
  const [{ c: pc }, pc_] = axesOf({ c });
  const M = stage(winogradNames.M, 'f32', pAxes, binary('multiply', load(V, p.a, p.b, pc, p.t), load(U, p.a, p.b, pc, p.k)), over('sum', pc_, 'f32'));

  const [y1, y1Axes] = axesOf({ i: m, b: side, t: tiles, k });
  const [{ a: ya }, ya_] = axesOf({ a: side });
  const Y1 = stage(winogradNames.Y1, 'f32', y1Axes, binary('multiply', load(AT, y1.i, ya), load(M, ya, y1.b, y1.t, y1.k)), over('sum', ya_, 'f32'));

  const [y2, y2Axes] = axesOf({ i: m, j: m, t: tiles, k });
  const [{ b: yb }, yb_] = axesOf({ b: side });
  const Y2 = stage(winogradNames.Y2, 'f32', y2Axes, binary('multiply', load(AT, y2.j, yb), load(Y1, y2.i, yb, y2.t, y2.k)), over('sum', yb_, 'f32'));

  const [y, x] = [variable(rows.axis), variable(columns.axis)];
  const image = batch.reduce((number, axis) => add(scale(number, extentOf(axis)), variable(axis)), constant(0));
  const number = sum(scale(image, TY * TX), scale(floorDivide(y, m), TX), floorDivide(x, m));
  const whole: Stage = { ...found.stage, reduce: null, value: load(Y2, modulo(y, m), modulo(x, m), number, variable(output)) };

  const rest = producers.flatMap((each) => (each === found.stage ? [V1, V, U, M, Y1, Y2, whole] : [each]));
  return { ...definition, tables: [...definition.tables, BT, G, AT], stages: rest };
};

/** Where the data of tile `t`, channel `c`, row `i` and column `j` of the tile lies. */
const tilePlace = ({ data, channel, window: [rows, columns], batch }: WindowSum, m: number, TY: number, TX: number, t: Index, c: Index, i: Index, j: Index): readonly Index[] => {
  const at = new Map<string, Index>([
    [channel.name, c], [rows.tap.name, i], [columns.tap.name, j],
    [columns.axis.name, scale(modulo(t, TX), m)], [rows.axis.name, scale(modulo(floorDivide(t, TX), TY), m)],
  ]);
  let image = floorDivide(t, TX * TY);
  for (const axis of [...batch].reverse()) {
    at.set(axis.name, modulo(image, extentOf(axis)));
    image = floorDivide(image, extentOf(axis));
  }
  return data.at.map((index) => substitute(index, (name) => at.get(name)));
};

/**
 * The data of a tile. Tiles at the end may reach past it: a padding stage that nothing else reads grows by what they need, its
 * select being right out there too; any other gets a select around its load.
 */
const tileData = (definition: Definition, { stage: reader, data }: WindowSum, at: readonly Index[]): { readonly producers: readonly Stage[]; readonly value: Value } => {
  const plain: Value = { ...data, at };
  const shape = shapeOfTensor(definition, data.tensor);
  const reach = at.map((index) => rangeOf(index).last + 1);
  if (reach.every((extent, axis) => extent <= shape[axis]!)) return { producers: definition.stages, value: plain };
  const source = definition.stages.find(({ name }) => name === data.tensor);
  const readers = definition.stages.filter(({ value }) => readsOf(value).has(data.tensor));
  const grown = source && readers.every((each) => each === reader) ? growPadding(definition, source, reach) : undefined;
  if (grown) return { producers: definition.stages.map((each) => (each === source ? grown : each)), value: plain };
  const inside = at.flatMap((index, axis) => (reach[axis]! > shape[axis]! ? [subtract(constant(shape[axis]! - 1), index)] : []));
  return { producers: definition.stages, value: select(inside, plain, literal(0)) };
};

const shapeOfTensor = (definition: Definition, name: string): readonly number[] => shapeOf(tensorsOf(definition).get(name)!);

/** The same stage over more points, when all that it loads out there is under a select that holds inside its tensor alone. */
const growPadding = (definition: Definition, source: Stage, reach: readonly number[]): Stage | undefined => {
  if (source.reduce || source.value.kind !== 'select') return undefined;
  const axes = source.axes.map((axis, i) => loopVariable(axis.name, Math.max(extentOf(axis), reach[i]!)));
  const wide = (index: Index): Index => substitute(index, (name) => {
    const axis = axes.find((each) => each.name === name);
    return axis && variable(axis);
  });
  const grown: Stage = { ...source, axes, value: rewriteValue(source.value, { index: wide }) };
  let sound = true;
  visitLoads(grown.value, (each, under) => {
    const shape = shapeOfTensor(definition, each.tensor), ranges = guardedRanges(under);
    each.at.forEach((index, axis) => {
      const range = ranges.range(index);
      if (range.first < 0 || range.last >= shape[axis]!) sound = false;
    });
  });
  return sound ? grown : undefined;
};
