/** What the plugin `gbt` contributes to the container. */
import { CostModel } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { gbt, gbtPlain } from './model.js';

export default new ContainerModule(({ bind }) => {
  bind<CostModel>(CostModel).toConstantValue(gbt);
  bind<CostModel>(CostModel).toConstantValue(gbtPlain);
});
