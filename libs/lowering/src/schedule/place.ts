/** Steps that place a stage: inline, computeAt, root. Place a stage, then shape it, then place its producers. */
import {
  gathersOf, impliedSize, layoutFault, loadsOf, onlyVariable, plainLayout, readsOf, rewriteValue, shapeOf, valueAt, zero,
  type Definition, type Layout, type Plan, type PlannedStage, type Stage, type Step, type StepOf, type Value,
} from '@loopsmith/ir';
import { illegal, loopOf, placedStage, stageOf } from './illegal.js';
import { fixedVariables, freshLoops, withStage } from './plan-edit.js';
import { axesBefore, inferRegion, regionGuards } from './region.js';

/** Stages that load `name` or gather from it and still have work of their own. */
const consumersOf = (plan: Plan, name: string): readonly PlannedStage[] =>
  [...plan.stages.values()].filter(({ stage, place }) => {
    if (place.kind === 'inlined' || place.kind === 'compile') return false;
    return readsOf(stage.value).has(name);
  });

/** A place that is gathered is known only when the kernel runs, so whatever is gathered from must be there whole. */
const assertNotGathered = (plan: Plan, name: string, step: Step): void => {
  for (const { stage } of consumersOf(plan, name)) {
    if (gathersOf(stage.value).some(({ buffer }) => buffer === name)) illegal(step, `${stage.name} gathers indices from ${name}; place it at root`);
  }
};

const movable = (plan: Plan, name: string, step: Step): PlannedStage => {
  const planned = stageOf(plan, name, step);
  if (planned.place.kind === 'compile') return illegal(step, `${name} depends on weights alone and is computed when the library is built`);
  return planned.place.kind === 'unplaced' ? planned : illegal(step, `${name} has its place already`);
};

/** `A = .. P[e] ..` becomes `A = .. value of P at e ..` in every consumer. */
export const inline = (plan: Plan, step: StepOf<'inline'>): Plan => {
  const planned = movable(plan, step.stage, step);
  const producer = planned.stage;
  if (producer.reduce) return illegal(step, `${step.stage} is a ${producer.reduce.operator}; place it`);
  assertNotGathered(plan, step.stage, step);
  const replaceIn = (value: Value): Value => rewriteValue(value, { load: (load) => (load.tensor === producer.name ? valueAt(producer, load.at) : undefined) });
  const stages = new Map<string, PlannedStage>();
  for (const [name, each] of plan.stages) {
    if (name === producer.name) stages.set(name, { ...each, place: { kind: 'inlined' } });
    else if (each.place.kind === 'inlined' || each.place.kind === 'compile') stages.set(name, each);
    else stages.set(name, { ...each, stage: { ...each.stage, value: replaceIn(each.stage.value) } });
  }
  const definition: Definition = { ...plan.definition, stages: plan.definition.stages.filter(({ name }) => name !== producer.name).map(({ name }) => stages.get(name)!.stage) };
  return { ...plan, definition, stages };
};

/** Whether `planned` runs inside the body of `stage`.`loop` (its own stage, or one placed at or below that loop). */
const runsInside = (plan: Plan, planned: PlannedStage, stage: PlannedStage, loop: string): boolean => {
  const depth = stage.loops.findIndex(({ name }) => name === loop);
  let current: PlannedStage | undefined = planned;
  if (current.stage.name === stage.stage.name) return true;
  while (current && current.place.kind === 'at') {
    const { consumer, loop: at }: { consumer: string; loop: string } = current.place;
    if (consumer === stage.stage.name) return stage.loops.findIndex(({ name }) => name === at) >= depth;
    current = plan.stages.get(consumer);
  }
  return false;
};

