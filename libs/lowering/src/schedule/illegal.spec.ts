/** What steps refuse, each with its whole message: whoever writes or edits a schedule reads nothing else. */
import { expect } from 'chai';
import { parseDefinition, parseSchedule } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { convolution } from '../testing/definitions.js';
import { applySchedule } from './apply.js';

/** P[c<6, y<8, x<8], A[k<8, y<6, x<6] = sum[c<6, r<3, s<3], Y[k<8, y<6, x<6]. */
const definition = convolution({ channels: 6, outputs: 8, size: 6, kernel: 3, pad: 1 });

/** Steps, of which the last is refused, and why. */
const refused: readonly (readonly [string, string])[] = [
  ['split Q.k by 2 into a b', 'there is no stage "Q"; stages are P, A, Y'],
  ['split P.c by 2 into a b', 'P has no place yet; computeAt or root it first'],
  ['inline P; split P.c by 2 into a b', 'P is inlined and has no loops'],
  ['split Y.z by 2 into a b', 'Y has no loop "z"; its loops are k, y, x'],
  ['split Y.k by 9 into a b', 'k has extent 8; split by a whole number of at most that'],
  ['split Y.k by 0 into a b', 'k has extent 8; split by a whole number of at most that'],
  ['split Y.k by 4 into a a', 'the two loops need two names'],
  ['split Y.k by 4 into x b', 'Y has a loop "x" already'],
  ['unroll Y.k; split Y.k by 4 into a b', 'k is marked already; split before unroll, vectorize, parallel and bind'],
  ['computeAt A in Y.x register; split Y.x by 2 into a b', 'A is computed in this very loop; split before placing it'],
  ['split Y.k by 2 into a b; split Y.b by 2 into e f; split Y.a by 3 into g h round', 'a is a part of an axis, and what it computed past its end would be another part\'s; round the whole axis first'],
  ['split Y.k by 3 into a b round', 'Y has room for 8 of 9 in k; split by a divisor of its block, or drop round'],
  ['root A; split A.c by 4 into a b round', 'a reduction must not run past its terms; drop round'],
  ['fuse Y.k x into f', 'k and x are not neighbours in that order; reorder first'],
  ['root A; fuse A.x c into f', 'one of the two reduces and the other does not'],
  ['unroll Y.y; fuse Y.k y into f', 'one of the two is marked already; fuse before unroll, vectorize, parallel and bind'],
  ['computeAt A in Y.y register; fuse Y.k y into f', 'A is computed in y; fuse before placing it'],
  ['fuse Y.k y into x', 'Y has a loop "x" already'],
  ['reorder Y k k y x', 'a loop is named twice'],
  ['reorder Y x y', 'name every loop; missing k'],
  ['computeAt A in Y.y register; reorder Y y k x', 'A is computed in y and needs the same loops outside of it; reorder before placing it'],
  ['unroll Y.x; vectorize Y.x', 'x is marked already'],
  ['vectorize Y.k', 'y, x runs inside k; reorder it innermost'],
  ['computeAt A in Y.x register; vectorize Y.x', 'A is computed in this loop; place it at one around it'],
  ['computeAt A in Y.x register; parallel A.k', 'A is computed inside another stage; only the loops of a kernel run in parallel'],
  ['root A; parallel A.c', 'c reduces; splitReduction first and share the loop of the parts'],
  ['parallel Y.y', 'k runs outside y; fuse or reorder'],
  ['computeAt A in Y.x shared; bind A.k to block.x', 'A is computed inside another stage, which is one block already; bind it to threads'],
  ['computeAt A in Y.x register; bind A.k to thread.x', 'A is kept in registers, which every thread has for itself; bind a loop around it, or place it in shared memory'],
  ['root A; bind A.c to thread.x', 'c reduces, and threads would add to the same element; splitReduction first and bind the loop of the parts'],
  ['bind Y.k to block.x; bind Y.y to block.x', 'k is bound to block.x already; fuse the two or take another dimension'],
  ['computeAt A in Y.k shared; bind Y.y to thread.x', 'A is placed in shared memory below Y already; bind before placing it'],
  ['inline A', 'A is a sum; place it'],
  ['inline P; inline P', 'P has its place already'],
  ['inline W', 'there is no stage "W"; stages are P, A, Y'],
  ['computeAt P in Y.y register', 'its consumer A has no place yet; place consumers first'],
  ['root P', 'its consumer A has no place yet; place consumers first'],
  ['root A; computeAt P in Y.y register', 'its consumer A runs outside of Y.y'],
  ['vectorize Y.x; computeAt A in Y.x register', 'x is vectorized; its lanes run as one, so place it at a loop around it'],
  ['layout X [c y x]', 'X is handed over at run time; its layout belongs to the task'],
  ['layout Y [x y k]', 'Y is the output; its layout belongs to the task'],
  ['layout P [c y x]', 'P has no place yet; computeAt or root it first'],
  ['layout W [k c r]', 'axis 3 of extent 3 is not stored'],
  ['layout W [k c r q]', 'W has no axis "q"; its axes are k, c, r, s'],
  ['cacheWrite P as Q', 'P does not reduce'],
  ['cacheWrite A as P', 'the name "P" is taken; choose another'],
  ['split Y.k by 2 into a b; cacheWrite Y as Z', 'Y does not reduce'],
  ['root A; split A.k by 2 into a b; cacheWrite A as B', 'A is shaped already; cacheWrite before split, fuse, reorder and marks'],
  ['cacheRead A of X as Q', 'A does not read X'],
  ['splitReduction A.q by 2', 'A does not reduce over "q"'],
  ['splitReduction A.c by 7', 'c has 6 terms; split by a whole number of at most that'],
  ['splitReduction Y.k by 2', 'Y does not reduce'],
  ['algorithm winograd 3', 'there are matrices for tiles of 2 and 4 only'],
  ['root A; algorithm winograd 2', 'A has its place already; an algorithm is the first step'],
];

