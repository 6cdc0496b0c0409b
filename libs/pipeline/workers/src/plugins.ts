/** What a worker takes from its plugins: by id, for no message names a module. */
import type { CostModel, Frontend, HardwarePlugin, SearchStrategy } from '@loopsmith/contracts';
import type { Outcome } from '@loopsmith/util';

interface ById<T> { get(id: string): Outcome<T> | Promise<Outcome<T>> }
export interface WorkerPlugins {
  readonly frontends: ById<Frontend>;
  readonly hardware: ById<HardwarePlugin>;
  readonly strategies: ById<SearchStrategy>;
  readonly costModels: ById<CostModel>;
}
