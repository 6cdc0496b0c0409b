/**
 * Addresses and conditions of a kernel in integer registers. A sum of loop variables is kept in a register of its own that starts before its
 * loop and advances at the end of each turn; divisions are computed at the begin of a turn of the innermost loop they depend on. Sums that
 * differ by a constant are one register. It emits steps into the loops around and chooses no register.
 */
import {
  coefficientOf, gathers, indexText, rangeOf, subtract, sum, variable as variableOf, scale, variablesOf, alone, constant, isConstant,
  type Buffer, type Index, type LoopVariable,
} from '@loopsmith/ir';
import type { Place } from '@loopsmith/codegen-c-family';
import { instruction, update, type Integer, type Step } from './instruction.js';
import { unwritten } from './unwritten.js';

/** A loop while its body is written. Steps of a turn stand between those of `first` and `last`. */
export interface LoopFrame {
  /** Null: the kernel itself. */
  readonly variable: LoopVariable | null;
  readonly counter: Integer;
  /** Whether anything asks for the counter beside the loop itself. */
  asked: boolean;
  /** Its first turn is known when it runs. */
  readonly dynamic: boolean;
  readonly before: Step[];
  readonly first: Step[];
  readonly last: Step[];
  readonly known: Map<string, Integer>;
}

export interface Integers {
  /** `base + terms` in bytes, or the sum of the terms alone; a constant is the caller's. */
  value(terms: Index, base: Buffer | null): Integer;
  /** Below zero where one of the indices is. */
  either(indices: readonly Index[]): Integer;
  fresh(): Integer;
  enter(variable: LoopVariable, dynamic: boolean): LoopFrame;
  leave(): void;
  readonly kernel: LoopFrame;
}

