/** The MXNet front end as a plugin: one binding. No work is done here. */
import { Frontend } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { mxnet } from './mxnet.js';

export default new ContainerModule(({ bind }) => {
  bind<Frontend>(Frontend).toConstantValue(mxnet);
});
