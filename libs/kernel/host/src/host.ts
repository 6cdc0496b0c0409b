/**
 * The host: one container, filled once at start-up from a list of plugins, in order. A plugin that cannot be loaded stops
 * the start and is named with its reason. Holds no domain logic and starts nothing by itself.
 */
// inversify reads its metadata through this; nobody else may import it
import 'reflect-metadata';
import { CostModel, CostModelCombination, Frontend, HardwarePlugin, RecordStoreFactory, SearchStrategy, StrategyCombination } from '@loopsmith/contracts';
import { attempt, fail, refuse, type Outcome } from '@loopsmith/util';
import { Container, type ContainerModule } from 'inversify';
import { catalogueOf, type Catalogue, type Contribution } from './catalogue.js';

export interface PluginSource {
  /** How messages name it: a package name or a path. */
  readonly name: string;
  load(): Promise<{ readonly default: ContainerModule }>;
}

export interface Host {
  readonly frontends: Catalogue<Frontend>;
  readonly hardware: Catalogue<HardwarePlugin>;
  readonly strategies: Catalogue<SearchStrategy>;
  readonly costModels: Catalogue<CostModel>;
  readonly recordStores: Catalogue<RecordStoreFactory>;
}

export const createHost = async (plugins: readonly PluginSource[]): Promise<Outcome<Host>> => {
  // a container per plugin tells whose a contribution is, and no plugin can rebind another's
  const root = new Container({ defaultScope: 'Singleton' });
  const loaded: { readonly name: string; readonly container: Container }[] = [];
  for (const { name, load } of plugins) {
    const container = new Container({ parent: root, defaultScope: 'Singleton' });
    try {
      const module = (await load()).default as ContainerModule | undefined;
      // by behaviour, not instanceof: a plugin packed with its own inversify would fail that for no good reason
      if (typeof (module as { load?: unknown } | undefined)?.load !== 'function')
        return fail({ code: 'plugin-invalid', stage: 'plugins', message: `plugin ${name} has no ContainerModule as its default export; end it with \`export default new ContainerModule(({ bind }) => { … })\`` });
      await container.loadAsync(module!);
    } catch (error) {
      return loadFailure(name, error);
    }
    loaded.push({ name, container });
  }
  const collectAll = <T>(token: symbol): readonly Contribution<T>[] => loaded.flatMap(({ name, container }) => contributions<T>(name, container, token));
  const collect = <T extends { readonly id: string }>(kind: string, token: symbol): Catalogue<T> => catalogueOf(kind, collectAll<T>(token));
  try {
    return attempt(() => ({
      frontends: collect<Frontend>('front end', Frontend),
      hardware: collect<HardwarePlugin>('hardware plugin', HardwarePlugin),
      strategies: combined('search strategy', collectAll<SearchStrategy>(SearchStrategy), collectAll<StrategyCombination>(StrategyCombination)),
      costModels: combined('cost model', collectAll<CostModel>(CostModel), collectAll<CostModelCombination>(CostModelCombination)),
      recordStores: collect<RecordStoreFactory>('record store', RecordStoreFactory),
    }));
  } catch (error) {
    if (error instanceof ResolutionError) return loadFailure(error.plugin, error.cause);
    throw error;
  }
};

interface Combination<T> { readonly id: string; readonly members: readonly string[]; combine(members: readonly T[]): T }

/** Contributions and what combinations make of them. A combination's members are contributions, never other combinations. */
const combined = <T extends { readonly id: string }>(kind: string, plain: readonly Contribution<T>[], combinations: readonly Contribution<Combination<T>>[]): Catalogue<T> => {
  const members = catalogueOf(kind, plain);
  return catalogueOf(kind, [...plain, ...combinations.map(({ plugin, value: { id, members: ids, combine } }): Contribution<T> => {
    const found = ids.map((member) => {
      const one = members.get(member);
      return one.ok ? one.value : refuse({ ...one.failure, message: `plugin ${plugin} combines ${ids.join(', ')} into "${id}": ${one.failure.message}` });
    });
    return { plugin, value: combine(found) };
  })]);
};

/** Which plugin's binding could not be made into a value. */
class ResolutionError extends Error {
  readonly plugin: string;
  constructor(plugin: string, cause: unknown) {
    super(`plugin ${plugin}`, { cause });
    this.plugin = plugin;
  }
}

const contributions = <T>(plugin: string, container: Container, token: symbol): readonly Contribution<T>[] => {
  if (!container.isCurrentBound(token)) return [];
  try {
    return container.getAll<T>(token).map((value) => ({ plugin, value }));
  } catch (error) {
    throw new ResolutionError(plugin, error);
  }
};

const loadFailure = (name: string, error: unknown): Outcome<never> => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return fail({ code: 'plugin-failed', stage: 'plugins', message: `plugin ${name} could not be loaded: ${message.split('\n')[0]}; mend it or leave it out`, text: stack ?? message });
};
