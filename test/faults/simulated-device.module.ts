/** The simulated device as a plugin that `--plugin` loads. Binds it and nothing else. */
import { HardwarePlugin } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { simulated } from './simulated-device.js';

export default new ContainerModule(({ bind }) => { bind(HardwarePlugin).toConstantValue(simulated); });
