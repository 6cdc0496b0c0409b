/**
 * Fused loops taken apart: variables written as digits of a mixed radix, for proofs about ranges and addresses. Changes no program.
 *
 * With t < 10, t/4 and t/2 among the indices, t becomes 4*t#2 + 2*t#1 + t#0 with t#2 < 3, t#1 < 2 and t#0 < 2: t/4 is t#2, t/2 is
 * 2*t#2 + t#1, and the guard 9 - t >= 0 keeps out the digits of 10 and 11. A digit goes by its variable's name and its number, so
 * a name has to mean one range wherever it occurs: `verifyProgram` holds a kernel to that.
 */
import { constant, loopVariable, onlyVariable, scale, substitute, subtract, sum, variable, variablesOf, visitVariables, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';

export interface Digits {
  readonly apply: (index: Index) => Index;
  /** Keeps the digits of a ragged range in range. */
  readonly guard: Guard;
  /** The digits of the variable that was asked for. */
  readonly loop: readonly string[];
}
/**
 * Variables that are divided become their digits: with x/56 present, x = 56*`x#1` + `x#0`, so that divisions disappear and
 * the digits are independent; a digit that is divided in turn is cut again. `loop` names a variable whose digits are wanted.
 */
export const digitsOf = (indices: readonly Index[], loop = ''): Digits => {
  const divisors = new Map<string, { readonly v: LoopVariable; readonly found: Set<number> }>();
  const collect = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind !== 'floorDivision') continue;
      const only = onlyVariable(atom.index);
      if (only?.first === 0) {
        const entry = divisors.get(only.name) ?? { v: only, found: new Set<number>() };
        divisors.set(only.name, entry);
        entry.found.add(atom.divisor);
      }
      collect(atom.index);
    }
  };
  indices.forEach(collect);
  if (divisors.size === 0) return { apply: (index) => index, guard: [], loop: [loop] };
  const made = new Map<string, { readonly whole: Index; readonly names: readonly string[] }>();
  const guard: Index[] = [];
  for (const [name, { v, found }] of divisors) {
    const steps = [1];
    for (const divisor of [...found].sort((a, b) => a - b)) if (divisor % steps.at(-1)! === 0 && divisor <= v.last) steps.push(divisor);
    const parts = steps.map((step, i) => ({ step, digit: loopVariable(`${name}#${i}`, Math.min((steps[i + 1] ?? Infinity) / step, Math.floor(v.last / step) + 1)) }));
    const whole = sum(...parts.map(({ step, digit }) => scale(variable(digit), step)));
    made.set(name, { whole, names: parts.filter(({ digit }) => digit.last > 0).map(({ digit }) => digit.name) });
    guard.push(subtract(constant(v.last), whole));
  }
  const apply = (index: Index): Index => substitute(index, (name) => made.get(name)?.whole);
  const inner = digitsOf(indices.map(apply));
  const loopNames = made.get(loop)?.names ?? [loop];
  const innerNames = loopNames.flatMap((name) => digitsNamed(inner, indices.map(apply), name));
  return { apply: (index) => inner.apply(apply(index)), guard: [...guard.map(inner.apply), ...inner.guard], loop: innerNames };
};
/** What a digit was cut into, from what applying the cuts makes of it. */
const digitsNamed = (digits: Digits, indices: readonly Index[], name: string): readonly string[] => {
  const v = variablesIn(indices).get(name);
  return v ? [...variablesOf(digits.apply(variable(v)))] : [name];
};

export const variablesIn = (indices: readonly Index[]): ReadonlyMap<string, LoopVariable> => {
  const variables = new Map<string, LoopVariable>();
  for (const index of indices) visitVariables(index, (v) => variables.set(v.name, v));
  return variables;
};
