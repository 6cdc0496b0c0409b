/** Steps that shape a placed stage: split, fuse, reorder, unroll, vectorize, parallel, bind. They only edit the Plan's list of loops. */
import {
  add, constant, extentOf, floorDivide, modulo, rangeOf, sameIndex, scale, subtract, variable,
  type Plan, type PlannedLoop, type PlannedStage, type Step, type StepOf,
} from '@loopsmith/ir';
import { illegal, loopOf, placedStage, producerIn } from './illegal.js';
import { absoluteAxis, fixedVariables, isUnder, newLoop, substituteVariables, withStage } from './plan-edit.js';

const assertNewLoop = (planned: PlannedStage, name: string, besides: readonly string[], step: Step): void => {
  if (planned.loops.some((loop) => loop.name === name && !besides.includes(name))) illegal(step, `${planned.stage.name} has a loop "${name}" already`);
};

/** `x -> by*o + i` everywhere; a guard `x < extent` where `by` does not divide, unless `round` and the padding is there. */
export const split = (plan: Plan, step: StepOf<'split'>): Plan => {
  const planned = placedStage(plan, step.stage, step);
  const loop = loopOf(planned, step.loop, step), extent = extentOf(loop.variable);
  const producer = producerIn(plan, step.stage, step.loop);
  if (producer) return illegal(step, `${producer} is computed in this very loop; split before placing it`);
  if (loop.as !== 'serial') return illegal(step, `${step.loop} is marked already; split before unroll, vectorize, parallel and bind`);
  // a loop of one iteration is the constant 0 wherever it is used, so lanes beyond it could not be told apart
  if (!Number.isInteger(step.by) || step.by < 1 || (step.by > extent && (!step.round || extent === 1)))
    return illegal(step, `${step.loop} has extent ${extent}; split by a whole number of at most that`);
  const [outerName, innerName] = step.into;
  if (outerName === innerName) return illegal(step, 'the two loops need two names');
  for (const name of step.into) assertNewLoop(planned, name, [step.loop], step);
  const outer = newLoop(step.stage, outerName, Math.ceil(extent / step.by), loop.reduces);
  const inner = newLoop(step.stage, innerName, step.by, loop.reduces);
  const value = add(scale(variable(outer.variable), step.by), variable(inner.variable));
  const exact = extent % step.by === 0;
  return substituteVariables(plan, step.stage, (name) => (name === loop.variable.name ? value : undefined), (changed) => {
    const guards = exact || step.round ? changed.guards : [...changed.guards, subtract(constant(extent - 1), value)];
    const shaped: PlannedStage = { ...changed, loops: changed.loops.flatMap((each) => (each.name === step.loop ? [outer, inner] : [each])), guards };
    if (!exact && step.round) {
      // past the end of a part of an axis lies the next part: only a whole axis can be rounded up
      const whole = [...planned.axes.values()].some((index) => sameIndex(index, variable(loop.variable)));
      if (!whole) return illegal(step, `${step.loop} is a part of an axis, and what it computed past its end would be another part's; round the whole axis first`);
      assertPadded(shaped, step);
    }
    return shaped;
  });
};

/**
 * `round` computes whole tiles: the stage must not reduce over the loop, and every store must have room for the extra lanes. That
 * is what is left of the tensor's own last block: what a slice sees behind it is its neighbour's.
 */
const assertPadded = (planned: PlannedStage, step: StepOf<'split'>): void => {
  const { stage, layout } = planned;
  if (planned.loops.some((loop) => loop.name === step.into[0] && loop.reduces)) illegal(step, `a reduction must not run past its terms; drop round`);
  stage.axes.forEach((axis, position) => {
    const range = rangeOf(planned.scope === 'global' ? absoluteAxis(planned, axis.name) : planned.axes.get(axis.name)!);
    const extent = planned.scope === 'global' ? extentOf(axis) : planned.region[position]!.extent;
    if (range.last < extent) return;
    for (const dim of layout) {
      if (dim.axis !== position || dim.modulo !== null) continue;
      const room = Math.ceil((extent + dim.offset) / dim.divide) * dim.divide - dim.offset;
      if (range.last >= room) illegal(step, `${stage.name} has room for ${room} of ${range.last + 1} in ${axis.name}; split by a divisor of its block, or drop round`);
    }
  });
};

/** `a -> f / extent(b)`, `b -> f % extent(b)` for neighbours that both or neither reduce. */
export const fuse = (plan: Plan, step: StepOf<'fuse'>): Plan => {
  const planned = placedStage(plan, step.stage, step);
  const [first, second] = step.loops.map((name) => loopOf(planned, name, step)) as [PlannedLoop, PlannedLoop];
  const position = planned.loops.indexOf(first);
  if (planned.loops[position + 1] !== second) return illegal(step, `${step.loops[0]} and ${step.loops[1]} are not neighbours in that order; reorder first`);
  if (first.reduces !== second.reduces) return illegal(step, 'one of the two reduces and the other does not');
  if (first.as !== 'serial' || second.as !== 'serial') return illegal(step, 'one of the two is marked already; fuse before unroll, vectorize, parallel and bind');
  for (const name of step.loops) {
    const producer = producerIn(plan, step.stage, name);
    if (producer) return illegal(step, `${producer} is computed in ${name}; fuse before placing it`);
  }
  assertNewLoop(planned, step.into, step.loops, step);
  const inner = extentOf(second.variable);
  const fused = newLoop(step.stage, step.into, extentOf(first.variable) * inner, first.reduces);
  const whole = variable(fused.variable);
  const quotient = floorDivide(whole, inner), remainder = modulo(whole, inner);
  return substituteVariables(
    plan, step.stage, (name) => (name === first.variable.name ? quotient : name === second.variable.name ? remainder : undefined),
    (changed) => ({ ...changed, loops: changed.loops.flatMap((loop) => (loop === first ? [fused] : loop === second ? [] : [loop])) }),
  );
};

