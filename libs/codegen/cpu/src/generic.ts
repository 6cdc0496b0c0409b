/**
 * The generic schedule: legal for every definition, so that everything compiles. Reductions become kernels of their own with
 * their sums in registers, cheap elementwise stages are inlined, lanes are used where every access allows them.
 */
import { attempt, type Outcome } from '@loopsmith/util';
import {
  add, addressOf, bytesOf, coefficientOf, extentOf, loopVariable, plainLayout, scale, shapeOf, substitute, variable, variablesOf, visitLoads,
  type Index, type Plan, type Schedule, type Stage, type Step,
} from '@loopsmith/ir';
import { applyStep, initialPlan } from '@loopsmith/lowering';
import type { Task } from '@loopsmith/contracts';
import { cacheWrite, cheap, computeAt, gathered, inline, laneAxis, parallel, reorder, root, split, vectorize, type Structure } from '@loopsmith/codegen-spaces';

/** `vector: false` leaves every loop scalar. */
export const genericSchedule = (task: Task, structure: Structure, vector: boolean): Outcome<Schedule> => attempt(() => {
  const steps: Step[] = [];
  let plan = initialPlan(task.definition, task.layouts);
  const take = (...next: readonly Step[]): void => { for (const step of next) { plan = applyStep(plan, step); steps.push(step); } };
  // the output first: a stage is placed or inlined only after everything that reads it
  for (const { name } of [...task.definition.stages].reverse()) {
    if (structure.compileTime.has(name)) continue;
    if (name !== structure.output.name) {
      const { stage } = plan.stages.get(name)!;
      if (!stage.reduce && !gathered(plan, name) && cheap(plan, stage)) { take(inline(name)); continue; }
      take(root(name));
    }
    take(...kernelSteps(task, plan, name, vector));
  }
  return steps;
});

/** Shapes one kernel. A rank 0 reduction keeps its sum in its own buffer: there is no loop to compute it in. */
const kernelSteps = (task: Task, plan: Plan, name: string, vector: boolean): readonly Step[] => {
  const { stage, layout } = plan.stages.get(name)!;
  if (stage.axes.length === 0) return [];
  const lanes = Math.max(1, Math.floor(task.target.vectorBytes / bytesOf[stage.dtype]));
  const lane = laneAxis(stage, layout);
  const usable = vector && lanes > 1 && lane !== undefined && extentOf(lane) % lanes === 0 && vectorizable(plan, stage, lane.name, lanes);
  const order = stage.axes.filter((axis) => !usable || axis !== lane).map((axis) => axis.name);
  const cache = `${name}s`;
  const steps: Step[] = [];
  if (stage.reduce) steps.push(cacheWrite(name, cache));
  if (usable) steps.push(split(name, lane.name, lanes, ['lo', 'li']), reorder(name, ...order, 'lo', 'li'), vectorize(name, 'li'));
  const outer = usable ? [...order, 'lo'] : order;
  steps.push(parallel(name, stage.axes.find((axis) => extentOf(axis) > 1 && axis !== (usable ? lane : undefined))?.name ?? outer[0]!));
  if (stage.reduce) {
    steps.push(computeAt(cache, name, outer.at(-1)!, 'register'));
    if (usable) steps.push(reorder(cache, ...stage.reduce.axes.map((axis) => axis.name), lane.name), vectorize(cache, lane.name));
  }
  return steps;
};

/** Whether `lanes` neighbours along the axis read neighbours, or one element, everywhere, and no select cuts them. */
const vectorizable = (plan: Plan, stage: Stage, lane: string, lanes: number): boolean => {
  let usable = true;
  const inside = loopVariable('li', lanes);
  const whole = stage.axes.find((axis) => axis.name === lane)!;
  const cut = add(scale(variable(loopVariable('lo', extentOf(whole) / lanes)), lanes), variable(inside));
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
