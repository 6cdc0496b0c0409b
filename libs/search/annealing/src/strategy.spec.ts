/** The strategy keeps what every learning strategy keeps. */
import { learningStrategyChecks, strategyChecks } from '@loopsmith/kits';
import { annealing } from './index.js';

describe('search strategy annealing', () => {
  for (const { name, run } of [...strategyChecks(annealing), ...learningStrategyChecks(annealing)]) it(name, run);
});
