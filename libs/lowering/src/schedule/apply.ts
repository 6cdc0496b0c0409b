/** apply: folds the steps of a schedule into a Plan. The first illegal step is the Failure. Builds no loops and knows no device. */
import { attempt, type Outcome } from '@loopsmith/util';
import {
  compileTimeTensors, outputOf, plainLayout, printStep, shapeOf,
  type Definition, type Layout, type Plan, type PlannedStage, type Schedule, type Step, type StepOf,
} from '@loopsmith/ir';
import { winograd } from '../algorithms/winograd.js';
import { illegal } from './illegal.js';
import { computeAt, inline, layout, root, rootStage } from './place.js';
import { assertUnshaped, cacheRead, cacheWrite, splitReduction, unplaced } from './rewrite.js';
import { bind, fuse, parallel, reorder, split, unroll, vectorize } from './shape.js';

/** The plan of an empty schedule: the output is a kernel of its own, compile-time stages are set aside, all else has no place. */
export const initialPlan = (definition: Definition, layouts: Readonly<Record<string, Layout>>): Plan => {
  const known = compileTimeTensors(definition);
  const output = outputOf(definition);
  const stages = new Map<string, PlannedStage>();
  for (const stage of definition.stages) {
    if (stage === output) stages.set(stage.name, rootStage(stage, layouts[stage.name]));
    else if (known.has(stage.name)) stages.set(stage.name, { ...unplaced(stage), place: { kind: 'compile' }, scope: 'global', layout: plainLayout(shapeOf(stage)) });
    else stages.set(stage.name, unplaced(stage));
  }
  const inputs = new Map<string, Layout>();
  for (const each of [...definition.inputs, ...definition.tables]) inputs.set(each.name, layouts[each.name] ?? plainLayout(each.shape));
  return { algorithm: null, definition, stages, inputs };
};

export const applyStep = (plan: Plan, step: Step): Plan => {
  switch (step.step) {
    case 'algorithm': return algorithm(plan, step);
    case 'splitReduction': return splitReduction(plan, step);
    case 'cacheWrite': return cacheWrite(plan, step);
    case 'cacheRead': return cacheRead(plan, step);
    case 'inline': return inline(plan, step);
    case 'computeAt': return computeAt(plan, step);
    case 'root': return root(plan, step);
    case 'layout': return layout(plan, step);
    case 'split': return split(plan, step);
    case 'fuse': return fuse(plan, step);
    case 'reorder': return reorder(plan, step);
    case 'unroll': return unroll(plan, step);
    case 'vectorize': return vectorize(plan, step);
    case 'parallel': return parallel(plan, step);
    case 'bind': return bind(plan, step);
    default: return step satisfies never;
  }
};

/** Another definition that computes the same: the schedule begins anew with it, so nothing may be placed or shaped yet. */
const algorithm = (plan: Plan, step: StepOf<'algorithm'>): Plan => {
  const output = plan.stages.get(outputOf(plan.definition).name)!;
  assertUnshaped(output, step);
  for (const { stage, place } of plan.stages.values())
    if (stage !== output.stage && place.kind !== 'unplaced' && place.kind !== 'compile') illegal(step, `${stage.name} has its place already; an algorithm is the first step`);
  const rewritten = winograd(plan.definition, step.tile);
  if (typeof rewritten === 'string') return illegal(step, rewritten);
  return { ...initialPlan(rewritten, { ...Object.fromEntries(plan.inputs), [output.stage.name]: output.layout }), algorithm: `${step.algorithm} ${step.tile}` };
};

/** Steps that rewrite definitions. Schedules of a space begin with the same few, and these take longest. */
const rewrites: ReadonlySet<Step['step']> = new Set(['algorithm', 'inline', 'cacheWrite', 'splitReduction']);

/** What the first steps of schedules made of a definition, by their text. */
interface Begun { readonly layouts: Readonly<Record<string, Layout>>; readonly plans: Map<string, Plan> }
const begun = new WeakMap<Definition, Begun>();

/** Plans are immutable, so those that begin alike share their beginning. */
const afterRewrites = (definition: Definition, layouts: Readonly<Record<string, Layout>>, steps: Schedule): Plan => {
  let known = begun.get(definition);
  if (known?.layouts !== layouts) begun.set(definition, known = { layouts, plans: new Map() });
  const key = steps.map(printStep).join('; ');
  let plan = known.plans.get(key);
  if (!plan) known.plans.set(key, plan = steps.reduce(applyStep, initialPlan(definition, layouts)));
  return plan;
};

/**
 * The plan a schedule makes of a definition. `layouts` holds the task's layouts of run-time inputs and of the output, by name;
 * what it lacks is row-major.
 */
export const applySchedule = (definition: Definition, layouts: Readonly<Record<string, Layout>>, schedule: Schedule): Outcome<Plan> =>
  attempt(() => {
    const shaping = schedule.findIndex(({ step }) => !rewrites.has(step)), first = shaping < 0 ? schedule.length : shaping;
    return schedule.slice(first).reduce(applyStep, afterRewrites(definition, layouts, schedule.slice(0, first)));
  });