describe('an illegal step', () => {
  for (const [steps, reason] of refused) {
    it(steps, () => {
      const plan = applySchedule(definition, {}, unwrap(parseSchedule(steps)));
      expect(plan).to.deep.equal({ ok: false, failure: { code: 'schedule-illegal', stage: 'schedule', message: `${steps.split('; ').at(-1)}: ${reason}` } });
    });
  }

  it('keeps in registers what begins before its first element', () => {
    const shifted = unwrap(parseDefinition('tensor shifted(X: f32[8])\n  S[y<8] = X[y] * 2\n  Y[y<10] = select y-1 >= 0 & -y+8 >= 0 then S[y-1] else 0\n'));
    const messageOf = (scope: string): string => { const plan = applySchedule(shifted, {}, unwrap(parseSchedule(`split Y.y by 5 into yo yi; computeAt S in Y.yo ${scope}`))); return plan.ok ? 'legal' : plan.failure.message; };
    expect(messageOf('register')).to.equal('computeAt S in Y.yo register: some of its points would lie before the first of y, which registers cannot leave out; place it in scratch');
    expect(messageOf('scratch')).to.equal('legal');
  });

  it('stores a tile past its own last block, where a neighbour\'s slice may be', () => {
    const messageOf = (by: number, size: number): string => {
      const layout = [{ axis: 0, offset: 0, divide: 4, modulo: null, size }, { axis: 1, offset: 0, divide: 1, modulo: null, size: 6 }, { axis: 2, offset: 0, divide: 1, modulo: null, size: 6 }, { axis: 0, offset: 0, divide: 1, modulo: 4, size: 4 }];
      const plan = applySchedule(convolution({ channels: 6, outputs: 10, size: 6, kernel: 3, pad: 1 }), { Y: layout }, unwrap(parseSchedule(`split Y.k by ${by} into a b round`)));
      return plan.ok ? 'legal' : plan.failure.message;
    };
    expect([messageOf(4, 3), messageOf(4, 6)]).to.deep.equal(['legal', 'legal']);
    for (const size of [3, 4, 6]) expect(messageOf(8, size)).to.equal('split Y.k by 8 into a b round: Y has room for 12 of 16 in k; split by a divisor of its block, or drop round');
  });

  it('splits by a part of an iteration', () => {
    const plan = applySchedule(definition, {}, [{ step: 'split', stage: 'Y', loop: 'k', by: 1.5, into: ['a', 'b'], round: false }]);
    expect(plan.ok ? '' : plan.failure.message).to.equal('split Y.k by 1.5 into a b: k has extent 8; split by a whole number of at most that');
  });
});
