/** Every ONNX operator that is imported, by name. One file per family; what is not here is refused by name. */
import type { OnnxTranslator } from '../translation.js';
import { activations } from './activation.js';
import { arithmetic } from './arithmetic.js';
import { constants } from './constant.js';
import { convolutions } from './convolution.js';
import { matrices } from './matrix.js';
import { normalizations } from './normalization.js';
import { pools } from './pooling.js';
import { rearrangements } from './rearrange.js';
import { positions } from './position.js';
import { reductions } from './reduction.js';
import { resizes } from './resize.js';
import { selections } from './selection.js';
import { transposedConvolutions } from './transposed-convolution.js';

export const translators: ReadonlyMap<string, OnnxTranslator> = new Map(Object.entries({
  ...convolutions, ...transposedConvolutions, ...pools, ...matrices, ...normalizations, ...activations, ...arithmetic, ...reductions, ...rearrangements, ...selections, ...positions, ...resizes, ...constants,
}));
