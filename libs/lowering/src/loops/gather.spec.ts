/** Indices read from memory on their way to loops: what is gathered from stays whole, addresses are flat, and every layout gives the same numbers. */
import { expect } from 'chai';
import { blockedLayout, evaluate, fromNumbers, outputOf, parseSchedule, printProgram, toNumbers, verifyProgram, type Definition, type Layout } from '@loopsmith/ir';
import { product, unwrap } from '@loopsmith/util';
import { operators } from '../operators/operators.js';
import { applySchedule } from '../schedule/apply.js';
import { largestDifference, runProgram } from '../testing/run-program.js';
import { buildProgram } from './build.js';

const gathered = (operator: 'gather' | 'gatherElements', indices: readonly number[], known: boolean): Definition => {
  const data = fromNumbers('i64', indices, new Array<number>(product(indices)).fill(0));
  return unwrap(operators.get(operator)!.define({ name: 'node', operator, attributes: { axis: 1 }, inputs: ['x', 'i'], outputs: ['y'] },
    [{ dtype: 'f32', shape: [2, 5, 3] }, { dtype: 'i64', shape: indices, ...(known ? { data } : {}) }]));
};
const inputs = new Map([['X', fromNumbers('f32', [2, 5, 3], Array.from({ length: 30 }, (_, i) => i))]]);
const programOf = (definition: Definition, layouts: Readonly<Record<string, Layout>>, steps: string) =>
  applySchedule(definition, layouts, unwrap(parseSchedule(steps)));

describe('gathers', () => {
  const cases = [
    ['gather', [2, 2], [4, -5, 9, -2], false, 'root J'], ['gather', [2, 2], [4, -5, 9, -2], true, ''],
    ['gatherElements', [2, 2, 3], [0, 1, 2, 3, 4, -1, -2, -3, -4, -5, 7, -9], false, 'root J'],
  ] as const;
  for (const [operator, shape, indices, known, steps] of cases) {
    for (const blocked of [false, true]) {
      it(`${operator} of ${known ? 'known' : 'run-time'} indices${blocked ? ', blocked' : ''} computes what its definition says`, () => {
        const definition = gathered(operator, shape, known), output = outputOf(definition);
        const layouts = blocked ? { X: blockedLayout([2, 5, 3], 1, 4), Y: blockedLayout(output.axes.map(({ last }) => last + 1), 1, 4) } : {};
        const plan = unwrap(programOf(definition, layouts, steps)), program = unwrap(buildProgram(plan));
        expect(verifyProgram(program)).to.deep.equal([]);
        const given = new Map([...inputs, ['I', fromNumbers('i64', shape, indices)]]);
        expect(largestDifference(runProgram(plan, program, given), toNumbers(evaluate(definition, given).get('Y')!))).to.equal(0);
      });
    }
  }

  it('reads the index at a flat address', () => {
    const program = unwrap(buildProgram(unwrap(programOf(gathered('gather', [2, 2], false), {}, 'root J'))));
    expect(printProgram(program)).to.include('X[3*J{2*Y.c+Y.y; 0..4}+15*Y.n+Y.x]');
  });

  it('refuses to inline what is gathered from, or to compute a part of it', () => {
    const definition = gathered('gather', [2, 2], false), message = (steps: string): string => {
      const outcome = programOf(definition, {}, steps);
      return outcome.ok ? 'legal' : outcome.failure.message;
    };
    const words = 'Y gathers indices from J; place it at root';
    expect([message('inline J'), message('computeAt J in Y.n register')]).to.deep.equal([`inline J: ${words}`, `computeAt J in Y.n register: ${words}`]);
  });
});
