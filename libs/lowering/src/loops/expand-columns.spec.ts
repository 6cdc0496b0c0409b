/** A column is the elements that it names, and all columns of a square share what they merge. */
import { expect } from 'chai';
import type { Expression } from '@loopsmith/ir';
import { columnOf } from './expand-columns.js';

describe('columnOf', () => {
  for (const [lanes, together] of [[2, 2], [4, 4], [8, 4], [16, 4], [16, 16], [8, 2]] as const)
    it(`takes the columns of ${lanes} vectors, ${together} lanes at a time, in ${lanes * Math.log2(lanes)} merges of two`, () => {
      const row = (i: number): Expression => ({ kind: 'register', name: `r${i}`, type: { dtype: 'f32', lanes } });
      /** Elements of each vector, named by row and column. */
      const known = new Map<string, readonly string[]>(Array.from({ length: lanes }, (_, i) => [`r${i}`, Array.from({ length: lanes }, (__, k) => `${i},${k}`)]));
      const named = new Map<string, Expression>();
      const name = (vector: Expression): Expression => {
        if (vector.kind !== 'assemble') throw new Error(`a ${vector.kind} is no merge`);
        const elements = vector.lanes.map((lane) => (lane.kind === 'lane' && lane.of.kind === 'register' ? known.get(lane.of.name)![lane.lane]! : ''));
        const of = new Set(vector.lanes.map((lane) => (lane.kind === 'lane' && lane.of.kind === 'register' ? lane.of.name : '')));
        expect(of.size, 'vectors that are merged').to.equal(2);
        const key = elements.join(' ');
        if (!named.has(key)) { named.set(key, { kind: 'register', name: `v${named.size}`, type: { dtype: 'f32', lanes } }); known.set(`v${named.size - 1}`, elements); }
        return named.get(key)!;
      };
      for (let column = 0; column < lanes; column++) {
        const found = columnOf({ lanes, together, row }, column, name);
        expect(found.kind === 'register' && known.get(found.name)).to.deep.equal(Array.from({ length: lanes }, (_, i) => `${i},${column}`));
      }
      expect(named.size).to.equal(lanes * Math.log2(lanes));
    });
});
