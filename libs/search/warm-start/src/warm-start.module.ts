/** What the plugin `warm-start` contributes to the container. */
import { StrategyCombination } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { warmStart } from './strategy.js';

export default new ContainerModule(({ bind }) => {
  bind<StrategyCombination>(StrategyCombination).toConstantValue(warmStart);
});
