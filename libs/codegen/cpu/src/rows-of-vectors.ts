/** Kernels of the generic schedule of CPUs: rows of vectors where every access allows them, sums in registers. */
import {
  add, addressOf, coefficientOf, extentOf, loopVariable, plainLayout, scale, shapeOf, substitute, variable, variablesOf, visitLoads,
  type Index, type Plan, type Stage, type Step,
} from '@loopsmith/ir';
import type { Task } from '@loopsmith/contracts';
import { cacheWrite, computeAt, laneAxis, lanesIn, parallel, reorder, split, unroll, vectorize, type KernelShape } from '@loopsmith/codegen-spaces';

/** Sums of scalars that are kept side by side: each waits for its last addition, so that one alone would leave most of the machine idle. */
const SUMS = 4;

/** `vector: false` leaves every loop scalar. */
export const rowsOfVectors = (task: Task, vector: boolean): KernelShape => ({ stage, layout }, plan) => {
  const { name } = stage;
  const lanes = lanesIn(task, stage.dtype, layout);
  const lane = laneAxis(stage, layout);
  const usable = vector && lanes > 1 && lane !== undefined && extentOf(lane) >= lanes && vectorizable(plan, stage, lane.name, lanes);
  const several = stage.reduce && !usable ? stage.axes.findLast((axis) => extentOf(axis) >= SUMS) : undefined;
  const order = stage.axes.filter((axis) => (!usable || axis !== lane) && axis !== several).map((axis) => axis.name);
  const cache = `${name}s`;
  const steps: Step[] = [];
  if (stage.reduce) steps.push(cacheWrite(name, cache));
  if (usable) steps.push(split(name, lane.name, lanes, ['lo', 'li']), reorder(name, ...order, 'lo', 'li'), vectorize(name, 'li'));
  if (several) steps.push(split(name, several.name, SUMS, ['ro', 'ri']), reorder(name, ...order, 'ro', 'ri'), ...unroll(name, 'ri'));
  const outer = usable ? [...order, 'lo'] : several ? [...order, 'ro'] : order;
  const shared = stage.axes.find((axis) => extentOf(axis) > 1 && axis !== (usable ? lane : several))?.name;
  steps.push(parallel(name, shared ?? outer[0]!));
  if (stage.reduce) {
    steps.push(computeAt(cache, name, outer.at(-1)!, 'register'));
    const reduced = stage.reduce.axes.map((axis) => axis.name);
    if (usable) steps.push(reorder(cache, ...reduced, lane.name), vectorize(cache, lane.name));
    if (several) steps.push(reorder(cache, ...reduced, several.name), ...unroll(cache, several.name));
  }
  return steps;
};

/** Whether `lanes` neighbours along the axis read neighbours, or one element, everywhere, and no select cuts them. */
const vectorizable = (plan: Plan, stage: Stage, lane: string, lanes: number): boolean => {
  let usable = true;
  const inside = loopVariable('li', lanes);
  const whole = stage.axes.find((axis) => axis.name === lane)!;
  const cut = add(scale(variable(loopVariable('lo', Math.ceil(extentOf(whole) / lanes))), lanes), variable(inside));
  const toLanes = (index: Index): Index => substitute(index, (name) => (name === lane ? cut : undefined));
  visitLoads(stage.value, (load, under) => {
    const source = plan.stages.get(load.tensor);
    const layout = source ? (source.layout.length > 0 ? source.layout : plainLayout(shapeOf(source.stage))) : plan.inputs.get(load.tensor)!;
    const address = addressOf(layout, load.at.map(toLanes));
    const elsewhere = address.terms.some(({ atom }) => atom.kind !== 'variable' && variablesOf({ kind: 'index', constant: 0, terms: [{ coefficient: 1, atom }] }).has('li'));
    const step = coefficientOf(address, 'li');
    if (elsewhere || (step !== 0 && step !== 1)) usable = false;
    if (under.some((guard) => variablesOf(toLanes(guard)).has('li'))) usable = false;
  });
  return usable;
};
