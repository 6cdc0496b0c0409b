/** What the plugin `portfolio` contributes to the container. */
import { StrategyCombination } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { portfolio } from './strategy.js';

export default new ContainerModule(({ bind }) => {
  bind<StrategyCombination>(StrategyCombination).toConstantValue(portfolio);
});
