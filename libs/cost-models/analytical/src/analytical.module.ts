/** What the plugin `analytical` contributes to the container. */
import { CostModel } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { analytical } from './model.js';

export default new ContainerModule(({ bind }) => {
  bind<CostModel>(CostModel).toConstantValue(analytical);
});
