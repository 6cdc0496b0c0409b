/** Edits of a Plan that every step is made of (replace a stage, substitute a loop variable everywhere), and where its stages stand. Decides no legality. */
import { add, addressOf, extentOf, loopVariable, substitute, subtract, variable, type Index, type Load, type Plan, type PlannedLoop, type PlannedStage, type Stage } from '@loopsmith/ir';

export const withStage = (plan: Plan, planned: PlannedStage): Plan =>
  ({ ...plan, stages: new Map(plan.stages).set(planned.stage.name, planned) });

/** The list itself when nothing in it changed: most stages do not speak of the loop that a step edits. */
const mapChanged = <T>(list: readonly T[], change: (item: T) => T): readonly T[] => {
  const changed = list.map(change);
  return changed.every((item, i) => item === list[i]) ? list : changed;
};

/**
 * Replaces loop variables of `stage` by indices in every axis, guard and region of the plan: regions of stages placed below speak of them too.
 * `shape` is what else becomes of the stage itself.
 */
export const substituteVariables = (plan: Plan, stage: string, replacement: (name: string) => Index | undefined, shape: (planned: PlannedStage) => PlannedStage): Plan => {
  const swap = (index: Index): Index => substitute(index, replacement);
  const stages = new Map(plan.stages);
  for (const [name, planned] of plan.stages) {
    // a stage speaks of its own loops and of those that it runs inside
    if (name !== stage && !isUnder(plan, planned, stage)) continue;
    const region = mapChanged(planned.region, (part) => {
      const base = swap(part.base);
      return base === part.base ? part : { base, extent: part.extent };
    });
    const guards = mapChanged(planned.guards, swap);
    let axes = planned.axes;
    for (const [axis, index] of planned.axes) {
      const swapped = swap(index);
      if (swapped !== index) axes = new Map(axes).set(axis, swapped);
    }
    const changed = region !== planned.region || guards !== planned.guards || axes !== planned.axes ? { ...planned, region, guards, axes } : planned;
    if (name === stage) stages.set(name, shape(changed));
    else if (changed !== planned) stages.set(name, changed);
  }
  return { ...plan, stages };
};

export const newLoop = (stage: string, name: string, extent: number, reduces: boolean): PlannedLoop =>
  ({ name, variable: loopVariable(`${stage}.${name}`, extent), reduces, as: 'serial' });

/** Fresh loops, one per axis of the region and one per reduction axis, and each axis as an index over them. */
export const freshLoops = (stage: Stage, extents: readonly number[]): Pick<PlannedStage, 'loops' | 'axes'> => {
  const loops: PlannedLoop[] = [];
  const axes = new Map<string, Index>();
  stage.axes.forEach((axis, i) => {
    const loop = newLoop(stage.name, axis.name, extents[i]!, false);
    loops.push(loop);
    axes.set(axis.name, variable(loop.variable));
  });
  for (const axis of stage.reduce?.axes ?? []) {
    const loop = newLoop(stage.name, axis.name, extentOf(axis), true);
    loops.push(loop);
    axes.set(axis.name, variable(loop.variable));
  }
  return { loops, axes };
};

/** Where in the tensor (not in its region) an axis of a placed stage stands. */
export const absoluteAxis = (planned: PlannedStage, axis: string): Index => {
  const position = planned.stage.axes.findIndex(({ name }) => name === axis);
  const relative = planned.axes.get(axis);
  if (!relative) throw new Error(`${planned.stage.name} has no axis ${axis}`);
  return position < 0 ? relative : add(planned.region[position]!.base, relative);
};

/** An index over a stage's axes, as an index over loop variables. */
export const overLoops = (planned: PlannedStage, index: Index): Index =>
  substitute(index, (name) => (planned.axes.has(name) ? absoluteAxis(planned, name) : undefined));

/** Where a placed stage stores over its loops, counted in elements of its buffer. */
export const storeAddress = (planned: PlannedStage): Index =>
  addressOf(planned.layout, planned.stage.axes.map(({ name }) => (planned.scope === 'global' ? absoluteAxis(planned, name) : planned.axes.get(name)!)));

/** Where the element of a tensor at coordinates over loops lies, counted in elements of its buffer. */
export const elementAddress = (plan: Plan, tensor: string, at: readonly Index[]): Index => {
  const planned = plan.stages.get(tensor);
  if (!planned) return addressOf(plan.inputs.get(tensor)!, at);
  return addressOf(planned.layout, planned.scope === 'global' ? at : at.map((index, i) => subtract(index, planned.region[i]!.base)));
};

/** Where a load of a stage lies over its loops, counted in elements of its buffer. */
export const loadAddress = (plan: Plan, planned: PlannedStage, { tensor, at }: Load): Index => elementAddress(plan, tensor, at.map((index) => overLoops(planned, index)));

/**
 * Names of the variables of `stage`'s loops at and outside `loop`, and of everything that stage runs inside. `shared`: without the
 * loops bound to threads, which all run at once: what they share has to serve every one of them.
 */
export const fixedVariables = (plan: Plan, stage: string, loop: string, shared = false): ReadonlySet<string> => {
  const isShared = ({ as }: PlannedLoop): boolean => shared && typeof as !== 'string' && as.bound === 'thread';
  return new Set(loopsDownTo(plan, stage, loop).flatMap((each) => (isShared(each) ? [] : [each.variable.name])));
};

/** The loops that a stage runs in, outermost first: those around its place, and its own. */
export const loopsAround = (plan: Plan, { place, loops }: PlannedStage): readonly PlannedLoop[] =>
  (place.kind === 'at' ? [...loopsDownTo(plan, place.consumer, place.loop), ...loops] : loops);

const loopsDownTo = (plan: Plan, stage: string, loop: string): readonly PlannedLoop[] => {
  const planned = plan.stages.get(stage)!, around = loopsAround(plan, planned);
  return around.slice(0, around.length - planned.loops.length + planned.loops.findIndex(({ name }) => name === loop) + 1);
};

/** Whether a stage is computed inside another, however deep. */
export const isUnder = (plan: Plan, { place }: PlannedStage, host: string): boolean =>
  place.kind === 'at' && (place.consumer === host || isUnder(plan, plan.stages.get(place.consumer)!, host));
