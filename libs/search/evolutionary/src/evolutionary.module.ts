/** What the plugin `evolutionary` contributes to the container. */
import { SearchStrategy } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { evolutionary } from './strategy.js';

export default new ContainerModule(({ bind }) => {
  bind<SearchStrategy>(SearchStrategy).toConstantValue(evolutionary);
});
