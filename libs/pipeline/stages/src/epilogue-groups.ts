/**
 * Tasks that differ only in their epilogue: the same reduction over the same inputs in the same layouts, stored in the same
 * way. What is fast for one is fast for all, so they share one search. Reads definitions; knows no schedule.
 */
import type { ExtractedTask, Task } from '@loopsmith/contracts';
import { outputOf, shapeOf, stageText, visitLoads } from '@loopsmith/ir';
import { canonicalJson } from '@loopsmith/util';

/**
 * Per task the position of the one that searches for its group, which is its own where it is alone: the one with the most
 * arithmetic in the network, the first of equals.
 */
export const leadersOf = (tasks: readonly ExtractedTask[]): readonly number[] => {
  const groups = new Map<string, number[]>();
  tasks.forEach(({ task }, i) => {
    const text = withoutEpilogue(task) ?? task.key;
    groups.set(text, [...(groups.get(text) ?? []), i]);
  });
  const work = (i: number): number => tasks[i]!.task.flops * tasks[i]!.calls.length;
  const leaders = tasks.map((_, i) => i);
  for (const members of groups.values()) {
    const leader = members.reduce((most, i) => (work(i) > work(most) ? i : most));
    for (const i of members) leaders[i] = leader;
  }
  return leaders;
};

/** All of a task but its epilogue, as text; undefined for a task that reduces nothing, which is all epilogue. Names are canonical, hence by position. */
const withoutEpilogue = ({ definition, layouts, target, threads }: Task): string | undefined => {
  const last = definition.stages.findLastIndex(({ reduce }) => reduce !== null);
  if (last < 0) return undefined;
  const stages = definition.stages.slice(0, last + 1), output = outputOf(definition);
  const read = new Set<string>();
  for (const stage of stages) visitLoads(stage.value, ({ tensor }) => read.add(tensor));
  const layout = (name: string): string => canonicalJson((layouts[name] ?? []).map((dim) => ({ ...dim })));
  return [
    `${target.id} ${threads}`,
    ...definition.inputs.filter(({ name }) => read.has(name)).map(({ name, dtype, shape, when }) => `${name} ${dtype} ${shape.join()} ${when} ${layout(name)}`),
    ...definition.tables.filter(({ name }) => read.has(name)).map((table) => canonicalJson({ ...table })),
    ...stages.map(stageText),
    `${output.dtype} ${shapeOf(output).join()} ${layout(output.name)}`,
  ].join('\n');
};
