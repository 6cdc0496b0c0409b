/**
 * Every ONNX operator that one node of Loopsmith's, or a few, stand for, by name; those of other domains behind their domain. One file per family;
 * what is not here is refused by name.
 */
import type { OnnxTranslator } from '../translation.js';
import { activations } from './activation.js';
import { arithmetic } from './arithmetic.js';
import { attentions } from './attention.js';
import { constants } from './constant.js';
import { convolutions } from './convolution.js';
import { matrices } from './matrix.js';
import { normalizations } from './normalization.js';
import { pools } from './pooling.js';
import { positions } from './position.js';
import { quantisedOperators } from './quantised.js';
import { rearrangements } from './rearrange.js';
import { recurrences } from './recurrent.js';
import { reductions } from './reduction.js';
import { resizes } from './resize.js';
import { samplings } from './sampling.js';
import { scatters } from './scatter.js';
import { selections } from './selection.js';
import { sortings } from './sorting.js';
import { transposedConvolutions } from './transposed-convolution.js';

export const translators: ReadonlyMap<string, OnnxTranslator> = new Map(Object.entries({
  ...convolutions, ...transposedConvolutions, ...pools, ...matrices, ...normalizations, ...attentions, ...activations, ...arithmetic, ...reductions, ...rearrangements,
  ...selections, ...scatters, ...samplings, ...positions, ...sortings, ...resizes, ...recurrences, ...quantisedOperators, ...constants,
}));
