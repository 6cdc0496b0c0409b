/** Channels first, which is how Loopsmith's operators are defined, around operators whose channels are last. The transpositions are a graph pass's to remove. */
import type { Translation } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { TfTranslation } from '../translation.js';

/** Where a node's channels are: `NHWC` and `NDHWC` behind space, `NCHW` and `NCDHW` before it. */
export const channelsLast = (t: TfTranslation): boolean => {
  const format = t.attributes.text('data_format', 'NHWC');
  switch (format) {
    case 'NHWC': case 'NDHWC': return true;
    case 'NCHW': case 'NCDHW': return false;
    default: return t.refuse(`has data_format ${format}; Loopsmith knows NHWC, NCHW, NDHWC and NCDHW`);
  }
};

/** [n, .., c] to [n, c, ..]. */
export const toChannelsFirst = (t: Translation, X: GraphTensor): GraphTensor => {
  const rank = X.shape.length;
  return t.emit('transpose', [X], { permutation: [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)] });
};
/** [n, c, ..] to [n, .., c]. */
export const toChannelsLast = (t: Translation, X: GraphTensor): GraphTensor => {
  const rank = X.shape.length;
  return t.emit('transpose', [X], { permutation: [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1] });
};

/** What `work` makes of X as [n, c, ..], put back into the node's own order. Refused: another rank than the operator's. */
export const withChannelsFirst = (t: TfTranslation, X: GraphTensor, rank: number, work: (X: GraphTensor) => GraphTensor): GraphTensor => {
  if (X.shape.length !== rank) return t.refuse(`reads a tensor of shape [${X.shape.join(',')}]; ${rank} axes were expected`);
  return channelsLast(t) ? toChannelsLast(t, work(toChannelsFirst(t, X))) : work(X);
};

/** Of a list with one item per axis, as strides and windows are written, those of the axes of space. Refused: other than 1 for batch and channels. */
export const overSpace = (t: TfTranslation, name: string, rank: number, values = t.attributes.integers(name, Array.from({ length: rank }, () => 1))): readonly number[] => {
  if (values.length !== rank) return t.refuse(`has ${name} [${values.join(',')}]; ${rank} were expected, one per axis`);
  const last = channelsLast(t), outside = [values[0], last ? values.at(-1) : values[1]];
  if (outside.some((value) => value !== 1)) return t.refuse(`has ${name} [${values.join(',')}]; along batch and channels only 1 can be computed`);
  return last ? values.slice(1, -1) : values.slice(2);
};
