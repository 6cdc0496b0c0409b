/** What the plugin `gbt` contributes to the container. */
import { CostModel } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { gbt } from './model.js';

export default new ContainerModule(({ bind }) => {
  bind<CostModel>(CostModel).toConstantValue(gbt());
  // as AutoTVM's model had it, which knew no draft: a baseline of comparisons
  bind<CostModel>(CostModel).toConstantValue(gbt({ draft: false }, 'gbt-plain'));
});
