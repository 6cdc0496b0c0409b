/** The ONNX front end as a plugin: one binding. No work is done here. */
import { Frontend } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { onnx } from './onnx.js';

export default new ContainerModule(({ bind }) => {
  bind<Frontend>(Frontend).toConstantValue(onnx);
});
