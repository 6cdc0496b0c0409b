/** The strategy keeps what every strategy keeps. */
import { strategyChecks } from '@loopsmith/kits';
import { gridSearch } from './strategy.js';

describe('search strategy grid', () => {
  for (const { name, run } of strategyChecks(gridSearch)) it(name, run);
});
