/** What of a test case a model is bound to, and whose refusal is left when that does not help. */
import { fromNumbers } from '@loopsmith/ir';
import { refuse, type FailureError } from '@loopsmith/util';
import { expect } from 'chai';
import { bindToCase, type Binding } from './binding.js';
import type { Case } from './cases.js';

const x = { name: 'x', data: fromNumbers('f32', [2, 2], [1, 2, 3, 4]) }, n = { name: 'n', data: fromNumbers('i64', [], [7]) };
const one: Case = { name: 'one', inputs: new Map([[0, x], [1, n]]), outputs: new Map() };
const needed = (code: string, message: string): never => refuse({ code, stage: 'import', message });
const bound = (work: (binding: Binding) => string): Promise<string> =>
  bindToCase(one, { shapes: {}, values: {} }, work).then(({ made }) => made, (error: unknown) => (error as FailureError).message);

describe('a model bound to a case', () => {
  it('takes shapes and values as far as it asks for them', async () => {
    expect(await bound(({ shapes, values }) => JSON.stringify([shapes, Object.keys(values)]))).to.equal('[{},[]]');
    expect(await bound(({ shapes }) => ('x' in shapes ? JSON.stringify(shapes) : needed('shape-needed', 'x is open')))).to.equal('{"x":[2,2],"n":[]}');
    expect(await bound(({ shapes, values }) => ('n' in values ? `${'x' in shapes}` : needed('value-needed', 'n decides a shape')))).to.equal('false');
  });

  it('that asks for more is refused by what the case does not cure', async () => {
    // the case has the shape, and no value that helps
    expect(await bound(({ shapes }) => ('x' in shapes ? needed('value-needed', 'only known at run time') : needed('shape-needed', 'x is open')))).to.equal('only known at run time');
    expect(await bound(() => needed('shape-needed', 'y is open'))).to.equal('y is open');
    expect(await bound(({ values }) => needed('value-needed', 'n' in values ? 'something else' : 'the first'))).to.equal('the first');
  });
});
