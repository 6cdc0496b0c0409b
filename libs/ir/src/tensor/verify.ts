/**
 * Verify: whether a definition means something, before anybody evaluates, schedules or prints it. Names, order, shapes,
 * dtypes, and that no load can leave its tensor under the selects around it. Answers every fault it finds, each as a
 * sentence that names stage and load. Repairs nothing.
 */
import type { Failure } from '@loopsmith/util';
import { isFloat, type DType } from '../dtype.js';
import { guardText, indexText, plus, rangeOf, scale, type Atom, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import { guardedRanges } from '../index/guarded-range.js';
import { allAxes, elementsOf, extentOf, shapeOf, valueDType, type Definition, type Stage, type Table, type Tensor, type Value } from './tensor.js';
import { reservedNames, valueText } from './text.js';

/** Empty for a definition that is sound. */
export const verifyDefinition = (definition: Definition): readonly Failure[] => new Verifier(definition).run();

/** The ways in which control can reach a value: one of these guards holds. */
type Alternatives = readonly Guard[];
const mostAlternatives = 32;

class Verifier {
  private readonly failures: Failure[] = [];
  private readonly known = new Map<string, Tensor>();
  private readonly definition: Definition;

  constructor(definition: Definition) { this.definition = definition; }

  run(): readonly Failure[] {
    const { name, inputs, tables, stages } = this.definition;
    this.checkName(name, 'the definition');
    for (const input of inputs) {
      this.declare(input, `input ${input.name}`);
      if (!input.shape.every((extent) => Number.isInteger(extent) && extent > 0))
        this.fault(`input ${input.name} has shape [${input.shape.join(',')}]; every extent must be a positive integer`);
    }
    for (const table of tables) {
      this.declare(table, `table ${table.name}`);
      if (table.values.length !== elementsOf(table))
        this.fault(`table ${table.name} has ${table.values.length} values for shape [${table.shape.join(',')}], which takes ${elementsOf(table)}`);
    }
    if (stages.length === 0) this.fault('it has no stage; the last stage is what it computes');
    for (const stage of stages) {
      this.checkAxes(stage);
      new StageVerifier(stage, this.known, (sentence) => this.fault(sentence)).run();
      this.declare(stage, `stage ${stage.name}`);
    }
    return this.failures;
  }

  private fault(sentence: string): void {
    this.failures.push({ code: 'definition-invalid', stage: 'graph', message: `${this.definition.name}: ${sentence}` });
  }

  private checkName(name: string, what: string): void {
    if (!/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(name))
      this.fault(`${what} is named ${JSON.stringify(name)}; a name is letters, digits and _, and starts with a letter`);
    else if (reservedNames.has(name)) this.fault(`${what} is named "${name}", which is a word of the text form; choose another name`);
  }

  private declare(tensor: Tensor, what: string): void {
    this.checkName(tensor.name, what);
    if (this.known.has(tensor.name)) this.fault(`${what} has the name of another tensor; names of inputs, tables and stages are distinct`);
    this.known.set(tensor.name, tensor);
  }

  private checkAxes(stage: Stage): void {
    const seen = new Set<string>();
    for (const axis of allAxes(stage)) {
      this.checkName(axis.name, `an axis of stage ${stage.name}`);
      if (seen.has(axis.name)) this.fault(`stage ${stage.name} has two axes named "${axis.name}"; axes of a stage and of its reduction are distinct`);
      if (axis.first !== 0 || !Number.isInteger(axis.last) || extentOf(axis) < 1)
        this.fault(
          `axis ${axis.name} of stage ${stage.name} runs from ${axis.first} to ${axis.last}; an axis starts at 0 and has at least one value`,
        );
      seen.add(axis.name);
    }
  }
}

class StageVerifier {
  private readonly axes: ReadonlyMap<string, LoopVariable>;
  private readonly stage: Stage;
  private readonly known: ReadonlyMap<string, Tensor>;
  private readonly report: (sentence: string) => void;

  constructor(stage: Stage, known: ReadonlyMap<string, Tensor>, report: (sentence: string) => void) {
    this.stage = stage;
    this.known = known;
    this.report = report;
    this.axes = new Map(allAxes(stage).map((axis) => [axis.name, axis]));
  }

  run(): void {
    const { dtype, reduce, value } = this.stage;
    this.value(value, [[]]);
    const computed = valueDType(value);
    if (!reduce) this.agree(dtype, computed, 'its value');
    else {
      this.agree(reduce.accumulate, computed, 'the value it reduces', `accumulates in ${reduce.accumulate}`);
      if (family(reduce.accumulate) !== family(dtype))
        this.fault(
          `is ${dtype} but accumulates in ${reduce.accumulate}; rounding at the end cannot change ${family(reduce.accumulate)} to ${family(dtype)}, cast in a stage of its own`,
        );
      if (reduce.axes.length === 0) this.fault('reduces over no axis; leave the reduction out');
    }
  }

  private fault(sentence: string): void { this.report(`stage ${this.stage.name} ${sentence}`); }

  private agree(wanted: DType, found: DType, what: string, is = `is ${wanted}`): void {
    if (wanted !== found) this.fault(`${is} but ${what} is ${found}; cast it with ${wanted}(..)`);
  }

  private value(value: Value, under: Alternatives): void {
    switch (value.kind) {
      case 'constant': return;
      case 'index': this.index(value.of, under, valueText(value)); return;
      case 'load': this.load(value, under); return;
      case 'unary':
        this.value(value.of, under);
        if (value.operator === 'not' && isFloat(valueDType(value.of))) this.fault(`computes ${valueText(value)} on ${valueDType(value.of)}; not needs integers or bool`);
        return;
      case 'cast': this.value(value.of, under); return;
      case 'binary': {
        this.value(value.left, under);
        this.value(value.right, under);
        const [left, right] = [valueDType(value.left), valueDType(value.right)];
        if (left !== right) this.fault(`computes ${valueText(value)} with operands ${left} and ${right}; cast one`);
        if (isFloat(left) && bitwise.has(value.operator)) this.fault(`computes ${valueText(value)} on ${left}; ${value.operator} needs integers or bool`);
        return;
      }
      case 'choose': {
        for (const part of [value.left, value.right, value.then, value.otherwise]) this.value(part, under);
        const [left, right] = [valueDType(value.left), valueDType(value.right)];
        if (left !== right) this.fault(`compares ${left} with ${right} in ${valueText(value)}; cast one`);
        this.branches(value);
        return;
      }
      case 'select':
        for (const index of value.when) this.index(index, under, guardText(value.when));
        this.value(value.then, under.map((guard) => [...guard, ...value.when]));
        this.value(value.otherwise, outside(value.when, under));
        this.branches(value);
        return;
      default: value satisfies never;
    }
  }

  private branches(value: Extract<Value, { readonly then: Value }>): void {
    const [then, otherwise] = [valueDType(value.then), valueDType(value.otherwise)];
    if (then !== otherwise) this.fault(`has branches of ${then} and ${otherwise} in ${valueText(value)}; cast one`);
  }

  private load(load: Extract<Value, { kind: 'load' }>, under: Alternatives): void {
    const tensor = this.known.get(load.tensor), text = valueText(load);
    if (!tensor) { this.fault(`loads ${text}, but no input, table or earlier stage is named "${load.tensor}"`); return; }
    if (tensor.dtype !== load.dtype) this.fault(`loads ${text} as ${load.dtype}, but ${load.tensor} is ${tensor.dtype}`);
    this.place(tensor, load.at, under, `loads ${text}`);
  }

  /** Coordinates inside a tensor. */
  private place(tensor: Tensor, at: readonly Index[], under: Alternatives, what: string): void {
    const shape = shapeOf(tensor);
    if (at.length !== shape.length) { this.fault(`${what} with ${at.length} coordinates, but ${tensor.name} has rank ${shape.length}`); return; }
    const alternatives = under.map(guardedRanges);
    at.forEach((index, axis) => {
      this.index(index, under, what);
      const extent = shape[axis]!;
      const ranges = alternatives.map((alternative) => alternative.range(index)).filter(({ first, last }) => first <= last);
      const first = Math.min(...ranges.map((range) => range.first)), last = Math.max(...ranges.map((range) => range.last));
      if (first < 0 || last >= extent)
        this.fault(
          `${what}: coordinate ${indexText(index)} reaches ${first}..${last}, outside 0..${extent - 1} of axis ${axis}; guard the load with select`,
        );
    });
  }

  /** The variables of an index are axes of the stage, and what it gathers is there. */
  private index(index: Index, under: Alternatives, what: string): void {
    for (const { atom } of index.terms) this.atom(atom, under, what);
  }

  private atom(atom: Atom, under: Alternatives, what: string): void {
    switch (atom.kind) {
      case 'variable': {
        const axis = this.axes.get(atom.name);
        if (!axis) this.fault(`uses "${atom.name}" in ${what}, which is none of its axes`);
        else if (axis.first !== atom.first || axis.last !== atom.last)
          this.fault(`uses "${atom.name}" with bounds ${atom.first}..${atom.last} in ${what}, but its axis has ${axis.first}..${axis.last}`);
        return;
      }
      case 'floorDivision': this.index(atom.index, under, what); return;
      case 'indirect': {
        const tensor = this.known.get(atom.buffer);
        if (!tensor) { this.fault(`gathers ${atom.text}, but no input, table or earlier stage is named "${atom.buffer}"`); return; }
        if (family(tensor.dtype) !== 'an integer') this.fault(`gathers ${atom.text}, but ${atom.buffer} is ${tensor.dtype}; an index is an integer`);
        this.place(tensor, atom.at, under, `gathers ${atom.text}`);
        if (tensor.kind === 'table' && outOfPromise(tensor, atom)) this.fault(`gathers ${atom.text}, but table ${atom.buffer} holds ${outOfPromise(tensor, atom)!}`);
        return;
      }
      default: atom satisfies never;
    }
  }
}

const bitwise: ReadonlySet<string> = new Set(['and', 'or', 'xor', 'shiftLeft', 'shiftRight']);
const family = (dtype: DType): string => (isFloat(dtype) ? 'a float' : dtype === 'bool' ? 'bool' : 'an integer');
const outOfPromise = (table: Table, { first, last }: { readonly first: number; readonly last: number }): string | undefined =>
  table.values.find((value) => value < first || value > last || !Number.isInteger(value))?.toString();

/** How control reaches the other branch: some condition is the first that fails. */
const outside = (when: Guard, under: Alternatives): Alternatives => {
  const alternatives = under.flatMap((guard) => when.map((condition, i) => [...guard, ...when.slice(0, i), plus(scale(condition, -1), -1)]))
    .filter((guard) => guard.every((condition) => rangeOf(condition).last >= 0));
  return alternatives.length > mostAlternatives ? under : alternatives;
};
