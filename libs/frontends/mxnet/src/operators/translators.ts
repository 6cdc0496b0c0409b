/** Every MXNet operator that is imported, by name. One file per family; what is not here is refused by name. */
import type { MxnetTranslator } from '../translation.js';
import { activations } from './activation.js';
import { arithmetic } from './arithmetic.js';
import { constants } from './constant.js';
import { convolutions } from './convolution.js';
import { indexings } from './indexing.js';
import { losses } from './loss.js';
import { matrices } from './matrix.js';
import { normalizations } from './normalization.js';
import { pools } from './pooling.js';
import { rearrangements } from './rearrange.js';
import { reductions } from './reduction.js';
import { resizes } from './resize.js';
import { selections } from './selection.js';

export const translators: ReadonlyMap<string, MxnetTranslator> = new Map(
  Object.entries({
    ...convolutions,
    ...pools,
    ...matrices,
    ...normalizations,
    ...activations,
    ...arithmetic,
    ...reductions,
    ...rearrangements,
    ...selections,
    ...indexings,
    ...resizes,
    ...constants,
    ...losses,
  }),
);
