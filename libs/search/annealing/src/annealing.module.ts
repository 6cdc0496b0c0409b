/** What the plugin `annealing` contributes to the container. */
import { SearchStrategy } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { annealing, autotvm } from './strategy.js';

export default new ContainerModule(({ bind }) => {
  bind<SearchStrategy>(SearchStrategy).toConstantValue(annealing);
  bind<SearchStrategy>(SearchStrategy).toConstantValue(autotvm);
});
