/** A plugin with a search strategy that throws in the middle of every run, as one of a user may. */
import { SearchStrategy } from '@loopsmith/contracts';
import { ContainerModule } from 'inversify';

const broken: SearchStrategy = { id: 'broken', start: () => ({ propose: () => { throw new TypeError('points is not iterable'); }, observe: () => undefined }) };

export default new ContainerModule(({ bind }) => { bind(SearchStrategy).toConstantValue(broken); });
