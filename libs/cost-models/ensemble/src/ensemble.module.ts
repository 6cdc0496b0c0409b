/** What the plugin `ensemble` contributes to the container. */
import { CostModelCombination } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { ensemble } from './model.js';

export default new ContainerModule(({ bind }) => {
  bind<CostModelCombination>(CostModelCombination).toConstantValue(ensemble);
});
