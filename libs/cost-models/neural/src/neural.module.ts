/** What the plugin `neural` contributes to the container. */
import { CostModel } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { neural } from './model.js';

export default new ContainerModule(({ bind }) => {
  bind<CostModel>(CostModel).toConstantValue(neural);
});
