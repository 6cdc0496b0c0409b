/** What patterns find: either way round where an operator allows it, and one tensor for one name. */
import { expect } from 'chai';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { producersOf } from './edit.js';
import { both, either, patternsIn, tensor, where, type Binding, type Pattern } from './match.js';

const graph = unwrap(parseGraph(`graph g(x: f32[2], z: f32[2]) -> y, w, v
  e: f32[2] = exp(x)
  y: f32[2] = add(x, e)
  w: f32[2] = subtract(x, e)
  v: f32[2] = multiply(e, e)
`));
const made = patternsIn(producersOf(graph)), a = tensor('a'), b = tensor('b');

describe('patterns of nodes', () => {
  const cases: readonly (readonly [what: string, pattern: Pattern, of: string, found: readonly Binding[]])[] = [
    ['both ways of a sum', made('add', a, b), 'y', [{ a: 'x', b: 'e' }, { a: 'e', b: 'x' }]],
    ['the way of a sum that fits', made('add', made('exp', a), b), 'y', [{ a: 'x', b: 'x' }]],
    ['one way of a difference', made('subtract', a, b), 'w', [{ a: 'x', b: 'e' }]],
    ['no difference the other way round', made('subtract', made('exp', a), b), 'w', []],
    ['one tensor for one name', made('subtract', a, made('exp', a)), 'w', [{ a: 'x' }]],
    ['no two tensors for one name', made('subtract', a, a), 'w', []],
    ['a tensor that is two things at once', made('subtract', a, both(b, made('exp', tensor('c')))), 'w', [{ a: 'x', b: 'e', c: 'x' }]],
    ['whichever of two fits', either(made('subtract', a, b), made('add', a, a)), 'w', [{ a: 'x', b: 'e' }]],
    ['only where something holds', made('subtract', a, both(b, where((name) => name === 'x'))), 'w', []],
    ['nothing in what no node makes', made('exp', a), 'z', []],
    ['nothing in another number of operands', made('multiply', a), 'v', []],
  ];
  for (const [what, pattern, of, found] of cases) it(`find ${what}`, () => { expect(pattern(of, {})).to.deep.equal(found); });
});
