/** What this package adds to the host: two hardware plugins and nothing else. The only file here that knows inversify. */
import { ContainerModule } from 'inversify';
import { HardwarePlugin } from '@loopsmith/contracts';
import { maliOpencl, opencl } from './plugins.js';

export default new ContainerModule(({ bind }) => {
  bind<HardwarePlugin>(HardwarePlugin).toConstantValue(opencl);
  bind<HardwarePlugin>(HardwarePlugin).toConstantValue(maliOpencl);
});
