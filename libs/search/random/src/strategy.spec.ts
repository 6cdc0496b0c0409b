/** The strategy keeps what every strategy keeps. */
import { strategyChecks } from '@loopsmith/kits';
import { randomSearch } from './index.js';

describe('search strategy random', () => {
  for (const { name, run } of strategyChecks(randomSearch)) it(name, run);
});
