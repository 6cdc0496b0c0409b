/**
 * Looks for a point at which all conditions hold: values of the loop variables, by trial with pruning. It backs a proof
 * that range analysis could not give, and finds the example that a message shows. It gives up after a number of trials.
 */
import { constant, coefficientOf, decideGuard, rangeOf, substitute, variablesOf, visitVariables, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import { variablesIn } from './digits.js';

export type Search = { readonly kind: 'found'; readonly point: ReadonlyMap<string, number> } | { readonly kind: 'none' } | { readonly kind: 'unknown' };

const trials = 20_000;

/**
 * A point of the goal and all that is given. Conditions that share variables with the goal, directly or through others, are
 * tried together with it; the rest only has to hold somewhere, and its variables are not part of the answer.
 */
export const findPoint = (goal: Guard, given: Guard): Search => {
  const near = connected(goal, given), apart = given.filter((condition) => !near.includes(condition));
  const found = search([...goal, ...near]);
  if (found.kind !== 'found' || apart.length === 0) return found;
  const rest = findPoint(apart.slice(0, 1), apart.slice(1));
  return rest.kind === 'found' ? found : rest;
};

const search = (conditions: Guard): Search => {
  const order = variablesByWeight(conditions);
  const point = new Map<string, number>();
  let left = trials, unsure = false;
  const visit = (remaining: Guard, depth: number): boolean => {
    const decided = decideGuard(remaining);
    if (decided === 'never') return false;
    const next = order[depth];
    if (decided === 'always' || !next) {
      if (decided === 'depends') { unsure = true; return false; }
      for (const later of order.slice(depth)) point.set(later.name, later.first);
      return true;
    }
    for (const value of valuesToTry(next, remaining)) {
      if (left-- <= 0) return false;
      point.set(next.name, value);
      if (visit(remaining.map((condition) => substitute(condition, (name) => (name === next.name ? constant(value) : undefined))), depth + 1)) return true;
    }
    return false;
  };
  if (visit(conditions, 0)) return { kind: 'found', point };
  return left <= 0 || unsure ? { kind: 'unknown' } : { kind: 'none' };
};

/** All values; or, for a variable of one condition in a plain term, only the one that serves it best. */
const valuesToTry = (v: LoopVariable, conditions: Guard): Iterable<number> => {
  const users = conditions.filter((condition) => uses(condition, v.name).length > 0);
  const only = users[0];
  if (!only) return [v.first];
  if (users.length === 1 && uses(only, v.name).length === 1 && coefficientOf(only, v.name) !== 0) return [coefficientOf(only, v.name) > 0 ? v.last : v.first];
  // values that one of its conditions rules out, whatever the others are, need no trial
  let { first, last } = v;
  for (const condition of users) {
    const coefficient = coefficientOf(condition, v.name);
    if (coefficient === 0 || uses(condition, v.name).length !== 1) continue;
    const rest = rangeOf({ ...condition, terms: condition.terms.filter(({ atom }) => atom.kind !== 'variable' || atom.name !== v.name) }).last;
    if (coefficient > 0) first = Math.max(first, Math.ceil(-rest / coefficient));
    else last = Math.min(last, Math.floor(rest / -coefficient));
  }
  return upTo(first, last);
};
function* upTo(first: number, last: number): Iterable<number> {
  for (let value = first; value <= last; value++) yield value;
}

const uses = (index: Index, name: string): readonly LoopVariable[] => {
  const found: LoopVariable[] = [];
  visitVariables(index, (v) => { if (v.name === name) found.push(v); });
  return found;
};

const connected = (goal: Guard, given: Guard): Guard => {
  const names = new Set<string>();
  const add = (index: Index): void => visitVariables(index, (v) => names.add(v.name));
  goal.forEach(add);
  let kept: Guard = [], open = given;
  for (;;) {
    const touched = open.filter((condition) => [...variablesOf(condition)].some((name) => names.has(name)));
    if (touched.length === 0) return kept;
    kept = [...kept, ...touched];
    open = open.filter((condition) => !touched.includes(condition));
    touched.forEach(add);
  }
};

/** What weighs most in the goal first: it leaves the least to try below. */
const variablesByWeight = (conditions: Guard): readonly LoopVariable[] => {
  const weight = (v: LoopVariable): number => Math.abs(coefficientOf(conditions[0]!, v.name));
  return [...variablesIn(conditions).values()].sort((a, b) => weight(b) - weight(a));
};
