/** Convolutions of one to three axes. Only windows and weights are translated; quantised convolutions are not imported. */
import type { OnnxTranslators } from '../translation.js';
import { windowAttributes } from './window.js';

export const convolutions: OnnxTranslators = {
  Conv: (t) => {
    const X = t.input(0, 'X'), W = t.input(1, 'W'), space = X.shape.slice(2), kernel = W.shape.slice(2);
    if (space.length < 1 || space.length > 3) return t.refuse(`reads X of shape [${X.shape.join(',')}]; Loopsmith convolves over one to three axes behind [n,c]`);
    const declared = t.attributes.integers('kernel_shape', kernel);
    if (declared.join() !== kernel.join()) return t.refuse(`has kernel_shape [${declared.join(',')}] and weights of shape [${W.shape.join(',')}], which disagree`);
    return t.emit(`conv${space.length}d`, [X, W, t.optional(2)], { ...windowAttributes(t, space, kernel), groups: t.attributes.integer('group', 1) });
  },
};