/** Computes a stage in the body of a loop of a placed consumer, over the region that its consumers there need. */
export const computeAt = (plan: Plan, step: StepOf<'computeAt'>): Plan => {
  const planned = movable(plan, step.stage, step);
  const host = placedStage(plan, step.in.stage, step);
  if (loopOf(host, step.in.loop, step).as === 'vectorized') return illegal(step, `${step.in.loop} is vectorized; its lanes run as one, so place it at a loop around it`);
  const consumers = consumersOf(plan, step.stage);
  assertNotGathered(plan, step.stage, step);
  for (const consumer of consumers) {
    if (consumer.place.kind === 'unplaced') return illegal(step, `its consumer ${consumer.stage.name} has no place yet; place consumers first`);
    if (!runsInside(plan, consumer, host, step.in.loop)) return illegal(step, `its consumer ${consumer.stage.name} runs outside of ${step.in.stage}.${step.in.loop}`);
  }
  if (consumers.length === 0) return illegal(step, `no stage reads ${step.stage}`);
  const fixed = fixedVariables(plan, step.in.stage, step.in.loop, step.scope === 'shared');
  const region = inferRegion(planned.stage, consumers, fixed, step);
  // slack is behind a buffer: what lies before one may not even be read
  const before = axesBefore(planned.stage, consumers, region);
  if (step.scope === 'register' && before.size > 0)
    return illegal(
      step,
      `some of its points would lie before the first of ${[...before].join(' and ')}, which registers cannot leave out; place it in scratch`,
    );
  const extents = region.map(({ extent }) => extent);
  const { loops, axes } = freshLoops(planned.stage, extents);
  return withStage(plan, {
    ...planned, place: { kind: 'at', consumer: step.in.stage, loop: step.in.loop }, scope: step.scope, region, loops, axes,
    layout: plainLayout(extents),
    // a register tile computes its dead points past the end and relies on slack: guards there cost more than the points
    guards: step.scope === 'register' ? [] : regionGuards(planned.stage, region, axes, before),
  });
};

/** A kernel of its own over the whole extent, kept in a global buffer. */
export const root = (plan: Plan, step: StepOf<'root'>): Plan => {
  const planned = movable(plan, step.stage, step);
  for (const consumer of consumersOf(plan, step.stage))
    if (consumer.place.kind === 'unplaced') return illegal(step, `its consumer ${consumer.stage.name} has no place yet; place consumers first`);
  return withStage(plan, rootStage(planned.stage));
};

export const rootStage = (stage: Stage, layout?: Layout): PlannedStage => {
  const extents = shapeOf(stage);
  return {
    stage, place: { kind: 'root' }, scope: 'global', layout: layout ?? plainLayout(extents),
    region: extents.map((extent) => ({ base: zero, extent })), guards: [], ...freshLoops(stage, extents),
  };
};

/** Stores a temporary, weight or compile-time stage in another order. */
export const layout = (plan: Plan, step: StepOf<'layout'>): Plan => {
  const source = plan.definition.inputs.find(({ name }) => name === step.tensor);
  if (source) {
    if (source.when === 'run') return illegal(step, `${step.tensor} is handed over at run time; its layout belongs to the task`);
    return { ...plan, inputs: new Map(plan.inputs).set(step.tensor, resolve(step, source.shape.map((_, i) => `_${i}`), axisNames(plan, step.tensor), source.shape)) };
  }
  const planned = stageOf(plan, step.tensor, step);
  const names = planned.stage.axes.map(({ name }) => name);
  const extents = planned.place.kind === 'compile' ? shapeOf(planned.stage) : planned.region.map(({ extent }) => extent);
  if (planned.place.kind === 'root' && planned.stage === plan.definition.stages.at(-1)) return illegal(step, `${step.tensor} is the output; its layout belongs to the task`);
  if (planned.place.kind !== 'compile') placedStage(plan, step.tensor, step);
  return withStage(plan, { ...planned, layout: resolve(step, names, undefined, extents) });
};

/** An input has no axis names of its own; the first stage that reads it plainly lends them. */
const axisNames = (plan: Plan, tensor: string): readonly (string | undefined)[] | undefined =>
  plan.definition.stages.flatMap(({ value }) => loadsOf(value)).find((load) => load.tensor === tensor)?.at.map((at) => onlyVariable(at)?.name);

/** Axes by name; an axis of an input that no stage reads plainly is named by its position, `_1`. */
const resolve = (step: StepOf<'layout'>, positional: readonly string[], lent: readonly (string | undefined)[] | undefined, shape: readonly number[]): Layout => {
  const layout = step.dims.map((dim) => {
    let axis = positional.indexOf(dim.axis);
    if (axis < 0) axis = lent?.indexOf(dim.axis) ?? -1;
    if (axis < 0) return illegal(step, `${step.tensor} has no axis "${dim.axis}"; its axes are ${(lent ?? positional).map((name, i) => name ?? positional[i]!).join(', ')}`);
    const { offset, divide, modulo } = dim;
    return { axis, offset, divide, modulo, size: dim.size ?? impliedSize({ axis, offset, divide, modulo }, shape) };
  });
  const fault = layoutFault(layout, shape);
  return fault === undefined ? layout : illegal(step, fault);
};
