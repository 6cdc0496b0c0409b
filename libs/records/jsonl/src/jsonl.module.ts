/** What the plugin `jsonl` contributes to the container. */
import { RecordStoreFactory } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';
import { jsonlRecords } from './store.js';

export default new ContainerModule(({ bind }) => {
  bind<RecordStoreFactory>(RecordStoreFactory).toConstantValue(jsonlRecords);
});
