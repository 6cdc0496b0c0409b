/** What stands behind verify, against every point: digits of variables, the search for a point, iterations that meet. */
import { expect } from 'chai';
import { seededRandom, type Random } from '@loopsmith/util';
import { constant, floorDivide, guardText, indexText, loopVariable, modulo, scale, sum, variable, visitVariables, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import { digitsOf } from './digits.js';
import { findPoint } from './find-point.js';
import { meet } from './races.js';
import { evaluateIndex } from '../testing/evaluate-index.js';

const variablesFrom = (random: Random, names: readonly string[]): readonly LoopVariable[] => names.map((name) => loopVariable(name, 2 + random.below(5)));
/** A small affine index, sometimes with a quotient or a remainder. */
const indexFrom = (random: Random, variables: readonly LoopVariable[]): Index =>
  sum(constant(random.below(9) - 4), ...variables.filter(() => random.below(3) > 0).map((v) => {
    const plain = variable(v), shape = random.below(6);
    return scale(shape === 0 ? floorDivide(plain, 2) : shape === 1 ? modulo(plain, 3) : plain, [-6, -3, -1, 1, 2, 4, 8][random.below(7)]!);
  }));
const everyPoint = (variables: readonly LoopVariable[], visit: (valueOf: (name: string) => number) => void): void => {
  const point = new Map<string, number>();
  const walk = (depth: number): void => {
    const v = variables[depth];
    if (!v) { visit((name) => point.get(name)!); return; }
    for (let value = v.first; value <= v.last; value++) { point.set(v.name, value); walk(depth + 1); }
  };
  walk(0);
};
const holds = (guard: Guard, valueOf: (name: string) => number): boolean => guard.every((index) => evaluateIndex(index, valueOf) >= 0);

describe('digits', () => {
  it('have one point for every value of what they stand for, and give what it gives', () => {
    let cut = 0;
    for (let seed = 0; seed < 200; seed++) {
      const random = seededRandom(seed), v = loopVariable('v', 2 + random.below(30));
      const indices = Array.from({ length: 1 + random.below(3) }, () => floorDivide(variable(v), 2 + random.below(9))), whole = variable(v);
      const { apply, guard } = digitsOf([whole, ...indices]), digits = new Map<string, LoopVariable>();
      for (const index of [apply(whole), ...guard]) visitVariables(index, (digit) => digits.set(digit.name, digit));
      const values: number[] = [];
      everyPoint([...digits.values()], (valueOf) => {
        if (!holds(guard, valueOf)) return;
        const value = evaluateIndex(apply(whole), valueOf);
        values.push(value);
        for (const index of indices) expect(evaluateIndex(apply(index), valueOf), `${indexText(index)} at ${value}`).to.equal(evaluateIndex(index, () => value));
      });
      expect(values.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: v.last + 1 }, (_, value) => value));
      if (digits.size > 1) cut++;
    }
    expect(cut).to.be.above(50);
  });
});

describe('the search for a point', () => {
  it('finds one exactly when there is one', () => {
    const seen = { found: 0, none: 0 };
    for (let seed = 0; seed < 300; seed++) {
      const random = seededRandom(seed), variables = variablesFrom(random, ['a', 'b', 'c']);
      const goal = [indexFrom(random, variables)], given = Array.from({ length: 2 }, () => indexFrom(random, variables));
      let exists = false;
      everyPoint(variables, (valueOf) => { exists ||= holds([...goal, ...given], valueOf); });
      const search = findPoint(goal, given), what = guardText([...goal, ...given]);
      expect(search.kind, what).to.equal(exists ? 'found' : 'none');
      if (search.kind === 'found') expect(holds(goal, (name) => search.point.get(name)!), what).to.equal(true);
      seen[exists ? 'found' : 'none']++;
    }
    expect(Math.min(seen.found, seen.none)).to.be.above(50);
  });
});

describe('iterations that meet', () => {
  it('are found exactly when two of them reach one address', () => {
    const seen = { race: 0, apart: 0 };
    for (let seed = 0; seed < 300; seed++) {
      const random = seededRandom(seed), variables = variablesFrom(random, ['p', 'a', 'b']), p = variables[0]!;
      // addresses that a layout could give, so that both answers occur
      const address = (): Index => sum(scale(floorDivide(variable(p), 2), [0, 6, 16, 32][random.below(4)]!), scale(variable(p), [0, 1, 4, 8][random.below(4)]!), scale(variable(variables[1]!), [1, 4, 8][random.below(3)]!), scale(variable(variables[2]!), random.below(2)));
      const cut = sum(scale(variable(p), 1 + random.below(3)), variable(variables[1]!));
      const blocked = (): Index => sum(scale(floorDivide(cut, 4), 4 * (1 + random.below(3))), modulo(cut, 4), scale(variable(variables[2]!), [0, 4, 8][random.below(3)]!));
      const at = random.below(3) === 0 ? blocked() : address(), other = random.below(2) ? at : sum(at, constant(random.below(3)));
      const guard = random.below(2) ? [] : [indexFrom(random, variables)], lanes = 1 + random.below(2);
      const owners = new Map<number, Set<number>>();
      everyPoint(variables, (valueOf) => {
        if (!holds(guard, valueOf)) return;
        for (let lane = 0; lane < lanes; lane++) {
          const element = evaluateIndex(at, valueOf) + lane;
          owners.set(element, (owners.get(element) ?? new Set()).add(valueOf('p')));
        }
      });
      let races = false;
      everyPoint(variables, (valueOf) => {
        for (const owner of owners.get(evaluateIndex(other, valueOf)) ?? []) races ||= owner !== valueOf('p');
      });
      const verdict = meet(p, { at, lanes, guard }, { at: other, lanes: 1, guard: [] });
      const what = `${indexText(at)} x ${lanes} and ${indexText(other)} where ${guardText(guard)}`;
      expect(verdict.kind, what).to.equal(races ? 'race' : 'apart');
      if (verdict.kind === 'race') expect(owners.get(verdict.element)!.has(verdict.iterations[0]), what).to.equal(true);
      seen[races ? 'race' : 'apart']++;
    }
    expect(Math.min(seen.race, seen.apart)).to.be.above(50);
  });
});
