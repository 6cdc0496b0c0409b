/** Helpers for specs of GPU plugins: the task of one operator, what an outcome says, what a kernel's text takes of shared memory. */
import type { HardwarePlugin, Target, Task } from '@loopsmith/contracts';
import { blockedLayout, flopsOf, outputOf, plainLayout, shapeOf, type Definition, type Layout } from '@loopsmith/ir';
import { unwrap, type Outcome } from '@loopsmith/util';

/** Channels, the first axis, in blocks of so many where they divide it and there are further axes. */
export const taskFor = (definition: Definition, target: Target, channelBlock: number): Task => {
  const layoutOf = (shape: readonly number[]): Layout => (channelBlock > 1 && shape[0]! % channelBlock === 0 && shape.length > 2 ? blockedLayout(shape, 0, channelBlock) : plainLayout(shape));
  const layouts = Object.fromEntries([
    ...definition.inputs.filter(({ when }) => when === 'run').map(({ name, shape }) => [name, layoutOf(shape)] as const),
    [outputOf(definition).name, layoutOf(shapeOf(outputOf(definition)))] as const,
  ]);
  return { key: 'task', workload: '', label: definition.name, definition, layouts, inPlace: null, target, threads: 1, flops: flopsOf(definition) };
};

/** For a target of the plugin, in the layouts that it asks for. */
export const taskOf = async (plugin: HardwarePlugin, definition: Definition, isa: string): Promise<Task> => {
  const target = unwrap(await plugin.resolve(isa));
  return taskFor(definition, target, plugin.channelBlock(target));
};

export const messageOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'accepted' : outcome.failure.message);

/** Bytes that a kernel's declarations take, in CUDA's words. */
export const sharedBytesOf = (text: string): number => [...text.matchAll(/__shared__ __align__\(16\) float \w+\[(\d+)\];/g)].reduce((sum, [, elements]) => sum + 4 * Number(elements), 0);
