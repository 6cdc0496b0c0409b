/**
 * Tasks and kernels as JSON in the artifact store: definitions travel as their text, everything else as it is. Nodes of the forms
 * never travel. A text that is read here was found by its hash, so it is what this house wrote: only definitions are parsed with care.
 */
import type { ExtractedTask, KernelSource, Task } from '@loopsmith/contracts';
import { parseDefinition, printDefinition } from '@loopsmith/ir';
import { succeed, type Outcome } from '@loopsmith/util';

export type WireTask = Omit<Task, 'definition'> & { readonly definition: string };
export interface WireExtractedTask { readonly task: WireTask; readonly calls: readonly string[] }
export type WireKernel = Omit<KernelSource, 'rewritten'> & { readonly rewritten: string };

export const taskText = ({ definition, ...task }: Task): string => JSON.stringify({ ...task, definition: printDefinition(definition) } satisfies WireTask);
export const readTask = (text: string): Outcome<Task> => taskOf(JSON.parse(text) as WireTask);
const taskOf = ({ definition, ...task }: WireTask): Outcome<Task> => {
  const read = parseDefinition(definition);
  return read.ok ? succeed({ ...task, definition: read.value }) : read;
};

export const tasksText = (tasks: readonly ExtractedTask[]): string =>
  JSON.stringify(
    tasks.map(({ task: { definition, ...task }, calls }): WireExtractedTask => ({
      task: { ...task, definition: printDefinition(definition) },
      calls,
    })),
  );
export const readTasks = (text: string): Outcome<readonly ExtractedTask[]> => {
  const tasks: ExtractedTask[] = [];
  for (const { task, calls } of JSON.parse(text) as readonly WireExtractedTask[]) {
    const read = taskOf(task);
    if (!read.ok) return read;
    tasks.push({ task: read.value, calls });
  }
  return succeed(tasks);
};

export const kernelText = ({ rewritten, ...kernel }: KernelSource): string =>
  JSON.stringify({ ...kernel, rewritten: printDefinition(rewritten) } satisfies WireKernel);
export const readKernel = (text: string): Outcome<KernelSource> => {
  const { rewritten, ...kernel } = JSON.parse(text) as WireKernel, read = parseDefinition(rewritten);
  return read.ok ? succeed({ ...kernel, rewritten: read.value }) : read;
};
