/** Steps that rewrite the definition: splitReduction, cacheWrite, cacheRead. The result computes the same; nothing is placed or shaped here. */
import {
  add, allAxes, build, constant, extentOf, identityOf, loadsOf, loopVariable, rewriteValue, scale, shapeOf, substitute, subtract, variable,
  type Definition, type Index, type Plan, type PlannedStage, type Stage, type Step, type StepOf,
} from '@loopsmith/ir';
import { illegal, stageOf } from './illegal.js';
import { freshLoops } from './plan-edit.js';

const insertBefore = (definition: Definition, name: string, added: Stage, replaced: Stage): Definition => ({
  ...definition,
  stages: definition.stages.flatMap((stage) => (stage.name === name ? [added, replaced] : [stage])),
});

const assertNew = (plan: Plan, name: string, step: Step): void => {
  if (plan.stages.has(name) || plan.inputs.has(name)) illegal(step, `the name "${name}" is taken; choose another`);
};

/** A stage that has its first loops still, or none yet: rewriting a shaped one would leave stale guards behind. */
export const assertUnshaped = (planned: PlannedStage, step: Step): void => {
  const { stage } = planned;
  const expected = allAxes(stage).map(({ name }) => name);
  const found = planned.loops.map((loop) => loop.name);
  const untouched = planned.loops.every((loop) => loop.as === 'serial') && found.length === expected.length && found.every((name, i) => name === expected[i]);
  if (planned.place.kind !== 'unplaced' && !untouched) illegal(step, `${stage.name} is shaped already; ${step.step} before split, fuse, reorder and marks`);
};

const reducing = (planned: PlannedStage, step: Step): Stage & { reduce: NonNullable<Stage['reduce']> } => {
  const { stage } = planned;
  return stage.reduce ? { ...stage, reduce: stage.reduce } : illegal(step, `${stage.name} does not reduce`);
};

/** The plan after `replaced` took the place of its namesake and `added` appeared before it, unplaced. */
const install = (plan: Plan, planned: PlannedStage, added: Stage, replaced: Stage): Plan => {
  const stages = new Map<string, PlannedStage>();
  for (const [name, each] of plan.stages) {
    if (name === replaced.name) {
      stages.set(added.name, unplaced(added));
      const loops = planned.place.kind === 'unplaced' ? { loops: [], axes: new Map<string, Index>() } : freshLoops(replaced, planned.region.map(({ extent }) => extent));
      stages.set(name, { ...planned, stage: replaced, ...loops });
    } else stages.set(name, each);
  }
  return { ...plan, definition: insertBefore(plan.definition, replaced.name, added, replaced), stages };
};

export const unplaced = (stage: Stage): PlannedStage =>
  ({ stage, place: { kind: 'unplaced' }, scope: 'register', layout: [], region: [], loops: [], guards: [], axes: new Map() });

/** `A = sum f` becomes `B = sum f; A = B`: the sum can live in registers while A is stored elsewhere. */
export const cacheWrite = (plan: Plan, step: StepOf<'cacheWrite'>): Plan => {
  const planned = stageOf(plan, step.stage, step);
  const stage = reducing(planned, step);
  assertNew(plan, step.as, step);
  assertUnshaped(planned, step);
  const cache: Stage = { ...stage, name: step.as, dtype: stage.reduce.accumulate };
  const copied = build.load(cache, ...cache.axes.map(variable));
  const copy: Stage = { ...stage, reduce: null, value: cache.dtype === stage.dtype ? copied : build.cast(stage.dtype, copied) };
  return install(plan, planned, cache, copy);
};

/** `A` reads `W` becomes `A` reads `Ws`, `Ws = W`: a copy that can be placed near. */
export const cacheRead = (plan: Plan, step: StepOf<'cacheRead'>): Plan => {
  const planned = stageOf(plan, step.stage, step);
  assertNew(plan, step.as, step);
  const source = [...plan.definition.inputs, ...plan.definition.tables].find(({ name }) => name === step.of) ?? plan.stages.get(step.of)?.stage;
  if (!source || !loadsOf(planned.stage.value).some(({ tensor }) => tensor === step.of)) return illegal(step, `${step.stage} does not read ${step.of}`);
  const axes = shapeOf(source).map((extent, i) => loopVariable(source.kind === 'stage' ? source.axes[i]!.name : `a${i}`, extent));
  const copy = build.stage(step.as, source.dtype, axes, build.load(source, ...axes.map(variable)));
  const value = rewriteValue(planned.stage.value, { load: (load) => (load.tensor === step.of ? { ...load, tensor: step.as } : undefined) });
  const stages = new Map<string, PlannedStage>();
  const reader: Stage = { ...planned.stage, value };
  for (const [name, each] of plan.stages) {
    if (name === step.stage) { stages.set(step.as, unplaced(copy)); stages.set(name, { ...each, stage: reader }); }
    else stages.set(name, each);
  }
  return { ...plan, definition: insertBefore(plan.definition, step.stage, copy, reader), stages };
};

/** The axis that splitting a stage's reduction makes. */
export const partsAxis = (stage: Stage): string => {
  let name = 'o';
  while (allAxes(stage).some((each) => each.name === name)) name += 'o';
  return name;
};

/**
 * `A = sum[c] f` becomes `Ap[o] = sum[c] f(o*n + c); A = sum[o] Ap[o]` with n terms to a part; strided, n is the number of parts and the
 * distance of a part's terms: `c*n + o`. Where n does not divide, what would lie past the last term is the identity. The new axis is the
 * outermost of Ap.
 */
export const splitReduction = (plan: Plan, step: StepOf<'splitReduction'>): Plan => {
  const planned = stageOf(plan, step.stage, step);
  const stage = reducing(planned, step);
  const axis = stage.reduce.axes.find(({ name }) => name === step.loop) ?? illegal(step, `${step.stage} does not reduce over "${step.loop}"`);
  const extent = extentOf(axis);
  if (!Number.isInteger(step.by) || step.by < 1 || step.by > extent) return illegal(step, `${step.loop} has ${extent} terms; split by a whole number of at most that`);
  const partial = `${step.stage}p`;
  assertNew(plan, partial, step);
  assertUnshaped(planned, step);
  const name = partsAxis(stage), others = Math.ceil(extent / step.by);
  const outer = loopVariable(name, step.strided ? step.by : others), inner = loopVariable(axis.name, step.strided ? others : step.by);
  const [far, near] = step.strided ? [inner, outer] : [outer, inner], term = add(scale(variable(far), step.by), variable(near));
  const at = (index: Index): Index => substitute(index, (name) => (name === axis.name ? term : undefined));
  const value = rewriteValue(stage.value, { index: at }), dtype = stage.reduce.accumulate;
  const kept = extent % step.by === 0 ? value : build.select([subtract(constant(extent - 1), term)], value, build.literal(identityOf(stage.reduce.operator, dtype), dtype));
  const part: Stage = {
    ...stage, name: partial, dtype, axes: [outer, ...stage.axes], value: kept,
    reduce: { ...stage.reduce, axes: [...stage.reduce.axes.filter((each) => each !== axis), ...(inner.last > 0 ? [inner] : [])] },
  };
  if (part.reduce!.axes.length === 0) return illegal(step, `splitting by ${step.by} leaves nothing to reduce in the parts`);
  const whole: Stage = { ...stage, reduce: { ...stage.reduce, axes: [outer] }, value: build.load(part, ...part.axes.map(variable)) };
  return install(plan, planned, part, whole);
};
