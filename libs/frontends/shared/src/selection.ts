/** Parts of a tensor whose places are known at import. */
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { joined, reshaped } from './rearrange.js';
import type { Translation } from './translation.js';

/** From `start` to before `end` along an axis. */
export const taken = (t: Translation, X: GraphTensor, axis: number, start: number, end: number, step = 1): GraphTensor =>
  (start === 0 && end === X.shape[axis] && step === 1 && !X.shape.includes(0) ? X : t.emit('slice', [X], { starts: [start], ends: [end], axes: [axis], steps: [step] }));

/** What indices choose along an axis: at places that are known as `gathered`; others at run time. Refused: a known place outside. `fromEnd`: negative ones count from there. */
export const chosenBy = (t: Translation, X: GraphTensor, indices: GraphTensor, axis: number, fromEnd: boolean): GraphTensor => {
  if (!indices.data) return t.emit('gather', [X, indices], { axis });
  const places = heldOn(t, X, axis, t.known(indices, 'indices').map((index) => (fromEnd && index < 0 ? index + X.shape[axis]! : index)));
  const parts = gathered(t, X, axis, places);
  return indices.shape.length === 1 ? parts : reshaped(t, parts, [...X.shape.slice(0, axis), ...indices.shape, ...X.shape.slice(axis + 1)]);
};

/** Slices that a gather is written as; of more it would be no gain. */
const mostRuns = 256;

/** Elements of X at the given places of an axis, as few slices as the places are even runs, or by their places where these are scattered. */
export const gathered = (t: Translation, X: GraphTensor, axis: number, indices: readonly number[]): GraphTensor => {
  if (indices.length === 0) return t.constant(fromNumbers(X.dtype, X.shape.map((extent, i) => (i === axis ? 0 : extent)), []));
  const runs: { first: number; step: number; count: number }[] = [];
  for (const index of indices) {
    const run = runs[runs.length - 1];
    if (run && run.count === 1 && index !== run.first) { run.step = index - run.first; run.count = 2; }
    else if (run && run.count > 1 && index === run.first + run.step * run.count) run.count++;
    else runs.push({ first: index, step: 1, count: 1 });
  }
  if (runs.length > mostRuns) return t.emit('gather', [X, t.constant(fromNumbers('i64', [indices.length], indices))], { axis });
  const parts = runs.map(({ first, step, count }) => {
    const end = first + step * count;
    return taken(t, X, axis, first, end < 0 ? -X.shape[axis]! - 1 : end, step);
  });
  return joined(t, parts, axis);
};

/** `places`, all of them on an axis of X. One that is not is often a position that a model was trained without: it counts as far as its input is long. */
export const heldOn = (t: Translation, X: GraphTensor, axis: number, places: readonly number[]): readonly number[] => {
  const extent = X.shape[axis]!, outside = places.find((place) => place < 0 || place >= extent);
  return outside === undefined ? places : t.refuse(`takes element ${outside} of axis ${axis}, which has ${extent}; where sizes that --shape gives decide it, give smaller ones`);
};
