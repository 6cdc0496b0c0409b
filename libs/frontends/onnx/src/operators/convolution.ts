/** Convolutions of one to three axes. Only windows and weights are translated; what quantised ones round is in quantised.ts. */
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';
import { kernelOf, windowAttributes } from './window.js';

/** X convolved by W as the node's attributes say; padding is zeros. */
export const convolution = (t: OnnxTranslation, X: GraphTensor, W: GraphTensor, bias: GraphTensor | undefined): GraphTensor => {
  const space = X.shape.slice(2);
  if (space.length < 1 || space.length > 3) return t.refuse(`reads X of shape [${X.shape.join(',')}]; Loopsmith convolves over one to three axes behind [n,c]`);
  return t.emit(`conv${space.length}d`, [X, W, bias], { ...windowAttributes(t, space, kernelOf(t, W)), groups: t.attributes.integer('group', 1) });
};

export const convolutions: OnnxTranslators = { Conv: (t) => convolution(t, t.input(0, 'X'), t.input(1, 'W'), t.optional(2)) };
