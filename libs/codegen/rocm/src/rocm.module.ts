/** What this package adds to the host: one hardware plugin and nothing else. The only file here that knows inversify. */
import { ContainerModule } from 'inversify';
import { HardwarePlugin } from '@loopsmith/contracts';
import { rocm } from './plugin.js';

export default new ContainerModule(({ bind }) => {
  bind<HardwarePlugin>(HardwarePlugin).toConstantValue(rocm);
});
