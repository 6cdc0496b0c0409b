/**
 * Copies (and formulas) whose elements lie together along one axis where they are read and along another where they are written: images between NHWC,
 * NCHW and blocks of channels, transposed matrices. A square of vectors is read along the one, kept in registers and written along the other. Steps only.
 */
import {
  add, addressOf, bytesOf, coefficientOf, extentOf, loopVariable, scale, substitute, variable, variablesOf, visitLoads,
  type Index, type LoopVariable, type Plan, type Stage, type Step,
} from '@loopsmith/ir';
import { applyStep } from '@loopsmith/lowering';
import { attempt } from '@loopsmith/util';
import { cacheRead, computeAt, dim, layout, reorder, split, unroll, vectorize } from '@loopsmith/codegen-spaces';
import { layoutOfTensor } from './neighbours.js';

/** Smaller squares gain nothing over element by element. */
const least = 4;

/** Bytes that the last square may read past the end of a tensor: memory that every tensor then has behind it. */
const mostBehind = 2 ** 14;

interface Turned { readonly along: LoopVariable; readonly side: number; readonly tensors: readonly string[] }

/** How a stage, written along `lane`, reads along another axis; undefined where it does not, or where some read forbids lanes anyhow. */
const turnedReads = (plan: Plan, stage: Stage, lane: LoopVariable, lanes: number): Turned | undefined => {
  if (stage.reduce || extentOf(lane) < least) return undefined;
  let best: Turned & { readonly cost: number } | undefined;
  for (const along of stage.axes) {
    for (let side = least; along !== lane && side <= Math.min(lanes, extentOf(lane), extentOf(along)); side *= 2) {
      const tensors = tensorsTurned(plan, stage, lane, along, side), parts = (axis: LoopVariable): number => Math.ceil(extentOf(axis) / side) * side / extentOf(axis);
      const cost = (2 + Math.log2(side)) / side * parts(lane) * parts(along);
      if (tensors && (!best || cost < best.cost)) best = { along, side, tensors, cost };
    }
  }
  return best;
};

const tensorsTurned = (plan: Plan, stage: Stage, lane: LoopVariable, along: LoopVariable, side: number): readonly string[] | undefined => {
  const cut = (axis: LoopVariable, name: string): Index => add(scale(variable(loopVariable(`${name}o`, Math.ceil(extentOf(axis) / side))), side), variable(loopVariable(name, side)));
  const inSquares = (index: Index): Index => substitute(index, (name) => (name === lane.name ? cut(lane, 'l') : name === along.name ? cut(along, 't') : undefined));
  const turned = new Set<string>(), straight = new Set<string>();
  let usable = true;
  visitLoads(stage.value, (load, under) => {
    const address = addressOf(layoutOfTensor(plan, load.tensor), load.at.map(inSquares)), stepOf = (name: string): number | null => {
      const hidden = address.terms.some(({ atom }) => atom.kind !== 'variable' && variablesOf({ kind: 'index', constant: 0, terms: [{ coefficient: 1, atom }] }).has(name));
      return hidden ? null : coefficientOf(address, name);
    };
    const step = stepOf('l'), isTurned = step !== 0 && step !== 1;
    (isTurned ? turned : straight).add(load.tensor);
    if (isTurned && (step === null || stepOf('t') !== 1 || under.length > 0 || (-extentOf(lane) & (side - 1)) * Math.abs(step) * bytesOf[load.dtype] > mostBehind)) usable = false;
    if (under.some((guard) => variablesOf(guard).has(lane.name))) usable = false;
  });
  return usable && turned.size > 0 && [...turned].every((name) => !straight.has(name)) ? [...turned] : undefined;
};

export interface TurnedTile { readonly outer: readonly string[]; readonly steps: readonly Step[] }

/** Loops around the squares, and the steps that shape a stage without a shape so; undefined where it reads as it writes. */
export const turnedTile = (plan: Plan, stage: Stage, lane: LoopVariable, lanes: number): TurnedTile | undefined => {
  const turned = turnedReads(plan, stage, lane, lanes);
  if (!turned) return undefined;
  const { name } = stage, { along, side, tensors } = turned;
  const outer = [...stage.axes.filter((axis) => axis !== lane && axis !== along).map((axis) => axis.name), 'to', 'lo'];
  const steps: Step[] = [
    split(name, lane.name, side, ['lo', 'li']), split(name, along.name, side, ['to', 'ti']),
    reorder(name, ...outer, 'ti', 'li'), ...unroll(name, 'ti'), vectorize(name, 'li'),
  ];
  let shaped = after(plan, steps);
  for (const [i, tensor] of tensors.entries()) {
    const square = `${name}t${i === 0 ? '' : i}`;
    const placing = [cacheRead(name, tensor, square), computeAt(square, name, 'lo', 'register')], placed = shaped && after(shaped, placing);
    if (!placed) return undefined;
    const { stage: copy, region } = placed.stages.get(square)!, wide = copy.axes.filter((_, axis) => region[axis]!.extent > 1);
    // of the two sides, the one whose elements lie together in memory is the vectors'
    const near = wide.find((axis) => addressStep(placed, tensor, copy, axis) === 1), far = wide.find((axis) => axis !== near);
    if (wide.length !== 2 || !near || !far || region.some(({ extent }) => extent > 1 && extent !== side)) return undefined;
    const shaping = [
      layout(square, [...copy.axes.filter((axis) => axis !== near), near].map((axis) => dim(axis.name))),
      reorder(square, far.name, near.name), ...unroll(square, far.name), vectorize(square, near.name),
    ];
    steps.push(...placing, ...shaping);
    shaped = after(placed, shaping);
  }
  return shaped && { outer, steps };
};

const after = (plan: Plan, steps: readonly Step[]): Plan | undefined => {
  const shaped = attempt(() => steps.reduce(applyStep, plan));
  return shaped.ok ? shaped.value : undefined;
};

/** How far apart in memory neighbours along an axis of a copy lie, within a square. */
const addressStep = (plan: Plan, tensor: string, copy: Stage, axis: LoopVariable): number => {
  const at = copy.axes.map((each) => variable(each === axis ? loopVariable('i', 2) : loopVariable(each.name, 1)));
  return coefficientOf(addressOf(layoutOfTensor(plan, tensor), at), 'i');
};
