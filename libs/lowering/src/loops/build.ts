/**
 * build: a finished Plan becomes a structured Program. One recursion per stage: its loops, the producers attached to each,
 * init nest, update nest, store; addresses are flat from the start. Unrolls nothing and invents no names.
 */
import { attempt, refuse, type Outcome } from '@loopsmith/util';
import {
  addressOf, decideGuard, extentOf, guardedRanges, identityOf, indirect, layoutSize, mapOperation, operatorOfReduction, outputOf, partsOf,
  readsOf, replaceGathers, rewriteValue, variablesOf,
  type Buffer, type Expression, type Guard, type GuardedRanges, type Index, type Kernel, type Plan, type PlannedLoop, type PlannedStage, type Program, type Statement, type Value,
} from '@loopsmith/ir';
import { elementAddress, overLoops, storeAddress } from '../schedule/plan-edit.js';
import { liftGuards } from './lift-guards.js';

/** The structured program of a plan. A Failure for a stage without a place, and for a sum that would be kept, term by term, in less than it accumulates in. */
export const buildProgram = (plan: Plan): Outcome<Program> => attempt(() => {
  for (const [name, { place, stage: { dtype, reduce } }] of plan.stages) {
    if (place.kind === 'unplaced') refuse({ code: 'schedule-incomplete', stage: 'lower', message: `stage ${name} has no place; computeAt, root or inline it` });
    if ((place.kind === 'root' || place.kind === 'at') && reduce && reduce.accumulate !== dtype)
      refuse({
        code: 'schedule-incomplete',
        stage: 'lower',
        message: `stage ${name} accumulates in ${reduce.accumulate}, but is stored as ${dtype} after every term; cacheWrite it, so that it is rounded once`,
      });
  }
  const context = contextOf(plan);
  const kernels: Kernel[] = [];
  for (const planned of plan.stages.values())
    if (planned.place.kind === 'root') kernels.push({ name: planned.stage.name, launch: null, body: stageNest(context, planned) });
  growSlack(context.globals, kernels);
  return { kernels, buffers: context.globals };
});

/** A buffer whose slack is not known yet. */
interface Growing extends Buffer { slack: number }
interface Context {
  readonly plan: Plan;
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly globals: readonly Growing[];
  readonly tables: ReadonlySet<string>;
}

/** Buffers by tensor name; global ones in ABI order: inputs, tables, compile-time stages, output, temporaries. */
const contextOf = (plan: Plan): Context => {
  const { definition } = plan;
  const output = outputOf(definition).name;
  const read = new Set<string>();
  for (const planned of plan.stages.values())
    if (planned.place.kind === 'root' || planned.place.kind === 'at') for (const name of readsOf(planned.stage.value)) read.add(name);
  const buffers = new Map<string, Buffer>();
  const inputs: Growing[] = [], computed: Growing[] = [], outputs: Growing[] = [], temporaries: Growing[] = [];
  const keep = (list: Growing[], buffer: Growing): void => { buffers.set(buffer.name, buffer); list.push(buffer); };
  for (const { name, dtype, when } of definition.inputs) {
    if (when === 'compile' && !read.has(name)) continue;
    keep(inputs, { name, dtype, size: layoutSize(plan.inputs.get(name)!), scope: 'global', role: when === 'compile' ? 'compile' : 'input', slack: 0 });
  }
  // a table is a buffer like any other here; expand folds its entries into the text
  for (const { name, dtype } of definition.tables)
    if (read.has(name)) keep(computed, { name, dtype, size: layoutSize(plan.inputs.get(name)!), scope: 'global', role: 'compile', slack: 0 });
  for (const { stage, place, scope, layout } of plan.stages.values()) {
    const base = { name: stage.name, dtype: stage.dtype, size: layoutSize(layout), slack: 0 };
    if (place.kind === 'compile') { if (read.has(stage.name)) keep(computed, { ...base, scope: 'global', role: 'compile' }); }
    else if (place.kind === 'root') keep(stage.name === output ? outputs : temporaries, { ...base, scope: 'global', role: stage.name === output ? 'output' : 'temporary' });
    else if (place.kind === 'at') buffers.set(stage.name, { ...base, scope, role: 'temporary' });
  }
  return { plan, buffers, globals: [...inputs, ...computed, ...outputs, ...temporaries], tables: new Set(definition.tables.map(({ name }) => name)) };
};

