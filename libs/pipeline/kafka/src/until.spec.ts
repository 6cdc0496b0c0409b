/** Who waits goes on when called or in time, and is forgotten either way. */
import { expect } from 'chai';
import { until, type Waiters } from './until.js';

describe('a wait', () => {
  it('ends when it is called, and by itself, and leaves nothing behind', async () => {
    const waiters: Waiters = new Set(), long = 1e6;
    const called = [until(waiters, long), until(waiters, long)];
    for (const go of waiters) go();
    await Promise.all([...called, until(waiters, 1)]);
    expect(waiters.size).to.equal(0);
  });
});
