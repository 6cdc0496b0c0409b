/**
 * Verify: whether a definition means something, before anybody evaluates, schedules or prints it. Names, order, shapes,
 * dtypes, and that no load can leave its tensor under the selects around it. Answers every fault it finds, each as a
 * sentence that names stage and load. Repairs nothing.
 */
import type { Failure } from '@loopsmith/util';
import { isFloat, type DType } from '../dtype.js';
import { guardText, indexText, negated, rangeOf, type Atom, type Guard, type Index } from '../index/index-expression.js';
import { guardedRanges } from '../index/guarded-range.js';
import { allAxes, elementsOf, extentOf, shapeOf, valueDType, type Definition, type Load, type Stage, type Table, type Tensor, type Value } from './tensor.js';
import { isName } from '../text/tokens.js';
import { reservedNames, valueText } from './text.js';

/** Empty for a definition that is sound. */
export const verifyDefinition = (definition: Definition): readonly Failure[] => {
  const { name, inputs, tables, stages } = definition, failures: Failure[] = [], known = new Map<string, Tensor>();
  const fault = (sentence: string): void => { failures.push({ code: 'definition-invalid', stage: 'graph', message: `${name}: ${sentence}` }); };
  const checkName = (given: string, what: string): void => {
    if (reservedNames.has(given)) fault(`${what} is named "${given}", which is a word of the text form; choose another name`);
    else if (!isName(given)) fault(`${what} is named ${JSON.stringify(given)}; a name is letters, digits and _, and starts with a letter and with neither of the numbers inf and nan`);
  };
  const declare = (tensor: Tensor, what: string): void => {
    checkName(tensor.name, what);
    if (known.has(tensor.name)) fault(`${what} has the name of another tensor; names of inputs, tables and stages are distinct`);
    known.set(tensor.name, tensor);
  };
  const checkAxes = (stage: Stage): void => {
    const seen = new Set<string>();
    for (const axis of allAxes(stage)) {
      checkName(axis.name, `an axis of stage ${stage.name}`);
      if (seen.has(axis.name)) fault(`stage ${stage.name} has two axes named "${axis.name}"; axes of a stage and of its reduction are distinct`);
      if (axis.first !== 0 || !Number.isInteger(axis.last) || extentOf(axis) < 1)
        fault(`axis ${axis.name} of stage ${stage.name} runs from ${axis.first} to ${axis.last}; an axis starts at 0 and has at least one value`);
      seen.add(axis.name);
    }
  };
  checkName(name, 'the definition');
  for (const input of inputs) {
    declare(input, `input ${input.name}`);
    if (!input.shape.every((extent) => Number.isInteger(extent) && extent > 0))
      fault(`input ${input.name} has shape [${input.shape.join(',')}]; every extent must be a positive integer`);
  }
  for (const table of tables) {
    declare(table, `table ${table.name}`);
    if (table.values.length !== elementsOf(table))
      fault(`table ${table.name} has ${table.values.length} values for shape [${table.shape.join(',')}], which takes ${elementsOf(table)}`);
  }
  if (stages.length === 0) fault('it has no stage; the last stage is what it computes');
  for (const stage of stages) {
    checkAxes(stage);
    verifyStage(stage, known, (sentence) => fault(`stage ${stage.name} ${sentence}`));
    declare(stage, `stage ${stage.name}`);
  }
  return failures;
};

/** The ways in which control can reach a value: one of these guards holds. */
type Alternatives = readonly Guard[];
const mostAlternatives = 32;

