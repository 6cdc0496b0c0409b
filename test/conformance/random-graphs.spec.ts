/** Sixty random graphs, compiled, against their definitions. Hundreds more are in `test/full`. */
import { expect } from 'chai';
import { command, needs } from '@loopsmith/testing';
import { randomGraphFaults } from './random-graphs.js';

describe('random graphs', function () {
  this.timeout(600_000);
  it('sixty compute what their definitions say', async function () {
    needs(this, command('gcc'));
    const { faults, nodes } = await randomGraphFaults(0, 60, 30);
    expect(faults).to.deep.equal([]);
    expect(nodes).to.be.greaterThan(300);
  });
});