/** The loops in a new order, all named (loops of one iteration may be left out and go outermost). */
export const reorder = (plan: Plan, step: StepOf<'reorder'>): Plan => {
  const planned = placedStage(plan, step.stage, step);
  const named = step.loops.map((name) => loopOf(planned, name, step));
  if (new Set(named).size !== named.length) return illegal(step, 'a loop is named twice');
  const silent = planned.loops.filter((loop) => !named.includes(loop));
  const missing = silent.filter((loop) => extentOf(loop.variable) > 1);
  if (missing.length > 0) return illegal(step, `name every loop; missing ${missing.map((loop) => loop.name).join(', ')}`);
  const reordered: PlannedStage = { ...planned, loops: [...silent, ...named] };
  const next = withStage(plan, reordered);
  for (const [name, { place }] of plan.stages) {
    if (place.kind !== 'at' || place.consumer !== step.stage) continue;
    const before = fixedVariables(plan, step.stage, place.loop), after = fixedVariables(next, step.stage, place.loop);
    if (before.size !== after.size || [...before].some((each) => !after.has(each)))
      return illegal(step, `${name} is computed in ${place.loop} and needs the same loops outside of it; reorder before placing it`);
  }
  return next;
};

const mark = (plan: Plan, planned: PlannedStage, name: string, as: PlannedLoop['as']): Plan =>
  withStage(plan, { ...planned, loops: planned.loops.map((loop) => (loop.name === name ? { ...loop, as } : loop)) });

const unmarked = (planned: PlannedStage, name: string, step: Step): PlannedLoop => {
  const loop = loopOf(planned, name, step);
  return loop.as === 'serial' ? loop : illegal(step, `${name} is marked already`);
};

export const unroll = (plan: Plan, step: StepOf<'unroll'>): Plan => {
  const loops = [...placedStage(plan, step.stage, step).loops], planned = { ...placedStage(plan, step.stage, step), loops };
  for (const name of step.loops) {
    const loop = unmarked(planned, name, step);
    loops[loops.indexOf(loop)] = { ...loop, as: 'unrolled' };
  }
  return withStage(plan, planned);
};

/** The innermost loop becomes the lanes of a vector; one that reduces combines the lanes of every term, so it is best the last, over parts that lanes keep. */
export const vectorize = (plan: Plan, step: StepOf<'vectorize'>): Plan => {
  const planned = placedStage(plan, step.stage, step);
  const loop = unmarked(planned, step.loop, step);
  const inner = planned.loops.slice(planned.loops.indexOf(loop) + 1).filter((each) => extentOf(each.variable) > 1);
  if (inner.length > 0) return illegal(step, `${inner.map((each) => each.name).join(', ')} runs inside ${step.loop}; reorder it innermost`);
  const producer = producerIn(plan, step.stage, step.loop);
  if (producer) return illegal(step, `${producer} is computed in this loop; place it at one around it`);
  return mark(plan, planned, step.loop, 'vectorized');
};

/** Iterations over the team: the outermost loop of a kernel, never a reduction; loops and points are a bijection, so stores are disjoint. */
export const parallel = (plan: Plan, step: StepOf<'parallel'>): Plan => {
  const planned = placedStage(plan, step.stage, step);
  const loop = unmarked(planned, step.loop, step);
  if (planned.place.kind !== 'root') return illegal(step, `${step.stage} is computed inside another stage; only the loops of a kernel run in parallel`);
  if (loop.reduces) return illegal(step, `${step.loop} reduces; splitReduction first and share the loop of the parts`);
  const outside = planned.loops.slice(0, planned.loops.indexOf(loop)).filter((each) => extentOf(each.variable) > 1);
  if (outside.length > 0) return illegal(step, `${outside.map((each) => each.name).join(', ')} runs outside ${step.loop}; fuse or reorder`);
  return mark(plan, planned, step.loop, 'parallel');
};

/**
 * Blocks divide the work of a kernel, so only its own loops can be bound to them; threads also load shared stages together.
 * What a stage in shared memory holds is decided by the thread loops around it, so those are bound before it is placed.
 */
export const bind = (plan: Plan, step: StepOf<'bind'>): Plan => {
  const planned = placedStage(plan, step.stage, step);
  const loop = unmarked(planned, step.loop, step), { bound, dimension } = step.to;
  if (bound === 'block' && planned.place.kind !== 'root') return illegal(step, `${step.stage} is computed inside another stage, which is one block already; bind it to threads`);
  if (planned.scope === 'register' || planned.scope === 'scratch')
    return illegal(
      step,
      `${step.stage} is kept in ${planned.scope === 'register' ? 'registers' : 'scratch'}, which every thread has for itself; bind a loop around it, or place it in shared memory`,
    );
  if (loop.reduces) return illegal(step, `${step.loop} reduces, and threads would add to the same element; splitReduction first and bind the loop of the parts`);
  const twin = planned.loops.find(({ as }) => typeof as !== 'string' && as.bound === bound && as.dimension === dimension);
  if (twin) return illegal(step, `${twin.name} is bound to ${bound}.${dimension} already; fuse the two or take another dimension`);
  const marked = mark(plan, planned, step.loop, step.to);
  for (const [name, each] of plan.stages)
    if (bound === 'thread' && each.scope === 'shared' && isUnder(plan, each, step.stage))
      return illegal(step, `${name} is placed in shared memory below ${step.stage} already; bind before placing it`);
  return marked;
};
