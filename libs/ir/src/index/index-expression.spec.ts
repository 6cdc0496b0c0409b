/** What the index arithmetic promises, checked on random expressions against plain arithmetic on numbers. */
import { seededRandom, type Random } from '@loopsmith/util';
import { expect } from 'chai';
import { cursorOver, tokenize } from '../text/tokens.js';
import {
  add, constant, decideGuard, floorDivide, gathers, guardText, indexText, indirect, loopVariable, modulo, plus, rangeOf, replaceGathers,
  sameIndex, scale, substitute, subtract, sum, tightened, variable, variablesOf, visitGathers, type Index, type LoopVariable,
} from './index-expression.js';
import { parseCondition, parseIndex } from './parse.js';
import { evaluateIndex } from '../testing/evaluate-index.js';

/** An index and what plain arithmetic says it is. */
interface Twin { readonly index: Index; readonly value: (at: Bindings) => number }
type Bindings = Readonly<Record<string, number>>;

const variables: readonly LoopVariable[] = [
  loopVariable('x', 7), loopVariable('y', 16), loopVariable('z', 3), loopVariable('Y.xo', 4), loopVariable('one', 1),
  { kind: 'variable', name: 'w', first: -5, last: 6 },
];
const byName = new Map(variables.map((v) => [v.name, v]));
const parse = (text: string): Index => parseIndex(cursorOver(tokenize(text)), (name) => byName.get(name));

const twin = (random: Random, depth: number): Twin => {
  const kind = depth === 0 ? random.below(2) : random.below(6);
  if (kind === 0) {
    const value = random.below(30) - 10;
    return { index: constant(value), value: () => value };
  }
  if (kind === 1) {
    const chosen = random.pick(variables);
    return { index: variable(chosen), value: (at) => at[chosen.name]! };
  }
  const a = twin(random, depth - 1);
  if (kind === 2) {
    const b = twin(random, depth - 1);
    return { index: add(a.index, b.index), value: (at) => a.value(at) + b.value(at) };
  }
  if (kind === 3) {
    const by = random.below(13) - 6;
    return { index: scale(a.index, by), value: (at) => a.value(at) * by };
  }
  const divisor = 1 + random.below(8);
  if (kind === 4) return { index: floorDivide(a.index, divisor), value: (at) => Math.floor(a.value(at) / divisor) };
  return { index: modulo(a.index, divisor), value: (at) => a.value(at) - divisor * Math.floor(a.value(at) / divisor) };
};
const bindings = (random: Random): Bindings => Object.fromEntries(variables.map((v) => [v.name, v.first + random.below(v.last - v.first + 1)]));
const valueAt = (index: Index, at: Bindings): number => evaluateIndex(index, (name) => at[name]!);
const eachTwin = (count: number, visit: (made: Twin, random: Random) => void): void => {
  const random = seededRandom(20);
  for (let i = 0; i < count; i++) visit(twin(random, 1 + (i % 5)), random);
};

/** Least and greatest value over every binding of the variables that occur. */
const exactRange = (index: Index): { first: number; last: number } => {
  let first = Infinity, last = -Infinity;
  const names = [...variablesOf(index)];
  const walk = (at: Bindings, i: number): void => {
    const name = names[i];
    if (name === undefined) {
      const value = valueAt(index, at);
      first = Math.min(first, value);
      last = Math.max(last, value);
      return;
    }
    const v = byName.get(name)!;
    for (let value = v.first; value <= v.last; value++) walk({ ...at, [name]: value }, i + 1);
  };
  walk({}, 0);
  return { first, last };
};