/** All statements of a stage at its place, its buffer's declaration left to the caller. */
const stageNest = (context: Context, planned: PlannedStage): readonly Statement[] => {
  const { stage } = planned;
  const buffer = context.buffers.get(stage.name)!;
  const at = storeAddress(planned);
  if (!stage.reduce) {
    const store: Statement = { kind: 'store', buffer, at, value: toExpression(context, overLoopsValue(planned)) };
    return nest(context, planned, planned.loops, [], planned.guards, () => [store], true);
  }
  const { operator } = stage.reduce;
  const lifted = liftGuards(overLoopsValue(planned), operator, context.tables);
  const reducing = new Set(planned.loops.filter((loop) => loop.reduces).map((loop) => loop.variable.name));
  const spatialGuards = planned.guards.filter((guard) => ![...variablesOf(guard)].some((name) => reducing.has(name)));
  const tailGuards = planned.guards.filter((guard) => !spatialGuards.includes(guard));
  const initial: Statement = { kind: 'store', buffer, at, value: { kind: 'constant', dtype: stage.dtype, value: identityOf(operator, stage.dtype) } };
  const update: Statement = {
    kind: 'store', buffer, at,
    value: { kind: 'binary', operator: operatorOfReduction(operator), left: { kind: 'load', buffer, at }, right: toExpression(context, lifted.value) },
  };
  const firstReduction = planned.loops.findIndex((loop) => loop.reduces && extentOf(loop.variable) > 1);
  const depth = firstReduction < 0 ? planned.loops.length : firstReduction;
  const outer = planned.loops.slice(0, depth), inner = planned.loops.slice(depth);
  return nest(context, planned, outer, inner, spatialGuards, (left) => [
    ...nest(context, planned, inner.filter((loop) => !loop.reduces), [], left, () => [initial], false),
    ...nest(context, planned, inner, [], [...left, ...tailGuards, ...lifted.guard], () => [update], true),
  ], true);
};

/**
 * Loops outside in, with each guard directly inside the loop that binds its last variable. Guards over loops of `within` are
 * decided further in and handed to `content`. Producers attached to a loop come first in its body when `attach` is set.
 */
const nest = (
  context: Context, planned: PlannedStage, loops: readonly PlannedLoop[], within: readonly PlannedLoop[], guards: Guard,
  content: (left: Guard) => readonly Statement[], attach: boolean,
): readonly Statement[] => {
  const deeper = new Set(within.map((loop) => loop.variable.name));
  const own = loops.map((loop) => loop.variable.name);
  const undecided = guards.filter((guard) => decideGuard([guard]) !== 'always');
  const later = undecided.filter((guard) => [...variablesOf(guard)].some((name) => deeper.has(name)));
  // a guard around a bound loop would keep some threads from barriers inside of it
  const bound = loops.findLastIndex(({ as }) => typeof as !== 'string');
  const depthOf = (guard: Index): number => 1 + Math.max(bound, ...[...variablesOf(guard)].map((name) => own.indexOf(name)));
  const level = (depth: number): readonly Statement[] => {
    const when = undecided.filter((guard) => !later.includes(guard) && depthOf(guard) === depth);
    const loop = loops[depth];
    let inner: readonly Statement[];
    if (!loop) inner = content(later);
    else {
      const body = [...(attach ? attachedTo(context, planned, loop.name) : []), ...level(depth + 1)];
      inner = extentOf(loop.variable) === 1 ? body : [{ kind: 'for', variable: loop.variable, as: loop.as, body }];
    }
    return when.length === 0 ? inner : [{ kind: 'if', when, body: inner }];
  };
  return level(0);
};

