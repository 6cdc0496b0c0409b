/** The strategy keeps what every learning strategy keeps. */
import { learningStrategyChecks, strategyChecks } from '@loopsmith/kits';
import { droplet } from './strategy.js';

describe('search strategy droplet', () => {
  for (const { name, run } of [...strategyChecks(droplet), ...learningStrategyChecks(droplet)]) it(name, run);
});
