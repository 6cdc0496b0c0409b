/** What a lowered kernel takes: the program's global buffers in ABI order, each with the shape and layout of the tensor behind it. */
import { shapeOf, tensorsOf } from '@loopsmith/ir';
import type { KernelBuffer, Lowered } from '@loopsmith/contracts';

export const kernelBuffers = ({ plan, program }: Lowered): readonly KernelBuffer[] => {
  const tensors = tensorsOf(plan.definition);
  return program.buffers.map(({ name, role, dtype, size, slack }) => {
    const layout = plan.inputs.get(name) ?? plan.stages.get(name)!.layout;
    return { role, tensor: name, dtype, size, slack, shape: shapeOf(tensors.get(name)!), layout };
  });
};