/** `%rdi` holds the pointers and `%rsi` scratch until the steps of `kernel.before` are done. `%rax`, `%rcx` and `%rdx` are free in between steps. */
export const createIntegers = (places: ReadonlyMap<string, Place>): Integers => {
  let made = 0;
  const fresh = (): Integer => ({ kind: 'integer', id: made++ });
  const frame = (variable: LoopVariable | null, dynamic: boolean): LoopFrame =>
    ({ variable, counter: fresh(), asked: false, dynamic, before: [], first: [], last: [], known: new Map() });
  const kernel = frame(null, false), path: LoopFrame[] = [];

  const value = (terms: Index, base: Buffer | null): Integer => {
    const variables = variablesOf(terms);
    let level = path.length - 1;
    while (level >= 0 && !variables.has(path[level]!.variable!.name)) level--;
    const home = level < 0 ? kernel : path[level]!, key = `${base?.name ?? ''} ${indexText(terms)}`;
    const known = home.known.get(key);
    if (known) return known;
    if (gathers(terms)) unwritten('an index that memory decides');
    const computed = home === kernel ? pointerTo(base, terms) : ofTurn(home, home.variable!, terms, base);
    home.known.set(key, computed);
    return computed;
  };

  const pointerTo = (buffer: Buffer | null, terms: Index): Integer => {
    const place = buffer && places.get(buffer.name), pointer = fresh();
    if (!place || !isConstant(terms)) throw new Error(`${indexText(terms)} depends on a loop that is not around it`);
    kernel.before.push('pointer' in place ? instruction('movq', `${8 * place.pointer}(%rdi)`, '%rax') : instruction('leaq', `${signed(place.scratch)}(%rsi)`, '%rax'));
    kernel.before.push(instruction('movq', '%rax', pointer));
    return pointer;
  };

  const ofTurn = (loop: LoopFrame, variable: LoopVariable, terms: Index, base: Buffer | null): Integer => {
    const [only, ...more] = terms.terms;
    if (base === null && more.length === 0 && only!.coefficient === 1) {
      if (only!.atom.kind === 'variable') {
        loop.asked = true;
        return loop.counter;
      }
      if (only!.atom.kind === 'floorDivision') return quotient(loop, only!.atom.index, only!.atom.divisor);
    }
    const step = coefficientOf(terms, variable.name), rest = subtract(terms, scale(variableOf(variable), step));
    return loop.dynamic || variablesOf(rest).has(variable.name) ? computedAnew(loop, variable, terms, base) : advancing(loop, variable, step, rest, base);
  };

  /** It starts where the loop does and takes a step at the end of each turn. */
  const advancing = (loop: LoopFrame, variable: LoopVariable, step: number, rest: Index, base: Buffer | null): Integer => {
    const running = fresh(), start = step * variable.first;
    if (base === null && isConstant(rest)) loop.before.push(instruction('movq', immediate(start), running));
    else {
      const outside = value(rest, base);
      loop.before.push(instruction('movq', outside, '%rax'));
      if (start !== 0) loop.before.push(update('addq', immediate(start), '%rax'));
      loop.before.push(instruction('movq', '%rax', running));
    }
    loop.last.push(update('addq', immediate(step), running));
    return running;
  };

  const computedAnew = (loop: LoopFrame, variable: LoopVariable, terms: Index, base: Buffer | null): Integer => {
    const single = terms.terms.map(alone), own = single.filter((term) => variablesOf(term).has(variable.name));
    const rest = sum(...single.filter((term) => !own.includes(term))), result = fresh();
    const factors = own.map((term) => ({ by: term.terms[0]!.coefficient, of: value(alone({ coefficient: 1, atom: term.terms[0]!.atom }), null) }));
    const steps: Step[] = [base === null && isConstant(rest) ? instruction('movq', '$0', '%rax') : instruction('movq', value(rest, base), '%rax')];
    for (const { by, of } of factors)
      steps.push(...(by === 1 ? [update('addq', of, '%rax')] : [instruction('imulq', immediate(by), of, '%rcx'), update('addq', '%rcx', '%rax')]));
    loop.first.push(...steps, instruction('movq', '%rax', result));
    return result;
  };

  /**
   * floor(dividend / divisor), the dividend in [0, 2^31): for divisors that are no power of two a multiplication by m = 2^(31+s) / divisor rounded up,
   * 2^s the next power of two, and a shift (Granlund and Montgomery, Division by Invariant Integers using Multiplication, 1994).
   */
  const quotient = (loop: LoopFrame, dividend: Index, divisor: number): Integer => {
    const result = fresh(), bits = Math.ceil(Math.log2(divisor)), terms = subtract(dividend, constant(dividend.constant));
    if (rangeOf(dividend).last >= 2 ** 31 || divisor >= 2 ** 30) return unwritten('a division of more than 31 bits');
    const steps: Step[] = [instruction('movq', value(terms, null), '%rax')];
    if (dividend.constant !== 0) steps.push(update('addq', immediate(dividend.constant), '%rax'));
    if (2 ** bits === divisor) steps.push(update('shrq', `$${bits}`, '%rax'));
    else {
      const multiplier = (1n << BigInt(31 + bits)) / BigInt(divisor) + 1n;
      steps.push(instruction('movl', `$${multiplier}`, '%ecx'), update('imulq', '%rcx', '%rax'), update('shrq', `$${31 + bits}`, '%rax'));
    }
    loop.first.push(...steps, instruction('movq', '%rax', result));
    return result;
  };

  const either = (indices: readonly Index[]): Integer => {
    const values = indices.map((index) => ({ of: value(subtract(index, constant(index.constant)), null), plus: index.constant }));
    let level = path.length - 1;
    while (level > 0 && !indices.some((index) => variablesOf(index).has(path[level]!.variable!.name))) level--;
    const home = path[level]!, key = indices.map(indexText).join('&'), known = home.known.get(key);
    if (known) return known;
    const result = fresh();
    values.forEach(({ of, plus }, i) => {
      const register = i === 0 ? '%rax' : '%rcx';
      home.first.push(instruction('movq', of, register), ...(plus === 0 ? [] : [update('addq', immediate(plus), register)]), ...(i === 0 ? [] : [update('orq', '%rcx', '%rax')]));
    });
    home.first.push(instruction('movq', '%rax', result));
    home.known.set(key, result);
    return result;
  };

  return {
    value, either, fresh, kernel,
    enter: (variable, dynamic) => {
      const loop = frame(variable, dynamic);
      path.push(loop);
      return loop;
    },
    leave: () => { path.pop(); },
  };
};

/** A number that an instruction has room for: in 32 bits with its sign. */
export const signed = (value: number): number => (Number.isSafeInteger(value) && Math.abs(value) < 2 ** 31 ? value : unwritten('a constant of more than 31 bits'));
export const immediate = (value: number): string => `$${signed(value)}`;
