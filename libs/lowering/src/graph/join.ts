/**
 * Joins an elementwise call to the call that makes one of its operands: one definition in which the elementwise formula is
 * the output stage. The producer's stages stay as they are but its last one, which is inlined. Decides nothing of whether
 * joining is wise; answers undefined where it is not possible without computing elements twice.
 */
import {
  gathers, gathersOf, isConstant, loopVariable, outputOf, rewriteValue, sameIndex, substitute, tensorsOf, valueAt, variable, visitValues,
  type Call, type Definition, type Index, type LoopVariable, type Stage, type Value,
} from '@loopsmith/ir';
import { alignAxes } from './align-axes.js';
import { isLong, loadsFrom, takeName } from './edit.js';
import { addedOperands } from './merge-operands.js';

/** Whether a call maps elements: one stage, no reduction. */
export const isElementwise = (definition: Definition): boolean => definition.stages.length === 1 && outputOf(definition).reduce === null;

/**
 * `consumer` with its operand `through` replaced by what `producer` computes. Possible when the consumer is elementwise and
 * reads each element of `through` at exactly one point: in order, up to axes of extent 1 that come or go; or in any order,
 * when the producer is elementwise too. A producer that only moves elements may be read anywhere, however often.
 */
export const join = (producer: Call, consumer: Call, through: string): Call | undefined => {
  const made = outputOf(producer.definition), wanted = outputOf(consumer.definition);
  const operands = operandsNamed(consumer, through);
  if (!isElementwise(consumer.definition) || gathersOf(wanted.value).some(({ buffer }) => operands.has(buffer))) return undefined;
  const inOrder = joinedAxes(made, wanted, operands);
  if (!inOrder && !(isElementwise(producer.definition) && canBeReadAnywhere(made, wanted, operands))) return undefined;

  const { definition } = producer;
  const added = addedOperands({ inputs: definition.inputs, tensors: producer.inputs }, consumer, operands, tensorsOf(definition).keys(), (name) => (/^X\d*$/.test(name) ? 'R' : name));
  // in order, the output stage has the producer's axes; in another one, the consumer's
  const index = (at: Index): Index => (inOrder ? substitute(at, (name) => inOrder.of.get(name)) : at);
  const value = rewriteValue(wanted.value, {
    index, tensor: added.nameOf, load: (load) => (!operands.has(load.tensor) ? undefined : inOrder ? made.value : valueAt(made, load.at)),
  });
  const output: Stage = { kind: 'stage', name: made.name, dtype: wanted.dtype, axes: inOrder?.all ?? wanted.axes, reduce: null, value };
  return {
    name: `${producer.name}+${consumer.name}`,
    label: `${producer.label} ${epilogueText(consumer.label)}`,
    definition: alignAxes({
      name: definition.name,
      inputs: [...definition.inputs, ...added.inputs],
      tables: [...definition.tables, ...added.tables],
      stages: [...definition.stages.slice(0, -1), output],
    }),
    inputs: [...producer.inputs, ...added.tensors],
    output: consumer.output,
    inPlace: null,
  };
};

/** The names under which a call's definition reads a tensor. */
export const operandsNamed = (call: Call, tensor: string): ReadonlySet<string> =>
  new Set(call.definition.inputs.filter((_, i) => call.inputs[i] === tensor).map(({ name }) => name));

/** Whether a value only says where its elements come from. */
const isMove = (value: Value): boolean =>
  value.kind === 'load' || value.kind === 'constant' || (value.kind === 'select' && isMove(value.then) && isMove(value.otherwise));

/**
 * Whether an elementwise stage can be computed where its reader reads it: it only moves elements, or the reader takes each of
 * its points once, in another order. No place that is gathered: it is known only when the kernel runs.
 */
const canBeReadAnywhere = (made: Stage, wanted: Stage, operands: ReadonlySet<string>): boolean => {
  const loads = loadsFrom(wanted, operands);
  if (loads.length === 0 || loads.some(({ at }) => at.some(gathers))) return false;
  if (isMove(made.value)) return true;
  const long = wanted.axes.filter(isLong), read = loads[0]!.at.map((at) => long.find((axis) => sameIndex(at, variable(axis))));
  return loads.length === 1 && long.length === made.axes.filter(isLong).length && new Set(read.filter((axis) => axis)).size === long.length
    && read.every((axis, i) => (axis ? axis.last === made.axes[i]!.last : isConstant(loads[0]!.at[i]!)));
};

/** The axes of the joined output stage, named as the producer names them, and what each of the consumer's axes becomes. */
const joinedAxes = (made: Stage, wanted: Stage, operands: ReadonlySet<string>): { readonly all: readonly LoopVariable[]; readonly of: ReadonlyMap<string, Index> } | undefined => {
  const loads = loadsFrom(wanted, operands), first = loads[0];
  if (made.reduce || !first || !loads.every((load) => load.at.every((at, i) => sameIndex(at, first.at[i]!)))) return undefined;
  // every axis longer than 1 of either side has its partner on the other, in the same order
  const long = wanted.axes.filter(isLong), longMade = made.axes.filter(isLong);
  const paired = made.axes.every((axis, i) => isLong(axis) || isConstant(first.at[i]!))
    && long.length === longMade.length
    && longMade.every((axis, i) => axis.last === long[i]!.last && sameIndex(first.at[made.axes.indexOf(axis)]!, variable(long[i]!)));
  if (!paired) return undefined;
  const partner = new Map(long.map((axis, i) => [axis, longMade[i]!]));
  const taken = new Set(longMade.map((axis) => axis.name));
  const all = wanted.axes.map((axis, i) => {
    const known = partner.get(axis);
    if (known) return known;
    // an axis of extent 1: named like the producer's at the same place where that is one too, else as the consumer names it
    const beside = made.axes.length === wanted.axes.length ? made.axes[i]! : axis;
    return loopVariable(takeName(taken, beside.name), 1);
  });
  return { all, of: new Map(wanted.axes.map((axis, i) => [axis.name, variable(all[i]!)])) };
};

/** `+add +relu` from the label `add 1x64x56x56 +relu`. */
const epilogueText = (label: string): string => {
  const [first, ...rest] = label.split(' ');
  return [`+${first}`, ...rest.filter((part) => part.startsWith('+'))].join(' ');
};

/** Parts of a value, to keep inlined formulas within reason. */
export const sizeOf = (value: Value): number => {
  let size = 0;
  visitValues(value, () => { size++; });
  return size;
};
