/** Operators that read elements at places known only at run time. Places are held inside the tensor whatever the model is fed: memory outside is never touched. */
import { build, indirect, variable, type Index, type Input, type Stage } from '@loopsmith/ir';
import { axesOver, axisOf } from './axes.js';
import { definitionOf, operator, shapeText, type Reading } from './operator.js';

/** Stage J over the shape of `indices`: counted from the end where negative, and then held in [0, extent). */
const placesStage = (indices: Input, extent: number): Stage => {
  const [at, axes] = axesOver(indices.shape);
  const of = (value: number) => build.literal(value, indices.dtype), given = build.load(indices, ...at);
  const counted = build.choose(given, '<', of(0), build.binary('add', given, of(extent)), given);
  return build.stage('J', indices.dtype, axes, build.binary('min', build.binary('max', counted, of(0)), of(extent - 1)));
};

const operandsOf = (reading: Reading): { readonly X: Input; readonly indices: Input; readonly axis: number; readonly extent: number } => {
  const X = reading.input(0, 'X'), indices = reading.input(1, 'I'), axis = axisOf(reading, reading.number('axis', 0), X.shape.length);
  if (indices.dtype !== 'i32' && indices.dtype !== 'i64') return reading.refuse(`has indices of ${indices.dtype}; expected i32 or i64`);
  return { X, indices, axis, extent: X.shape[axis]! };
};

/**
 * Slices of X along one axis: Y[a.., i.., b..] = X[a.., I[i..], b..]. Inputs: X, I (i32 or i64, of any shape). Attribute:
 * axis (0), counted from the end where negative. An index outside of X takes the nearest element. Source: ONNX operator Gather.
 */
export const gather = operator((reading) => {
  const { X, indices, axis, extent } = operandsOf(reading), J = placesStage(indices, extent), rank = indices.shape.length;
  const [at, axes] = axesOver([...X.shape.slice(0, axis), ...indices.shape, ...X.shape.slice(axis + 1)]);
  const place = indirect('J', at.slice(axis, axis + rank), 0, extent - 1);
  const Y = build.stage('Y', X.dtype, axes, build.load(X, ...at.slice(0, axis), place, ...at.slice(axis + rank)));
  return { definition: definitionOf('gather', [X, indices], [J, Y]), label: `gather ${shapeText(indices.shape)} of ${shapeText(X.shape)} axis ${axis}` };
});

/**
 * One element of X per index: Y[i, j, k] = X[i, I[i,j,k], k] for axis 1. Inputs and attribute: as of gather, with I of X's rank
 * and nowhere longer but along the axis. Source: ONNX operator GatherElements. Refused: indices of another rank, or longer.
 */
export const gatherElements = operator((reading) => {
  const { X, indices, axis, extent } = operandsOf(reading), J = placesStage(indices, extent);
  if (indices.shape.length !== X.shape.length || indices.shape.some((length, i) => i !== axis && length > X.shape[i]!))
    return reading.refuse(`has indices of shape [${indices.shape.join(',')}] for X of shape [${X.shape.join(',')}]; expected the same rank, and no axis longer but axis ${axis}`);
  const at: readonly Index[] = J.axes.map(variable);
  const Y = build.stage('Y', X.dtype, J.axes, build.load(X, ...at.map((index, i) => (i === axis ? indirect('J', at, 0, extent - 1) : index))));
  return { definition: definitionOf('gatherElements', [X, indices], [J, Y]), label: `gather_elements ${shapeText(indices.shape)} of ${shapeText(X.shape)} axis ${axis}` };
});
