/**
 * Prints the JavaScript of one stage for `evaluate`: a loop nest over typed arrays, or a function of one point. Every name
 * in the code is a letter and a number, so nothing of a definition's text can enter it. Addresses and guards are summed
 * up in the outermost loop that knows their variables. Runs nothing itself.
 */
import { isFloat, type DType } from '../dtype.js';
import { alone, gathers, isConstant, rangeOf, variablesOf, type Atom, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import { binaryFunction, castFunction, operatorOfReduction, unaryFunction } from './arithmetic.js';
import { keptInDoubles, roundTo } from './data.js';
import { addressOf, plainLayout } from './layout.js';
import type { BinaryOperator, Comparison, Operation } from './operation.js';
import { extentOf, identityOf, shapeOf, valueDType, type Stage, type Tensor, type Value } from './tensor.js';

/** Code whose free names are `tensors[i]` (arrays, or functions of a point) and `helpers[i]`, listed beside it. */
export interface StageCode {
  readonly body: string;
  /** Names of the tensors it reads, by position. */
  readonly reads: readonly string[];
  readonly helpers: readonly Helper[];
}
export type Helper = (...numbers: number[]) => number;

/**
 * `whole`: fills `out`, row-major, point by point.
 * `point`: parameters v0, v1, .. are the axes; stages are read by calls; `out` and `known` remember what was computed.
 */
export const stageCode = (stage: Stage, tensors: ReadonlyMap<string, Tensor>, mode: 'whole' | 'point'): StageCode => {
  const writer = new StageWriter(stage, tensors, mode);
  const body = writer.write();
  return { body, reads: [...writer.arrays.keys()], helpers: writer.helpers };
};

class StageWriter {
  readonly arrays = new Map<string, string>();
  readonly helpers: Helper[] = [];
  /** Loops from the outside in; level 0 is before the first, level i is the body of loop i - 1. */
  private readonly loops: readonly LoopVariable[];
  private readonly names = new Map<string, { readonly name: string; readonly level: number }>();
  /** Definitions of every level, and the name of each sum already defined, by its text. */
  private readonly lines: string[][];
  private readonly sums = new Map<string, string>();
  private readonly words: OperationWords<Value> = { dtypeOf: valueDType, code: (part) => this.value(part), index: (index) => this.index(index), call: callsOf(this.helpers) };

  private readonly stage: Stage;
  private readonly tensors: ReadonlyMap<string, Tensor>;
  private readonly mode: 'whole' | 'point';

  constructor(stage: Stage, tensors: ReadonlyMap<string, Tensor>, mode: 'whole' | 'point') {
    this.stage = stage;
    this.tensors = tensors;
    this.mode = mode;
    const reductionAxes = stage.reduce?.axes ?? [];
    this.loops = mode === 'whole' ? [...stage.axes, ...reductionAxes] : reductionAxes;
    stage.axes.forEach((axis, i) => this.names.set(axis.name, { name: `v${i}`, level: mode === 'whole' ? i + 1 : 0 }));
    reductionAxes.forEach((axis, i) => this.names.set(axis.name, { name: `r${i}`, level: this.loops.length - reductionAxes.length + i + 1 }));
    this.lines = Array.from({ length: this.loops.length + 1 }, () => []);
  }

  write(): string {
    const { stage, mode } = this;
    const outer = mode === 'whole' ? stage.axes.length : 0;
    const value = this.value(stage.value);
    const result = stage.reduce ? 'sum' : value;
    const store = mode === 'whole' ? [`out[at++] = ${this.rounded(result)};`] : [`out[at] = ${this.rounded(result)};`, 'known[at] = 1;', 'return out[at];'];
    let inner = store;
    if (stage.reduce) {
      const { operator, accumulate } = stage.reduce;
      const update = isFloat(accumulate) && operator === 'sum' ? `sum += ${value};` : `sum = ${this.combine(value)};`;
      let nest = [update];
      for (let level = this.loops.length; level > outer; level--) nest = this.loop(level, nest);
      inner = [`let sum = ${literal(identityOf(operator, accumulate))};`, ...nest, ...store];
    }
    for (let level = outer; level > 0; level--) inner = this.loop(level, inner);
    const start = mode === 'whole' ? ['let at = 0;'] : [`const at = ${this.ownAddress()};`, 'if (known[at] === 1) return out[at];'];
    return [...start, ...this.lines[0]!, ...inner].join('\n');
  }

  /** The loop of a level around its definitions and what is inside; the innermost is written out where it is short, which takes a third off a 3x3 convolution. */
  private loop(level: number, inside: readonly string[]): string[] {
    const axis = this.loops[level - 1]!;
    const { name } = this.names.get(axis.name)!;
    if (this.stage.reduce && level === this.loops.length && extentOf(axis) <= 4)
      return Array.from({ length: extentOf(axis) }, (_, i) => ['{', `const ${name} = ${axis.first + i};`, ...this.lines[level]!, ...inside, '}']).flat();
    return [`for (let ${name} = ${axis.first}; ${name} <= ${axis.last}; ${name}++) {`, ...this.lines[level]!, ...inside, '}'];
  }

  private ownAddress(): string {
    return this.stage.axes.reduce((address, axis, i) => `(${address}) * ${extentOf(axis)} + v${i}`, '0');
  }

  private combine(value: string): string {
    const { operator, accumulate } = this.stage.reduce!;
    return binaryCode(operatorOfReduction(operator), accumulate, 'sum', value, this.words);
  }

  /** As the array of the stage's dtype cannot round by itself. */
  private rounded(value: string): string {
    const { dtype } = this.stage;
    return keptInDoubles(dtype) || dtype === 'bool' ? this.words.call(`round ${dtype}`, () => (x) => roundTo(dtype, x), value) : value;
  }

  private array(tensor: string): string {
    const known = this.arrays.get(tensor);
    if (known !== undefined) return known;
    const name = `t${this.arrays.size}`;
    this.arrays.set(tensor, name);
    return name;
  }

  private value(value: Value): string {
    return value.kind === 'load' ? this.element(value.tensor, value.at) : operationCode(value, this.words);
  }

  /** The element of a tensor at logical coordinates. */
  private element(tensor: string, at: readonly Index[]): string {
    const found = this.tensors.get(tensor);
    if (!found) throw new Error(`evaluate: ${this.stage.name} reads "${tensor}", which the definition does not have`);
    const name = this.array(tensor);
    if (this.mode === 'point' && found.kind === 'stage') return `${name}(${at.map((index) => this.index(index)).join(', ')})`;
    return `${name}[${this.index(addressOf(plainLayout(shapeOf(found)), at))}]`;
  }

  /** An index as the name of a sum that the innermost level it needs defines, or as an expression where it gathers. */
  private index(index: Index): string {
    if (gathers(index)) return `(${this.terms(index)})`;
    if (isConstant(index)) return `${index.constant}`;
    let sum = '';
    for (let level = 0; level < this.lines.length; level++) {
      const terms = index.terms.filter(({ atom }) => this.levelOf(atom) === level);
      if (terms.length === 0) continue;
      const part = this.terms({ kind: 'index', constant: sum === '' ? index.constant : 0, terms });
      sum = this.define(level, sum === '' ? part : `${sum} + ${part}`);
    }
    return sum;
  }

  private define(level: number, text: string): string {
    if (/^[vrp]\d+$/.test(text)) return text;
    const known = this.sums.get(text);
    if (known !== undefined) return known;
    const name = `p${this.sums.size}`;
    this.sums.set(text, name);
    this.lines[level]!.push(`const ${name} = ${text};`);
    return name;
  }

  private terms({ constant, terms }: Index): string {
    const parts = terms.map(({ coefficient, atom }) => (coefficient === 1 ? this.atom(atom) : `${coefficient} * ${this.atom(atom)}`));
    return [...parts, ...(constant === 0 && parts.length > 0 ? [] : [`${constant}`])].join(' + ');
  }

  private atom(atom: Atom): string {
    switch (atom.kind) {
      case 'variable': return this.names.get(atom.name)?.name ?? this.unknown(atom.name);
      case 'floorDivision': {
        const inner = gathers(atom.index) ? `(${this.terms(atom.index)})` : this.index(atom.index);
        // an index never divides what is below zero
        return rangeOf(atom.index).last < 2 ** 31 ? `(${inner} / ${atom.divisor} | 0)` : `Math.floor(${inner} / ${atom.divisor})`;
      }
      // a promise that the data breaks must not become an address outside the tensor
      case 'indirect': return `Math.min(Math.max(${this.element(atom.buffer, atom.at)}, ${atom.first}), ${atom.last})`;
      default: return atom satisfies never;
    }
  }

  private levelOf(atom: Atom): number {
    return [...variablesOf(alone({ coefficient: 1, atom }))].reduce((level, name) => Math.max(level, this.names.get(name)?.level ?? this.unknown(name)), 0);
  }

  private unknown(name: string): never {
    throw new Error(`evaluate: ${this.stage.name} uses "${name}", which is none of its axes`);
  }
}

/** How a form's own code is made, for what all operations have in common. */
export interface OperationWords<Part> {
  dtypeOf(part: Part): DType;
  code(part: Part): string;
  index(index: Index): string;
  /** A call of a helper, which is made once for its key. */
  call(key: string, make: () => Helper, ...operands: readonly string[]): string;
}

/** Calls of functions that are listed in `helpers` and named f0, f1, .. by their place there. */
export const callsOf = (helpers: Helper[]): OperationWords<never>['call'] => {
  const names = new Map<string, string>();
  return (key, make, ...operands) => {
    const known = names.get(key) ?? `f${helpers.push(make()) - 1}`;
    names.set(key, known);
    return `${known}(${operands.join(', ')})`;
  };
};

export const operationCode = <Part>(operation: Operation<Part>, words: OperationWords<Part>): string => {
  const { dtypeOf, code, index, call } = words;
  switch (operation.kind) {
    case 'constant': return `(${literal(roundTo(operation.dtype, operation.value))})`;
    case 'index': return index(operation.of);
    case 'binary': return binaryCode(operation.operator, dtypeOf(operation.left), code(operation.left), code(operation.right), words);
    case 'unary': {
      const { operator, of } = operation, dtype = dtypeOf(of);
      return call(`unary ${operator} ${dtype}`, () => unaryFunction(operator, dtype), code(of));
    }
    case 'cast': {
      const { dtype, of } = operation, from = dtypeOf(of);
      return call(`cast ${from} ${dtype}`, () => castFunction(from, dtype), code(of));
    }
    case 'select': return `(${guardCode(operation.when, index)} ? ${code(operation.then)} : ${code(operation.otherwise)})`;
    case 'choose':
      return `(${code(operation.left)} ${comparisonText(operation.compare)} ${code(operation.right)} ? ${code(operation.then)} : ${code(operation.otherwise)})`;
    default: return operation satisfies never;
  }
};

export const guardCode = (guard: Guard, index: (index: Index) => string): string => (guard.length === 0 ? 'true' : guard.map((each) => `${index(each)} >= 0`).join(' && '));

export const binaryCode = (operator: BinaryOperator, dtype: DType, left: string, right: string, { call }: Pick<OperationWords<never>, 'call'>): string =>
  inlineBinary(operator, dtype, left, right) ?? call(`${operator} ${dtype}`, () => binaryFunction(operator, dtype), left, right);

/** A number as JavaScript reads it back exactly. */
export const literal = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

const comparisonText = (compare: Comparison): string => (compare === '==' ? '===' : compare === '!=' ? '!==' : compare);

/** Operators that need no call: those of floats that JavaScript has, and the common ones of integers up to 32 bits. */
const inlineBinary = (operator: BinaryOperator, dtype: DType, left: string, right: string): string | undefined => {
  if (operator === 'max' || operator === 'min') return isFloat(dtype) ? undefined : `Math.${operator}(${left}, ${right})`;
  const symbol = ({ add: '+', subtract: '-', multiply: '*', divide: '/' } as Partial<Record<BinaryOperator, string>>)[operator];
  if (symbol === undefined) return undefined;
  if (isFloat(dtype)) return `(${left} ${symbol} ${right})`;
  if (dtype !== 'i32') return undefined;
  if (operator === 'multiply') return `Math.imul(${left}, ${right})`;
  return operator === 'divide' ? undefined : `(${left} ${symbol} ${right} | 0)`;
};
