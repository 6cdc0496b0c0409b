/** Random legal schedules, for tests: tries steps at random and keeps the legal ones. The generator decides no legality; `applyStep` does. */
import { attempt, type Random } from '@loopsmith/util';
import { printStep, type Definition, type Layout, type Plan, type PlannedStage, type Schedule, type Step } from '@loopsmith/ir';
import { applyStep, initialPlan } from '../schedule/apply.js';

export interface RandomSchedule { readonly schedule: Schedule; readonly plan: Plan; readonly refused: number }

/** A legal schedule that places every stage, beginning with the steps of `begin`. */
export const randomSchedule = (definition: Definition, layouts: Readonly<Record<string, Layout>>, random: Random, begin: Schedule = []): RandomSchedule => {
  let plan = initialPlan(definition, layouts), refused = 0;
  const steps: Step[] = [];
  const take = (step: Step): boolean => {
    const next = attempt(() => applyStep(plan, step));
    if (!next.ok) { refused++; return false; }
    plan = next.value;
    steps.push(step);
    return true;
  };
  for (const step of begin) if (!take(step)) throw new Error(`${printStep(step)} is illegal`);
  const shape = (name: string): void => shapeAtRandom(() => plan.stages.get(name)!, take, random);
  const done = new Set<string>();
  const prepare = (name: string): void => {
    const { stage } = plan.stages.get(name)!;
    if (!stage.reduce || random.next() < 0.5) return;
    if (random.next() < 0.5) take({ step: 'cacheWrite', stage: name, as: `${name}c` });
    else {
      const axis = random.pick(stage.reduce.axes);
      take({ step: 'splitReduction', stage: name, loop: axis.name, by: random.pick([2, 3, 4]), strided: random.next() < 0.5 });
    }
  };
  const output = definition.stages.at(-1)!.name;
  prepare(output);
  shape(output);
  done.add(output);
  // producers after their consumers: the last unplaced stage of the definition is always ready
  for (;;) {
    const waiting = [...plan.stages.values()].filter(({ place }) => place.kind === 'unplaced');
    const next = waiting.at(-1);
    if (!next) return { schedule: steps, plan, refused };
    const name = next.stage.name;
    if (!done.has(name)) { done.add(name); prepare(name); if (plan.stages.get(name) !== next) continue; }
    if (!placeAtRandom(plan, name, take, random) && !take({ step: 'root', stage: name })) throw new Error(`${name} cannot be placed`);
    if (plan.stages.get(name)!.place.kind !== 'inlined') shape(name);
  }
};

const placeAtRandom = (plan: Plan, name: string, take: (step: Step) => boolean, random: Random): boolean => {
  if (random.next() < 0.25 && take({ step: 'inline', stage: name })) return true;
  if (random.next() < 0.15) return take({ step: 'root', stage: name });
  const hosts = [...plan.stages.values()].filter(({ place, loops }) => (place.kind === 'root' || place.kind === 'at') && loops.length > 0);
  for (let tries = 0; tries < 6; tries++) {
    const host = random.pick(hosts);
    if (take({ step: 'computeAt', stage: name, in: { stage: host.stage.name, loop: random.pick(host.loops).name }, scope: 'scratch' })) return true;
  }
  return false;
};

const shapeAtRandom = (planned: () => PlannedStage, take: (step: Step) => boolean, random: Random): void => {
  const { name } = planned().stage;
  const loops = (): readonly string[] => planned().loops.map((loop) => loop.name);
  for (let i = random.below(4); i > 0; i--) {
    if (loops().length === 0) return;
    const loop = random.pick(loops());
    take({ step: 'split', stage: name, loop, by: random.pick([2, 3, 4, 5]), into: [`${loop}o`, `${loop}i`], round: random.next() < 0.1 });
  }
  if (random.next() < 0.7) take({ step: 'reorder', stage: name, loops: shuffled(loops(), random) });
  for (let i = random.below(3); i > 0 && loops().length > 1; i--) {
    const at = random.below(loops().length - 1);
    take({ step: 'fuse', stage: name, loops: [loops()[at]!, loops()[at + 1]!], into: `f${i}` });
  }
  if (loops().length === 0) return;
  if (random.next() < 0.3) take({ step: 'unroll', stage: name, loops: [random.pick(loops())] });
  if (random.next() < 0.4) take({ step: 'vectorize', stage: name, loop: loops().at(-1)! });
  if (random.next() < 0.5) take({ step: 'parallel', stage: name, loop: loops()[0]! });
};

const shuffled = <T>(list: readonly T[], random: Random): readonly T[] => {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
};
