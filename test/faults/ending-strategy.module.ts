/** A plugin with a search strategy that ends the process it runs in, as a crash in native code or a careless `process.exit` does. */
import { SearchStrategy } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';

const ending: SearchStrategy = { id: 'ending', start: () => ({ propose: () => process.exit(0), observe: () => undefined }) };

export default new ContainerModule(({ bind }) => { bind(SearchStrategy).toConstantValue(ending); });
