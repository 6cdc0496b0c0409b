/** Half of L3 divides networks whose weights stay from those whose weights come from memory. */
import { expect } from 'chai';
import { temperatureOf } from './weight-temperature.js';

describe('temperatureOf', () => {
  const target = { caches: { l1: 32 << 10, l2: 512 << 10, l3: 32 << 20 } };
  for (const [bytes, expected] of [[0, 'l3'], [16 << 20, 'l3'], [(16 << 20) + 1, 'memory'], [500 << 20, 'memory']] as const)
    it(`${bytes} bytes beside 32 MiB of L3: ${expected}`, () => { expect(temperatureOf(bytes, target)).to.equal(expected); });
});
