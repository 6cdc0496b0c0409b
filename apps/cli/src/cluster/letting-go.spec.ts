/** A connection is let go in time, whatever its broker does, and leaves no timer behind that would end or hold somebody's process. */
import { expect } from 'chai';
import { letGo } from './letting-go.js';

const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;

describe('letting a connection go', () => {
  const closes: readonly (readonly [what: string, close: () => Promise<void>])[] = [
    ['that closes', () => Promise.resolve()], ['that cannot be closed', () => Promise.reject(new Error('the broker is away'))], ['whose broker never answers', () => new Promise(() => undefined)],
  ];
  for (const [what, close] of closes) it(`is over for one ${what}, and nothing is left`, async () => {
    // the test runner's own timer is set meanwhile
    await new Promise((resolve) => { setImmediate(resolve); });
    const before = timers();
    await letGo({ close }, 20);
    expect(timers()).to.equal(before);
  });
});
