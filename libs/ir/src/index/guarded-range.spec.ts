/** Ranges under guards, against every point: they hold what the guard lets through, and are exact for what operators write. */
import { seededRandom, type Random } from '@loopsmith/util';
import { expect } from 'chai';
import { add, floorDivide, guardText, indexText, loopVariable, plus, rangeOf, scale, subtract, variable, type Guard, type Index, type Range } from './index-expression.js';
import { guardedRanges } from './guarded-range.js';
import { evaluateIndex } from '../testing/evaluate-index.js';

const variables = [loopVariable('x', 9), loopVariable('y', 5), loopVariable('r', 3)];
const [x, y, r] = variables.map(variable) as [Index, Index, Index];

/** Least and greatest value where the guard holds; undefined where it never does. */
const exactly = (index: Index, guard: Guard): { first: number; last: number } | undefined => {
  let found: { first: number; last: number } | undefined;
  for (let i = 0; i < 9 * 5 * 3; i++) {
    const at: Record<string, number> = { x: i % 9, y: Math.floor(i / 9) % 5, r: Math.floor(i / 45) };
    const value = (of: Index): number => evaluateIndex(of, (name) => at[name]!);
    if (!guard.every((condition) => value(condition) >= 0)) continue;
    found = { first: Math.min(found?.first ?? Infinity, value(index)), last: Math.max(found?.last ?? -Infinity, value(index)) };
  }
  return found;
};

const randomIndex = (random: Random): Index => {
  const linear = plus(add(scale(random.pick([x, y, r]), random.below(7) - 3), scale(random.pick([x, y, r]), random.below(5) - 2)), random.below(15) - 7);
  return random.below(3) === 0 ? add(floorDivide(linear, 2 + random.below(3)), random.pick([x, y, r])) : linear;
};

const rangeUnder = (index: Index, guard: Guard): Range => guardedRanges(guard).range(index);

describe('ranges under guards', () => {
  it('hold every value that the guard lets through, and are never wider than the plain range', () => {
    const random = seededRandom(5);
    let narrower = 0;
    for (let i = 0; i < 1500; i++) {
      const index = randomIndex(random), guard = Array.from({ length: random.below(4) }, () => randomIndex(random));
      const exact = exactly(index, guard), ranges = guardedRanges(guard), range = ranges.range(index), plain = rangeOf(index);
      if (!exact) continue;
      const what = `${indexText(index)} under ${guardText(guard)}`;
      expect(ranges.never, what).to.equal(false);
      expect(range.first, what).to.be.within(plain.first, exact.first);
      expect(range.last, what).to.be.within(exact.last, plain.last);
      if (range.first > plain.first || range.last < plain.last) narrower++;
    }
    expect(narrower).to.be.above(200);
  });

  it('take what the guard says of each variable alone: a border of an image in one dimension', () => {
    const inside = [plus(scale(x, -1), 7), plus(scale(y, -1), 3), plus(scale(y, 2), -1)];
    expect(rangeUnder(add(x, scale(y, 8)), inside)).to.deep.equal({ first: 8, last: 31 });
  });

  it('are exact for padding, scatters and differences of guarded terms', () => {
    const back = subtract(x, r), half = floorDivide(back, 2);
    const cases: readonly (readonly [Index, Guard])[] = [
      [plus(x, -2), [plus(x, -2), plus(scale(x, -1), 6)]],
      [plus(add(scale(x, 2), r), -3), [plus(add(scale(x, 2), r), -3), plus(scale(add(scale(x, 2), r), -1), 9)]],
      [half, [back, plus(scale(back, -1), 7)]],
      [half, [half, plus(scale(half, -1), 2)]],
      [subtract(x, y), [plus(x, -5), plus(scale(y, -1), 3)]],
      [subtract(y, x), [plus(subtract(x, y), -2)]],
    ];
    for (const [index, guard] of cases) expect(rangeUnder(index, guard), `${indexText(index)} under ${guardText(guard)}`).to.deep.equal(exactly(index, guard));
  });

  it('are empty where the guard never holds', () => {
    const { first, last } = rangeUnder(x, [plus(x, -9)]);
    expect(last).to.be.lessThan(first);
  });

  it('come to an end where conditions exclude each other, however wide the variables are', () => {
    for (const extent of [30, 1000, 1e9]) {
      const [a, b, c] = ['a', 'b', 'c'].map((name) => variable(loopVariable(name, extent))) as [Index, Index, Index];
      const exclusive: readonly Guard[] = [
        [plus(subtract(a, b), -1), plus(subtract(b, a), -1)],
        [plus(subtract(a, b), -1), plus(subtract(b, c), -1), plus(subtract(c, a), -1)],
        [plus(subtract(scale(a, 2), scale(b, 3)), -1), plus(subtract(scale(b, 3), scale(a, 2)), -1)],
      ];
      for (const guard of exclusive)
        for (const index of [a, b, add(a, b), scale(a, -5)]) {
          const { first, last } = rangeUnder(index, guard), plain = rangeOf(index);
          // empty, or no wider than without the guard
          expect(first > last || (first >= plain.first && last <= plain.last), `${indexText(index)} under ${guardText(guard)}: ${first}..${last}`).to.equal(true);
        }
    }
  });
});