/** `known`: what a stage may load. A fault goes on behind the name of the stage. */
const verifyStage = (stage: Stage, known: ReadonlyMap<string, Tensor>, fault: (sentence: string) => void): void => {
  const axes = new Map(allAxes(stage).map((axis) => [axis.name, axis]));
  const agree = (wanted: DType, found: DType, what: string, is = `is ${wanted}`): void => {
    if (wanted !== found) fault(`${is} but ${what} is ${found}; cast it with ${wanted}(..)`);
  };

  const checkValue = (value: Value, under: Alternatives): void => {
    switch (value.kind) {
      case 'constant': return;
      case 'index': checkIndex(value.of, under, valueText(value)); return;
      case 'load': checkLoad(value, under); return;
      case 'unary':
        checkValue(value.of, under);
        if (value.operator === 'not' && isFloat(valueDType(value.of))) fault(`computes ${valueText(value)} on ${valueDType(value.of)}; not needs integers or bool`);
        if (value.operator !== 'not' && valueDType(value.of) === 'bool') fault(`computes ${valueText(value)} on bool; ${value.operator} needs numbers, so cast its operand`);
        return;
      case 'cast': checkValue(value.of, under); return;
      case 'binary': {
        checkValue(value.left, under);
        checkValue(value.right, under);
        const [left, right] = [valueDType(value.left), valueDType(value.right)];
        if (left !== right) fault(`computes ${valueText(value)} with operands ${left} and ${right}; cast one`);
        if (isFloat(left) && bitwise.has(value.operator)) fault(`computes ${valueText(value)} on ${left}; ${value.operator} needs integers or bool`);
        if (left === 'bool' && !logical.has(value.operator)) fault(`computes ${valueText(value)} on bool; ${value.operator} needs numbers, so cast its operands`);
        return;
      }
      case 'choose': {
        for (const part of [value.left, value.right, value.then, value.otherwise]) checkValue(part, under);
        const [left, right] = [valueDType(value.left), valueDType(value.right)];
        if (left !== right) fault(`compares ${left} with ${right} in ${valueText(value)}; cast one`);
        checkBranches(value);
        return;
      }
      case 'select':
        for (const index of value.when) checkIndex(index, under, guardText(value.when));
        checkValue(value.then, under.map((guard) => [...guard, ...value.when]));
        checkValue(value.otherwise, outside(value.when, under));
        checkBranches(value);
        return;
      default: value satisfies never;
    }
  };

  const checkBranches = (value: Extract<Value, { readonly then: Value }>): void => {
    const [then, otherwise] = [valueDType(value.then), valueDType(value.otherwise)];
    if (then !== otherwise) fault(`has branches of ${then} and ${otherwise} in ${valueText(value)}; cast one`);
  };

  const checkLoad = (load: Load, under: Alternatives): void => {
    const tensor = known.get(load.tensor), text = valueText(load);
    if (!tensor) { fault(`loads ${text}, but no input, table or earlier stage is named "${load.tensor}"`); return; }
    if (tensor.dtype !== load.dtype) fault(`loads ${text} as ${load.dtype}, but ${load.tensor} is ${tensor.dtype}`);
    checkPlace(tensor, load.at, under, `loads ${text}`);
  };

  /** Coordinates inside a tensor. */
  const checkPlace = (tensor: Tensor, at: readonly Index[], under: Alternatives, what: string): void => {
    const shape = shapeOf(tensor);
    if (at.length !== shape.length) { fault(`${what} with ${at.length} coordinates, but ${tensor.name} has rank ${shape.length}`); return; }
    const alternatives = under.map(guardedRanges);
    at.forEach((index, axis) => {
      checkIndex(index, under, what);
      const extent = shape[axis]!;
      const ranges = alternatives.map((alternative) => alternative.range(index)).filter(({ first, last }) => first <= last);
      const first = Math.min(...ranges.map((range) => range.first)), last = Math.max(...ranges.map((range) => range.last));
      if (first < 0 || last >= extent)
        fault(`${what}: coordinate ${indexText(index)} reaches ${first}..${last}, outside 0..${extent - 1} of axis ${axis}; guard the load with select`);
    });
  };

  /** The variables of an index are axes of the stage, and what it gathers is there. */
  const checkIndex = (index: Index, under: Alternatives, what: string): void => {
    for (const { atom } of index.terms) checkAtom(atom, under, what);
  };

  const checkAtom = (atom: Atom, under: Alternatives, what: string): void => {
    switch (atom.kind) {
      case 'variable': {
        const axis = axes.get(atom.name);
        if (!axis) fault(`uses "${atom.name}" in ${what}, which is none of its axes`);
        else if (axis.first !== atom.first || axis.last !== atom.last)
          fault(`uses "${atom.name}" with bounds ${atom.first}..${atom.last} in ${what}, but its axis has ${axis.first}..${axis.last}`);
        return;
      }
      case 'floorDivision': checkIndex(atom.index, under, what); return;
      case 'indirect': {
        const tensor = known.get(atom.buffer);
        if (!tensor) { fault(`gathers ${atom.text}, but no input, table or earlier stage is named "${atom.buffer}"`); return; }
        if (family(tensor.dtype) !== 'an integer') fault(`gathers ${atom.text}, but ${atom.buffer} is ${tensor.dtype}; an index is an integer`);
        checkPlace(tensor, atom.at, under, `gathers ${atom.text}`);
        const broken = tensor.kind === 'table' ? outOfPromise(tensor, atom) : undefined;
        if (broken !== undefined) fault(`gathers ${atom.text}, but table ${atom.buffer} holds ${broken}`);
        return;
      }
      default: atom satisfies never;
    }
  };

  const { dtype, reduce, value } = stage, computed = valueDType(value);
  checkValue(value, [[]]);
  if (!reduce) { agree(dtype, computed, 'its value'); return; }
  agree(reduce.accumulate, computed, 'the value it reduces', `accumulates in ${reduce.accumulate}`);
  if (family(reduce.accumulate) !== family(dtype))
    fault(`is ${dtype} but accumulates in ${reduce.accumulate}; rounding at the end cannot change ${family(reduce.accumulate)} to ${family(dtype)}, cast in a stage of its own`);
  if (reduce.accumulate === 'bool' && !logical.has(reduce.operator)) fault(`reduces bool by ${reduce.operator}, which needs numbers; cast the value, or reduce by max or min`);
  if (reduce.axes.length === 0) fault('reduces over no axis; leave the reduction out');
};

const bitwise: ReadonlySet<string> = new Set(['and', 'or', 'xor', 'shiftLeft', 'shiftRight']);
/** What 0 and 1 are closed under, so that a byte holds it as every form computes it. */
const logical: ReadonlySet<string> = new Set(['and', 'or', 'xor', 'max', 'min']);
const family = (dtype: DType): string => (isFloat(dtype) ? 'a float' : dtype === 'bool' ? 'bool' : 'an integer');
const outOfPromise = (table: Table, { first, last }: { readonly first: number; readonly last: number }): string | undefined =>
  table.values.find((value) => value < first || value > last || !Number.isInteger(value))?.toString();

/** How control reaches the other branch: some condition is the first that fails. */
const outside = (when: Guard, under: Alternatives): Alternatives => {
  const alternatives = under.flatMap((guard) => when.map((condition, i) => [...guard, ...when.slice(0, i), negated(condition)]))
    .filter((guard) => guard.every((condition) => rangeOf(condition).last >= 0));
  return alternatives.length > mostAlternatives ? under : alternatives;
};