/** Declarations and nests of the stages computed inside a loop, producers first. */
const attachedTo = (context: Context, host: PlannedStage, loop: string): readonly Statement[] => {
  const statements: Statement[] = [];
  for (const planned of context.plan.stages.values()) {
    if (planned.place.kind !== 'at' || planned.place.consumer !== host.stage.name || planned.place.loop !== loop) continue;
    statements.push({ kind: 'declare', buffer: context.buffers.get(planned.stage.name)! }, ...stageNest(context, planned));
  }
  return statements;
};

/** A stage's value with its axes as indices over loop variables; loads keep tensor coordinates. */
const overLoopsValue = (planned: PlannedStage): Value => rewriteValue(planned.stage.value, { index: (index) => overLoops(planned, index) });

/** Values to expressions: loads get flat addresses, selects that range analysis decides vanish. */
const toExpression = (context: Context, value: Value): Expression => {
  const walk = (part: Value): Expression => {
    switch (part.kind) {
      case 'load': return loadOf(context, part.tensor, part.at);
      case 'select': {
        const when = part.when.filter((guard) => decideGuard([guard]) !== 'always');
        if (when.length === 0) return walk(part.then);
        return decideGuard(when) === 'never' ? walk(part.otherwise) : { ...part, when, then: walk(part.then), otherwise: walk(part.otherwise) };
      }
      default: return mapOperation(part, walk);
    }
  };
  return walk(value);
};

const loadOf = (context: Context, tensor: string, at: readonly Index[]): Expression => {
  const buffer = context.buffers.get(tensor);
  if (!buffer) throw new Error(`no buffer for ${tensor}`);
  return { kind: 'load', buffer, at: flatGathers(context, elementAddress(context.plan, tensor, at)) };
};

/**
 * The index with every gather at a flat address, also inside the divisions that blocked layouts make. What is gathered from is global: inputs,
 * compile-time stages and stages at root.
 */
const flatGathers = (context: Context, index: Index): Index => replaceGathers(index, ({ buffer, at, first, last, text }) => {
  const layout = context.plan.stages.get(buffer)?.layout ?? context.plan.inputs.get(buffer);
  if (!layout) throw new Error(`no buffer for ${buffer}, which ${text} gathers from`);
  return indirect(buffer, [flatGathers(context, addressOf(layout, at))], first, last);
});

/** Gives each global buffer the slack that dead points of register tiles may read past its end. Nobody else has the buffers yet. */
const growSlack = (globals: readonly Growing[], kernels: readonly Kernel[]): void => {
  const growing = new Map(globals.map((buffer) => [buffer.name, buffer]));
  const ofExpression = (expression: Expression, ranges: GuardedRanges): void => {
    switch (expression.kind) {
      case 'load': {
        const buffer = growing.get(expression.buffer.name);
        if (buffer) buffer.slack = Math.max(buffer.slack, ranges.range(expression.at).last - buffer.size + 1);
        return;
      }
      case 'select': ofExpression(expression.then, guardedRanges([...ranges.guard, ...expression.when])); ofExpression(expression.otherwise, ranges); return;
      default: for (const part of partsOf(expression)) ofExpression(part, ranges);
    }
  };
  const ofStatements = (statements: readonly Statement[], ranges: GuardedRanges): void => {
    for (const statement of statements) {
      if (statement.kind === 'for') ofStatements(statement.body, ranges);
      else if (statement.kind === 'if') ofStatements(statement.body, guardedRanges([...ranges.guard, ...statement.when]));
      else if (statement.kind === 'store') ofExpression(statement.value, ranges);
    }
  };
  for (const kernel of kernels) ofStatements(kernel.body, guardedRanges([]));
};
