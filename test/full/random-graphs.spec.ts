/** Hundreds of random graphs, compiled, against their definitions; the first sixty are in `test/conformance`. */
import { expect } from 'chai';
import { command, needs } from '@loopsmith/testing';
import { randomGraphFaults } from '../conformance/random-graphs.js';

describe('more random graphs', function () {
  this.timeout(3_600_000);
  it('440 compute what their definitions say', async function () {
    needs(this, command('gcc'));
    expect((await randomGraphFaults(60, 500, 40)).faults).to.deep.equal([]);
  });
});
