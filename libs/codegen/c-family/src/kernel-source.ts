/** What an emitter hands over beside the text: the program's global buffers in ABI order, each with shape and layout of the tensor behind it, and what was computed instead. */
import { outputOf, shapeOf, tensorsOf } from '@loopsmith/ir';
import type { KernelSource, Lowered, Task } from '@loopsmith/contracts';

/** `print` gets the names of buffers that share memory with another one. */
export const kernelSource = (
  task: Pick<Task, 'definition' | 'inPlace'>, { plan, program }: Lowered, print: (aliased: ReadonlySet<string>) => Omit<KernelSource, 'buffers' | 'rewritten' | 'algorithm'>,
): KernelSource => {
  const tensors = tensorsOf(plan.definition);
  const aliased = task.inPlace === null ? [] : [task.definition.inputs[task.inPlace]!.name, outputOf(task.definition).name];
  return {
    ...print(new Set(aliased)),
    buffers: program.buffers.map(({ name, role, dtype, size, slack }) => {
      const layout = plan.inputs.get(name) ?? plan.stages.get(name)!.layout;
      return { role, tensor: name, dtype, size, slack, shape: shapeOf(tensors.get(name)!), layout };
    }),
    rewritten: plan.definition,
    algorithm: plan.algorithm,
  };
};
