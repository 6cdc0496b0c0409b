/** Every TensorFlow operator that is imported, by name. One file per family; what is not here is refused by name. */
import type { TfTranslator } from '../translation.js';
import { unaryOperators } from './activation.js';
import { arithmetic } from './arithmetic.js';
import { constants } from './constant.js';
import { convolutions } from './convolution.js';
import { lists } from './lists.js';
import { matrices } from './matrix.js';
import { normalizations } from './normalization.js';
import { pools } from './pooling.js';
import { positions } from './position.js';
import { rearrangements } from './rearrange.js';
import { reductions } from './reduction.js';
import { resizes } from './resize.js';
import { selections } from './selection.js';

export const translators: ReadonlyMap<string, TfTranslator> = new Map(
  Object.entries({
    ...constants,
    ...convolutions,
    ...pools,
    ...matrices,
    ...normalizations,
    ...unaryOperators,
    ...arithmetic,
    ...reductions,
    ...rearrangements,
    ...selections,
    ...positions,
    ...resizes,
    ...lists,
  }),
);