describe('index expressions', () => {
  it('evaluate as plain arithmetic does', () => {
    eachTwin(4000, ({ index, value }, random) => {
      for (let i = 0; i < 8; i++) {
        const at = bindings(random);
        expect(valueAt(index, at), `${indexText(index)} at ${JSON.stringify(at)}`).to.equal(value(at));
      }
    });
  });

  it('keep terms sorted by text, without zero coefficients, with constants outside divisions and no dividend below zero', () => {
    const check = (index: Index, at: Bindings): void => {
      index.terms.forEach(({ coefficient, atom }, i) => {
        expect(coefficient).to.not.equal(0);
        const before = index.terms[i - 1];
        if (before) expect(indexText({ ...index, constant: 0, terms: [{ coefficient: 1, atom: before.atom }] }) < indexText({ ...index, constant: 0, terms: [{ coefficient: 1, atom }] })).to.equal(true);
        if (atom.kind !== 'floorDivision') return;
        // outside, but for what keeps the dividend from going below zero
        const { first } = rangeOf(atom.index);
        expect(first).to.be.within(0, Infinity);
        expect(valueAt(atom.index, at), `${indexText(atom.index)} at ${JSON.stringify(at)}`).to.be.at.least(0);
        expect(atom.index.constant < atom.divisor || first < atom.divisor).to.equal(true);
        expect(atom.last).to.be.greaterThan(atom.first);
        check(atom.index, at);
      });
    };
    const points = seededRandom(21);
    eachTwin(2000, ({ index }) => check(index, bindings(points)));
  });

  it('are the same however a sum was put together', () => {
    const random = seededRandom(3);
    for (let i = 0; i < 1000; i++) {
      const parts = Array.from({ length: 5 }, () => twin(random, 2).index);
      const shuffled = parts.map((part) => ({ part, key: random.next() })).sort((a, b) => a.key - b.key).map(({ part }) => part);
      const left = sum(...parts), right = add(sum(...shuffled.slice(0, 2)), sum(...shuffled.slice(2)));
      expect(sameIndex(left, right), `${indexText(left)} and ${indexText(right)}`).to.equal(true);
      expect(indexText(left)).to.equal(indexText(right));
      expect(sameIndex(subtract(left, right), constant(0))).to.equal(true);
    }
  });

  it('are read back from their text', () => {
    eachTwin(3000, ({ index }) => expect(parse(indexText(index)), indexText(index)).to.deep.equal(index));
    const gathered = plus(scale(indirect('table', [variable(byName.get('x')!), constant(2)], 0, 9), 4), -3);
    expect(indexText(gathered)).to.equal('4*table{x, 2; 0..9}-3');
    expect(parse(indexText(gathered))).to.deep.equal(gathered);
    const guard = [parse('x-1'), parse('-y+5')];
    expect(guardText(guard)).to.equal('x-1 >= 0 & -y+5 >= 0');
    expect(parseCondition(cursorOver(tokenize(guardText(guard))), (name) => byName.get(name))).to.deep.equal(guard);
  });

  it('have a range that holds every value', () => {
    eachTwin(1500, ({ index }) => {
      const range = rangeOf(index), exact = exactRange(index);
      expect(range.first, indexText(index)).to.be.at.most(exact.first);
      expect(range.last, indexText(index)).to.be.at.least(exact.last);
    });
  });

  it('have an exact range for a multiple of a remainder, of a sum and of a quotient too', () => {
    const f = loopVariable('f', 96), g = loopVariable('g', 50);
    const value = add(variable(f), scale(variable(g), 3));
    for (const n of [2, 5, 7, 12]) {
      for (const c of [-3, -1, 1, 4]) {
        const bounds = [0, c * (n - 1)].sort((a, b) => a - b);
        expect(rangeOf(scale(modulo(value, n), c)), `${c} of mod ${n}`).to.deep.equal({ first: bounds[0], last: bounds[1] });
        expect(rangeOf(plus(scale(modulo(plus(value, 3), n), c), 5)), `${c} of mod ${n} + 5`).to.deep.equal({ first: bounds[0]! + 5, last: bounds[1]! + 5 });
        expect(rangeOf(scale(modulo(floorDivide(variable(f), 4), n), c)), `${c} of /4 mod ${n}`).to.deep.equal({ first: bounds[0], last: bounds[1] });
      }
    }
    // a fused loop of 3*4*8: every digit, and two digits with opposite signs
    const [high, middle, low] = [floorDivide(variable(f), 32), modulo(floorDivide(variable(f), 8), 4), modulo(variable(f), 8)];
    expect([high, middle, low].map(rangeOf)).to.deep.equal([{ first: 0, last: 2 }, { first: 0, last: 3 }, { first: 0, last: 7 }]);
    expect(rangeOf(subtract(scale(low, 2), middle))).to.deep.equal({ first: -3, last: 14 });
    expect(rangeOf(add(variable(f), modulo(variable(f), 4)))).to.deep.equal({ first: 0, last: 98 });
    // every third element of a row of fives and sixes: dividing by 30 loses the factor 3
    expect([0, 1, 7].map((start) => rangeOf(modulo(floorDivide(plus(scale(variable(f), 3), start), 5), 6)))).to.deep.equal(Array(3).fill({ first: 0, last: 5 }));
    expect(rangeOf(scale(modulo(floorDivide(plus(scale(variable(f), 3), 1), 5), 6), -4))).to.deep.equal({ first: -20, last: 0 });
    // a transposed address: high digit times 1, low digit times 64
    expect(rangeOf(add(floorDivide(variable(f), 8), scale(modulo(variable(f), 8), 64)))).to.deep.equal({ first: 0, last: 11 + 448 });
  });

  it('put split and fused loops back together by addition alone', () => {
    const f = variable(loopVariable('f', 96));
    expect(indexText(add(scale(floorDivide(f, 6), 6), modulo(f, 6)))).to.equal('f');
    const o = variable(loopVariable('o', 4)), i = variable(loopVariable('i', 14));
    const x = add(scale(o, 14), i);
    expect(indexText(floorDivide(x, 14))).to.equal('o');
    expect(indexText(modulo(x, 14))).to.equal('i');
    expect(indexText(floorDivide(x, 28))).to.equal('o/2');
    expect(indexText(floorDivide(floorDivide(f, 4), 3))).to.equal('f/12');
    expect(indexText(floorDivide(plus(floorDivide(f, 4), 1), 3))).to.equal('(f+4)/12');
    expect(indexText(floorDivide(plus(f, 13), 4))).to.equal('(f+1)/4+3');
    expect(indexText(variable(loopVariable('one', 1)))).to.equal('0');
  });

  it('substitute variables, also inside divisions and gathers', () => {
    const x = variable(byName.get('x')!);
    const index = sum(x, floorDivide(plus(x, 1), 2), indirect('T', [x], 0, 5));
    expect(indexText(substitute(index, (name) => (name === 'x' ? constant(3) : undefined)))).to.equal('T{3; 0..5}+5');
    eachTwin(1000, ({ index: original, value }, random) => {
      const inner = twin(random, 2);
      const substituted = substitute(original, (name) => (name === 'y' ? inner.index : undefined));
      // the replacement may leave y's range; what was simplified by that range holds only inside it
      const at = bindings(random);
      const y = inner.value(at);
      if (y >= 0 && y < 16) expect(valueAt(substituted, at)).to.equal(value({ ...at, y }));
    });
    const kept = parse('x+y/3');
    expect(substitute(kept, () => undefined)).to.equal(kept);
  });

  it('tell and replace their gathers, also inside divisions and other gathers', () => {
    const x = variable(byName.get('x')!), inner = indirect('A', [x], 0, 9);
    const index = sum(floorDivide(sum(scale(indirect('B', [plus(inner, 1)], 0, 5), 3), x), 4), scale(inner, 2)), found: string[] = [];
    visitGathers(index, ({ buffer }) => found.push(buffer));
    expect([gathers(index), gathers(x), found.sort()]).to.deep.equal([true, false, ['A', 'A', 'B']]);
    const plain = replaceGathers(index, ({ buffer }) => (buffer === 'A' ? variable(byName.get('y')!) : x));
    expect(plain).to.deep.equal(parse('x+2*y'));
    expect(replaceGathers(plain, () => x)).to.equal(plain);
  });

  it('decide guards by range', () => {
    expect(decideGuard([parse('x'), parse('6-x')])).to.equal('always');
    expect(decideGuard([parse('x'), parse('-x-1')])).to.equal('never');
    expect(decideGuard([parse('x-1')])).to.equal('depends');
    expect(decideGuard([])).to.equal('always');
  });

  it('as conditions are tightened to whole numbers, which no point tells apart', () => {
    expect(['12*x-211', '-12*x+212', '6*x+3*y-7', 'x-2*y', '-4', '5'].map((text) => indexText(tightened(parse(text))))).to.deep.equal(['x-18', '-x+17', '2*x+y-3', 'x-2*y', '-4', '5']);
    eachTwin(500, ({ index, value }, random) => {
      const condition = tightened(scale(index, 1 + random.below(4)));
      for (let i = 0; i < 20; i++) {
        const at = bindings(random);
        expect(valueAt(condition, at) >= 0).to.equal(value(at) >= 0);
      }
    });
  });

  it('refuse what is no index', () => {
    expect(() => constant(0.5)).to.throw('an index is made of integers, not 0.5');
    expect(() => floorDivide(parse('x'), 0)).to.throw('floorDivide needs a positive integer divisor, not 0');
    expect(() => parse('x+nowhere')).to.throw('line 1: no loop or axis named "nowhere" is in scope');
  });
});
