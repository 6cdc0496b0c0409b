/** What the plugin `grid` contributes to the container. */
import { SearchStrategy } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { gridSearch } from './strategy.js';

export default new ContainerModule(({ bind }) => {
  bind<SearchStrategy>(SearchStrategy).toConstantValue(gridSearch);
});
