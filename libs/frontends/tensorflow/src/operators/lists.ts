/**
 * Lists of tensors, which unrolled loops fill and read one by one: TensorArray of TensorFlow 1 and TensorList of TensorFlow 2.
 * A list is nothing at run time. What it holds is known while importing, by the name of the tensor that stands for it (the
 * handle, or the flow that orders accesses); so places in it have to be known too.
 */
import { elementsOf, reshaped, stacked, taken, zeros } from '@loopsmith/frontend-shared';
import { fromNumbers, isDType, type GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';

type List = readonly (GraphTensor | undefined)[];
const longest = 2 ** 16;

const placeholder = (t: TfTranslation): GraphTensor => t.constant(fromNumbers('f32', [], [0]));
/** The tensor that stands for a list which this node makes, as its output number `output`. */
const listed = (t: TfTranslation, list: List, output = 0): GraphTensor => {
  t.lists.set(t.node.outputs[output] ?? '', list);
  return placeholder(t);
};
const listAt = (t: TfTranslation, position: number): List =>
  t.lists.get(t.node.inputs[position] ?? '') ?? t.refuse(`reads a list of tensors at position ${position} that is only known at run time`);
const placeAt = (t: TfTranslation, position: number, list: List): number => {
  const place = t.known(t.input(position, 'index'), 'index')[0] ?? NaN;
  return Number.isInteger(place) && place >= 0 && place < list.length ? place : t.refuse(`takes element ${place} of a list of ${list.length}`);
};
const sized = (t: TfTranslation, position: number): List => new Array<undefined>(elementsOf(t, [t.known(t.input(position, 'size'), 'size')[0] ?? NaN], longest)).fill(undefined);

const rowsOf = (t: TfTranslation, X: GraphTensor): readonly GraphTensor[] => {
  const [count, ...shape] = X.shape;
  elementsOf(t, [count ?? NaN], longest);
  return Array.from({ length: count! }, (_, i) => reshaped(t, taken(t, X, 0, i, i + 1), shape));
};
const stackOf = (t: TfTranslation, parts: List): GraphTensor =>
  stacked(t, parts.map((part, i) => part ?? t.refuse(`stacks a list whose element ${i} was never set`)), 0);
const elementAt = (t: TfTranslation, list: List, place: number): GraphTensor => list[place] ?? t.refuse(`reads element ${place} of a list, which was never set`);
const withElement = (list: List, place: number, element: GraphTensor): List => list.map((each, i) => (i === place ? element : each));
const chosen = (t: TfTranslation, list: List, position: number): List =>
  t
    .known(t.input(position, 'indices'), 'indices')
    .map((place) => list[place] ?? t.refuse(`reads element ${place} of a list of ${list.length}, which was never set`));

/** An element that nobody set is zeros; its shape is an operand. */
const zerosOf = (t: TfTranslation, position: number): GraphTensor => {
  const shape = t.known(t.input(position, 'element_shape'), 'element_shape'), type = t.attributes.text('element_dtype', 'f32');
  if (!isDType(type)) return t.refuse(`lists elements of type ${type}, which Loopsmith does not compute with`);
  return zeros(t, type, shape);
};

const reserve: TfTranslator = (t) => listed(t, sized(t, 1));

export const lists: TfTranslators = {
  TensorListReserve: reserve,
  TensorListFromTensor: (t) => listed(t, rowsOf(t, t.input(0, 'tensor'))),
  TensorListGetItem: (t) => { const list = listAt(t, 0), place = placeAt(t, 1, list); return list[place] ?? zerosOf(t, 2); },
  TensorListSetItem: (t) => { const list = listAt(t, 0); return listed(t, withElement(list, placeAt(t, 1, list), t.input(2, 'item'))); },
  TensorListStack: (t) => stackOf(t, listAt(t, 0)),
  /** Two outputs: the handle, which nothing is read from, and the flow. */
  TensorArrayV3: (t) => [placeholder(t), listed(t, sized(t, 0), 1)],
  TensorArrayScatterV3: (t) => {
    const places = t.known(t.input(1, 'indices'), 'indices'), rows = rowsOf(t, t.input(2, 'value'));
    const list = [...listAt(t, 3)];
    places.forEach((place, i) => {
      list[place >= 0 && place < list.length ? place : t.refuse(`sets element ${place} of a list of ${list.length}`)] =
        rows[i] ?? t.refuse(`sets ${places.length} elements and has values for ${rows.length}`);
    });
    return listed(t, list);
  },
  TensorArrayWriteV3: (t) => { const list = listAt(t, 3); return listed(t, withElement(list, placeAt(t, 1, list), t.input(2, 'value'))); },
  TensorArrayReadV3: (t) => { const list = listAt(t, 2); return elementAt(t, list, placeAt(t, 1, list)); },
  TensorArrayGatherV3: (t) => stackOf(t, chosen(t, listAt(t, 2), 1)),
  TensorArraySizeV3: (t) => t.constant(fromNumbers('i32', [], [listAt(t, 1).length])),
};
