/** The strategy keeps what every learning strategy keeps. */
import { learningStrategyChecks, strategyChecks } from '@loopsmith/kits';
import { evolutionary } from './strategy.js';

describe('search strategy evolutionary', () => {
  for (const { name, run } of [...strategyChecks(evolutionary), ...learningStrategyChecks(evolutionary)]) it(name, run);
});
