/** How many rounds finals have: as many as tell enough, fewer where kernels take seconds. */
import { expect } from 'chai';
import { roundsFor } from './finals.js';

describe('rounds of finals', () => {
  for (const [roundNs, rounds] of [[1e3, 30], [2e9, 30], [3e9, 20], [4.6e9, 13], [60e9, 12], [0, 30]] as const)
    it(`are ${rounds} where one takes ${roundNs / 1e9} s`, () => expect(roundsFor(roundNs)).to.equal(rounds));
});
