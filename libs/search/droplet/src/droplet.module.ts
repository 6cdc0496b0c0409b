/** What the plugin `droplet` contributes to the container. */
import { SearchStrategy } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { droplet } from './strategy.js';

export default new ContainerModule(({ bind }) => {
  bind<SearchStrategy>(SearchStrategy).toConstantValue(droplet);
});
