/** The strategy keeps what every strategy keeps. */
import { strategyChecks } from '@loopsmith/kits';
import { genetic } from './strategy.js';

describe('search strategy genetic', () => {
  for (const { name, run } of strategyChecks(genetic)) it(name, run);
});
