/** Operators of any number of operands, of which Loopsmith's take two. */
import type { GraphTensor } from '@loopsmith/ir';
import type { Translation } from './translation.js';

/** All inputs by one operator, from the left, two at a time; one by itself as it is. */
export const combined = (t: Translation, operator: string): GraphTensor => {
  const [first, ...rest] = t.inputs();
  return rest.reduce((whole, next) => t.emit(operator, [whole, next]), first ?? t.refuse('has no inputs'));
};
