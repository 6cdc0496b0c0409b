/** What lies apart is what is found, in merges of two vectors that hold nothing from outside. */
import { expect } from 'chai';
import type { Expression } from '@loopsmith/ir';
import { everyNth, mostMergedStep } from './expand-strides.js';

describe('everyNth', () => {
  for (const lanes of [2, 4, 8, 16])
    for (let step = 2; step <= Math.min(lanes, mostMergedStep); step++)
      it(`takes ${lanes} elements ${step} apart from ${step} vectors in ${step - 1} merges of two`, () => {
        const known = new Map<string, readonly number[]>(), merges: string[] = [];
        const register = (elements: readonly number[]): Expression => {
          const name = `r${known.size}`;
          known.set(name, elements);
          return { kind: 'register', name, type: { dtype: 'f32', lanes } };
        };
        const read = (from: number): Expression => {
          expect([from >= 0, from + lanes <= (lanes - 1) * step + 1], `elements from ${from}`).to.deep.equal([true, true]);
          return register(Array.from({ length: lanes }, (_, i) => from + i));
        };
        const merge = (value: Expression): Expression => {
          if (value.kind !== 'assemble') throw new Error(`a ${value.kind} is no merge`);
          const of = value.lanes.map((lane) => (lane.kind === 'lane' && lane.of.kind === 'register' ? lane.of.name : ''));
          expect(new Set(of).size, 'vectors that are merged').to.equal(2);
          merges.push(of.join(' '));
          return register(value.lanes.map((lane, i) => (lane.kind === 'lane' ? known.get(of[i]!)![lane.lane]! : NaN)));
        };
        const found = everyNth('f32', lanes, step, read, merge);
        expect(found.kind === 'register' && known.get(found.name)).to.deep.equal(Array.from({ length: lanes }, (_, i) => i * step));
        expect(merges).to.have.length(step - 1);
      });
});
