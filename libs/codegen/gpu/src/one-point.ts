/**
 * Kernels whose threads each compute one point, or a few that lie together, in the order of memory: neighbouring threads store
 * neighbouring elements. It shapes one stage and places nothing.
 */
import { extentOf, type Plan, type Step } from '@loopsmith/ir';
import { applyStep } from '@loopsmith/lowering';
import { bind, fuse, reorder, split, vectorize } from '@loopsmith/codegen-spaces';
import { movesTogether } from './wide.js';

/** All axes of a kernel fused in the order of memory, blocks of an axis apart from what lies in them. Blocks are bound as `fb`, threads as `ft`. */
export const onePointPerThread = (plan: Plan, stage: string, threads: number): readonly Step[] => {
  const { order, steps, points } = inMemory(plan, stage);
  return [...steps, ...dealt(stage, order, points, threads)];
};

/** As `onePointPerThread`, `together` points a thread as a vector where the stage moves such; else one. */
export const pointsPerThread = (plan: Plan, stage: string, threads: number, together: number): readonly Step[] => {
  const { order, steps, points } = inMemory(plan, stage), last = order.at(-1), vector = 'fv';
  const extent = last === undefined ? 1 : plan.stages.get(stage)!.stage.axes.filter(({ name }) => name === last).reduce((_, axis) => extentOf(axis), 1);
  if (together === 1 || last === undefined || extent % together !== 0) return onePointPerThread(plan, stage, threads);
  const wide = [
    ...steps,
    split(stage, last, together, [`${last}q`, vector]),
    ...dealt(stage, [...order.slice(0, -1), `${last}q`], points / together, threads, vector),
    vectorize(stage, vector),
  ];
  return movesTogether(wide.reduce(applyStep, plan), stage, vector, together) ? wide : onePointPerThread(plan, stage, threads);
};

/** The loops of a stage in the order of memory, and the steps that make them. */
const inMemory = (plan: Plan, stage: string): { readonly order: readonly string[]; readonly steps: readonly Step[]; readonly points: number } => {
  const { stage: { axes }, layout: stored } = plan.stages.get(stage)!;
  const steps: Step[] = [], order: string[] = [];
  let points = 1;
  for (const { axis: position, modulo } of stored) {
    const axis = axes[position]!, blocks = stored.find((dim) => dim.axis === position && dim.modulo !== null)?.modulo ?? 1;
    const cut = blocks > 1 && extentOf(axis) > blocks;
    if (!cut) { if (!order.includes(axis.name)) { order.push(axis.name); points *= extentOf(axis); } continue; }
    if (modulo === null) steps.push(split(stage, axis.name, blocks, [`${axis.name}b`, `${axis.name}l`]));
    order.push(`${axis.name}${modulo === null ? 'b' : 'l'}`);
    points *= modulo ?? Math.ceil(extentOf(axis) / blocks);
  }
  const unstored = axes.filter((axis) => !order.some((name) => name === axis.name || name === `${axis.name}b`)).map(({ name }) => name);
  return { order: [...unstored, ...order], steps, points };
};

/** `names`, fused and dealt out to threads; the loops in `inside` stay inside of them. */
const dealt = (stage: string, names: readonly string[], points: number, threads: number, ...inside: readonly string[]): readonly Step[] => {
  const steps: Step[] = [];
  if (names.length > 1) steps.push(reorder(stage, ...names, ...inside));
  let [fused] = names as [string];
  names.slice(1).forEach((name, i) => { const into = `f${i}`; steps.push(fuse(stage, fused, name, into)); fused = into; });
  return [...steps, split(stage, fused, Math.min(threads, points), ['fb', 'ft']), bind(stage, 'fb', 'block.x'), bind(stage, 'ft', 'thread.x')];
};
