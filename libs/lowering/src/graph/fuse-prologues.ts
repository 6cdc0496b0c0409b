/**
 * Fuses elementwise calls into the call that reads what they make: normalisation and activation before a convolution become its
 * prologue (DenseNet, ResNet v2, the gates of squeeze-and-excitation), a formula before a global pool or a reduction a part of
 * its sum. Runs after epilogues: what follows a reduction of its own is fused there.
 *
 * A prologue is an elementwise stage of the consumer's definition, padding around it: zeros are what the formula's results are
 * padded with, not its operands. Where it is computed (at every read, once per block, in a kernel of its own) is the schedule's
 * to choose, so that fusing takes no schedule away. Concatenations and calls that put elements in another order stay: they
 * are places and copies, not formulas.
 */
import {
  allAxes, extentOf, gathersOf, loadsOf, outputOf, readsOf, rewriteValue, sameIndex, valueAt, variable,
  type Call, type Definition, type Index, type Load, type LoopVariable, type Network, type Stage,
} from '@loopsmith/ir';
import { concatenationOf } from './concatenation.js';
import { freshName, loadsFrom, readingCalls, withCalls } from './edit.js';
import { isElementwise, operandsNamed } from './join.js';
import { addedOperands } from './merge-operands.js';

export const fusePrologues = (network: Network): Network => {
  const readers = readingCalls(network);
  const makers = new Map<string, Call>(), gone = new Set<Call>();
  const calls = network.calls.map((original) => {
    let call = original;
    for (;;) {
      const found = [...new Set(call.inputs)].map((name) => {
        const producer = makers.get(name);
        return producer && readers.get(name) === 1 ? { producer, joined: joinPrologue(producer, call, name) } : undefined;
      }).find((each) => each?.joined);
      if (!found?.joined) break;
      gone.add(found.producer);
      call = found.joined;
    }
    makers.set(call.output, call);
    return call;
  });
  return withCalls(network, calls.filter((call) => !gone.has(call)));
};

/** `consumer` with what `producer` makes of its operand `through` computed in it; undefined where that is no prologue. */
const joinPrologue = (producer: Call, consumer: Call, through: string): Call | undefined => {
  const { definition } = consumer, formula = outputOf(producer.definition), operands = operandsNamed(consumer, through), [operand] = operands;
  if (
    operand === undefined ||
    operands.size > 1 ||
    !isElementwise(producer.definition) ||
    concatenationOf(producer.definition) ||
    !keepsOrder(producer.definition)
  )
    return undefined;
  const reader = onlyReader(definition, operand);
  if (!reader || !(reader.stage.reduce ? isWorthwhile(definition, reader.stage, reader.load) : feedsWorthwhile(definition, reader.stage))) return undefined;

  const others = consumer.inputs.flatMap((name, i) => (definition.inputs[i]!.name === operand ? [] : [{ input: definition.inputs[i]!, tensor: name }]));
  const inputs = others.map(({ input }) => input), tensors = others.map(({ tensor }) => tensor);
  const taken = new Set([...inputs, ...definition.tables, ...definition.stages].map(({ name }) => name));
  const added = addedOperands({ inputs, tensors }, producer, new Set(), taken);
  const made: Stage = { ...formula, value: rewriteValue(formula.value, { tensor: added.nameOf }) };
  const isReadOnce = reader.stage.reduce && readsEachOnce(reader.stage, reader.load);
  // a sum that takes each element once, and padding, hold the formula themselves
  const stages =
    !reader.stage.reduce || isReadOnce
      ? definition.stages.map((stage) =>
          (stage === reader.stage ? { ...stage, value: rewriteValue(stage.value, { load: (load) => (load.tensor === operand ? valueAt(made, load.at) : undefined) }) } : stage))
      : withStage(definition, reader.stage, operand, {
          ...made,
          name: freshName(new Set([...taken, ...added.inputs.map(({ name }) => name), ...added.tables.map(({ name }) => name)]), 'P'),
        });
  // the operand's place among the inputs goes to what its formula reads
  const at = definition.inputs.findIndex(({ name }) => name === operand);
  return {
    name: `${producer.name}+${consumer.name}`, label: `${consumer.label} after ${producer.label}`, output: consumer.output, inPlace: null,
    inputs: [...tensors.slice(0, at), ...added.tensors, ...tensors.slice(at)],
    definition: { ...definition, inputs: [...inputs.slice(0, at), ...added.inputs, ...inputs.slice(at)], tables: [...definition.tables, ...added.tables], stages },
  };
};

const withStage = (definition: Definition, reader: Stage, operand: string, made: Stage): readonly Stage[] => {
  const value = rewriteValue(reader.value, { tensor: (name) => (name === operand ? made.name : name) });
  return definition.stages.flatMap((stage) => (stage === reader ? [made, { ...reader, value }] : [stage]));
};

/** The stage that reads an input, and its load, when nothing else does and it reads nowhere else. */
const onlyReader = (definition: Definition, operand: string): { readonly stage: Stage; readonly load: Load } | undefined => {
  const readers = definition.stages.filter((stage) => readsOf(stage.value).has(operand)), [stage] = readers;
  if (!stage || readers.length > 1 || gathersOf(stage.value).some(({ buffer }) => buffer === operand)) return undefined;
  const loads = loadsFrom(stage, new Set([operand]));
  return loads.length === 1 ? { stage, load: loads[0]! } : undefined;
};

/** Padding or the like, read by one sum alone. */
const feedsWorthwhile = (definition: Definition, { name }: Stage): boolean => {
  const reader = onlyReader(definition, name);
  return reader?.stage.reduce != null && isWorthwhile(definition, reader.stage, reader.load);
};

/** Sums of products with weights known when the library is built (their schedules place the formula), and sums over planes. */
const isWorthwhile = (definition: Definition, sum: Stage, load: Load): boolean => {
  if (definition.stages.filter(({ reduce }) => reduce).length > 1) return false;
  if (readsEachOnce(sum, load)) return true;
  const { value } = sum;
  if (sum.reduce!.operator !== 'sum' || value.kind !== 'binary' || value.operator !== 'multiply' || ![value.left, value.right].includes(load)) return false;
  const other = value.left === load ? value.right : value.left;
  return other.kind === 'load' && load.at.length === 4 && definition.inputs.some(({ name, when }) => name === other.tensor && when === 'compile');
};

/** Whether a sum takes each element of whole planes once, no window and no product over outputs: its lanes are channels, as those of the formula were. */
const readsEachOnce = (sum: Stage, { at }: Load): boolean => {
  if (at.length !== 4 || !at.slice(2).every((index) => sum.reduce!.axes.some((axis) => sameIndex(index, variable(axis))))) return false;
  const axes = allAxes(sum).filter((axis) => extentOf(axis) > 1);
  const read = at.flatMap((index) => axes.filter((axis) => sameIndex(index, variable(axis))));
  return new Set(read).size === axes.length && read.length === axes.length;
};

/** Whether every operand that runs is read in the order of the results: at its own axes up to steps and offsets, or broadcast. */
const keepsOrder = (definition: Definition): boolean => {
  const { axes, value } = outputOf(definition), running = new Set(definition.inputs.filter(({ when }) => when === 'run').map(({ name }) => name));
  const follows = ({ terms: [term, ...more] }: Index, axis: LoopVariable | undefined): boolean =>
    term === undefined || (more.length === 0 && term.atom.kind === 'variable' && term.atom.name === axis?.name && term.coefficient > 0);
  return loadsOf(value).every(({ tensor, at }) => !running.has(tensor) || at.every((index, i) => follows(index, axes[axes.length - at.length + i])));
};
