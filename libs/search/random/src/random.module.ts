/** What the plugin `random` contributes to the container. */
import { SearchStrategy } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { randomSearch } from './strategy.js';

export default new ContainerModule(({ bind }) => {
  bind<SearchStrategy>(SearchStrategy).toConstantValue(randomSearch);
});
