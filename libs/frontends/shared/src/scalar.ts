/** A number as a tensor without axes, of the dtype it will meet. */
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import type { Translation } from './translation.js';

export const scalarLike = (t: Translation, like: GraphTensor, value: number): GraphTensor => t.constant(fromNumbers(like.dtype, [], [value]));
