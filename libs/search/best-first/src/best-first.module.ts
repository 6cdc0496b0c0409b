/** What the plugin `best-first` contributes to the container. */
import { SearchStrategy } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { bestFirst } from './strategy.js';

export default new ContainerModule(({ bind }) => {
  bind<SearchStrategy>(SearchStrategy).toConstantValue(bestFirst);
});
