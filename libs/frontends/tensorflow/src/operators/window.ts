/** Padding as TensorFlow writes it, to pads (all begins, then all ends) over space. */
import { samePads } from '@loopsmith/frontend-shared';
import type { TfTranslation } from '../translation.js';
import { channelsLast } from './layout.js';

/** SAME makes the output ceil(input / stride), the odd pad behind; EXPLICIT lists begin and end of every axis. */
export const padsOf = (t: TfTranslation, space: readonly number[], kernel: readonly number[], strides: readonly number[], dilations: readonly number[]): readonly number[] => {
  const padding = t.attributes.text('padding');
  switch (padding) {
    case 'SAME': return samePads(space, kernel, strides, dilations, 'end');
    case 'VALID': return [...space, ...space].map(() => 0);
    case 'EXPLICIT': {
      const pairs = t.attributes.integers('explicit_paddings'), rank = space.length + 2, first = channelsLast(t) ? 1 : 2;
      if (pairs.length !== 2 * rank) return t.refuse(`has explicit_paddings [${pairs.join(',')}]; ${2 * rank} were expected, two per axis`);
      return [0, 1].flatMap((side) => space.map((_, i) => pairs[2 * (first + i) + side]!));
    }
    default: return t.refuse(`has padding ${padding}; Loopsmith knows SAME, VALID and EXPLICIT`);
  }
};
