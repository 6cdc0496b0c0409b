/**
 * Joins an elementwise call to the call that makes one of its operands: one definition in which the elementwise formula is
 * the output stage. The producer's stages stay as they are but its last one, which is inlined. Decides nothing of whether
 * joining is wise; answers undefined where it is not possible without computing elements twice.
 */
import {
  isConstant, loopVariable, mapValue, outputOf, sameIndex, substitute, variable, visitLoads,
  type Call, type Definition, type Index, type Input, type Load, type LoopVariable, type Stage, type Value,
} from '@loopsmith/ir';
import { freshName } from './edit.js';

/** Whether a call maps elements: one stage, no reduction. */
export const isElementwise = (definition: Definition): boolean => definition.stages.length === 1 && outputOf(definition).reduce === null;

/**
 * `consumer` with its operand `through` replaced by what `producer` computes. Possible when the consumer is elementwise and
 * reads each element of `through` at exactly one point, in order, up to axes of extent 1 that come or go.
 */
export const join = (producer: Call, consumer: Call, through: string): Call | undefined => {
  const made = outputOf(producer.definition), wanted = outputOf(consumer.definition);
  const operands = new Set(consumer.definition.inputs.filter((_, i) => consumer.inputs[i] === through).map((input) => input.name));
  const axes = isElementwise(consumer.definition) ? joinedAxes(made, wanted, operands) : undefined;
  if (!axes) return undefined;

  // the other operands join the producer's inputs; one tensor is one input
  const inputs: Input[] = [...producer.definition.inputs], tensors = [...producer.inputs];
  const taken = new Set([...inputs, ...producer.definition.tables, ...producer.definition.stages].map((tensor) => tensor.name));
  const names = new Map<string, string>();
  consumer.definition.inputs.forEach((input, i) => {
    if (operands.has(input.name)) return;
    const known = tensors.indexOf(consumer.inputs[i]!);
    if (known >= 0 && sameShape(inputs[known]!, input)) { names.set(input.name, inputs[known]!.name); return; }
    const name = freshName(taken, /^X\d*$/.test(input.name) ? 'R' : input.name);
    taken.add(name);
    names.set(input.name, name);
    inputs.push({ ...input, name });
    tensors.push(consumer.inputs[i]!);
  });
  const tables = consumer.definition.tables.map((table) => {
    const name = freshName(taken, table.name);
    taken.add(name);
    names.set(table.name, name);
    return { ...table, name };
  });

  const index = (at: Index): Index => substitute(at, (name) => axes.of.get(name));
  const rewrite = (value: Value): Value => {
    if (value.kind === 'load' && operands.has(value.tensor)) return made.value;
    const rebuilt = mapValue(value, rewrite, index);
    return rebuilt.kind === 'load' ? { ...rebuilt, tensor: names.get(rebuilt.tensor)! } : rebuilt;
  };
  const output: Stage = { kind: 'stage', name: made.name, dtype: wanted.dtype, axes: axes.all, reduce: null, value: rewrite(wanted.value) };
  return {
    name: `${producer.name}+${consumer.name}`,
    label: `${producer.label} ${epilogueText(consumer.label)}`,
    definition: { name: producer.definition.name, inputs, tables: [...producer.definition.tables, ...tables], stages: [...producer.definition.stages.slice(0, -1), output] },
    inputs: tensors, output: consumer.output, inPlace: null,
  };
};

/** The axes of the joined output stage, named as the producer names them, and what each of the consumer's axes becomes. */
const joinedAxes = (made: Stage, wanted: Stage, operands: ReadonlySet<string>): { readonly all: readonly LoopVariable[]; readonly of: ReadonlyMap<string, Index> } | undefined => {
  const loads: Load[] = [];
  visitLoads(wanted.value, (load) => { if (operands.has(load.tensor)) loads.push(load); });
  const first = loads[0];
  if (made.reduce || !first || !loads.every((load) => load.at.every((at, i) => sameIndex(at, first.at[i]!)))) return undefined;
  // every axis longer than 1 of either side has its partner on the other, in the same order
  const long = wanted.axes.filter((axis) => axis.last > axis.first), longMade = made.axes.filter((axis) => axis.last > axis.first);
  const paired = made.axes.every((axis, i) => (axis.last === axis.first ? isConstant(first.at[i]!) : true))
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
    const name = freshName(taken, beside.name);
    taken.add(name);
    return loopVariable(name, 1);
  });
  return { all, of: new Map(wanted.axes.map((axis, i) => [axis.name, variable(all[i]!)])) };
};

const sameShape = (a: Input, b: Input): boolean => a.shape.join() === b.shape.join();

/** `+add +relu` from the label `add 1x64x56x56 +relu`. */
const epilogueText = (label: string): string => {
  const [first, ...rest] = label.split(' ');
  return [`+${first}`, ...rest.filter((part) => part.startsWith('+'))].join(' ');
};

/** Parts of a value, to keep inlined formulas within reason. */
export const sizeOf = (value: Value): number => {
  let size = 1;
  mapValue(value, (part) => { size += sizeOf(part); return part; }, (at) => at);
  return size;
};
