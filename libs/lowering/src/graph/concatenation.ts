/** Recognises a definition that only lays operands side by side along one axis, by what it reads, not by its name. Changes nothing. */
import { extentOf, outputOf, plus, sameIndex, shapeOf, variable, type Definition, type Load, type Value } from '@loopsmith/ir';

export interface Concatenation {
  readonly axis: number;
  /** In order along the axis: the position among the inputs, and the first element it fills. They fill all of the axis. */
  readonly parts: readonly { readonly input: number; readonly begin: number }[];
}

/** undefined where the definition is something else, a copy of a single operand included. */
export const concatenationOf = (definition: Definition): Concatenation | undefined => {
  const output = outputOf(definition), shape = shapeOf(output), loads = alternatives(output.value);
  if (definition.stages.length !== 1 || output.reduce || !loads || loads.length < 2) return undefined;
  const found = loads.map((load) => {
    const input = definition.inputs.findIndex(({ name }) => name === load.tensor), part = definition.inputs[input]?.shape;
    if (load.dtype !== output.dtype || part?.length !== shape.length) return undefined;
    const axis = part.findIndex((extent, i) => extent !== shape[i]);
    if (axis < 0) return undefined;
    const begin = -load.at[axis]!.constant;
    const plain = load.at.every((at, i) => sameIndex(at, plus(variable(output.axes[i]!), i === axis ? -begin : 0)));
    return plain ? { axis, part: { input, begin }, extent: part[axis]! } : undefined;
  });
  const first = found[0];
  if (!first || !found.every((each) => each?.axis === first.axis)) return undefined;
  const inOrder = (found as NonNullable<(typeof found)[number]>[]).toSorted((a, b) => a.part.begin - b.part.begin);
  // every load is in range under its guard, so parts that follow one another without a gap leave each element one source
  let end = 0;
  for (const { part, extent } of inOrder) { if (part.begin !== end) return undefined; end += extent; }
  return end === extentOf(output.axes[first.axis]!) ? { axis: first.axis, parts: inOrder.map(({ part }) => part) } : undefined;
};

/**
 * The loads among which selects choose; undefined where anything else is computed. A constant is what stands behind the last guard: it is never
 * reached where the loads fill the axis.
 */
const alternatives = (value: Value): readonly Load[] | undefined => {
  if (value.kind === 'load') return [value];
  if (value.kind === 'constant') return [];
  if (value.kind !== 'select') return undefined;
  const then = alternatives(value.then), otherwise = alternatives(value.otherwise);
  return then && otherwise && [...then, ...otherwise];
};
