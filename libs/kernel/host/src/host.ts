/**
 * The host: what a list of plugins contributes, by kind and id, each plugin in a container of its own. A plugin that says beforehand what it
 * offers is loaded when one of that is asked for, any other at the start; one that cannot be loaded is named with its reason. Holds no
 * domain logic and starts nothing by itself.
 */
// inversify reads its metadata through this; nobody else may import it
import 'reflect-metadata';
import { CostModel, CostModelCombination, Frontend, HardwarePlugin, RecordStoreFactory, SearchStrategy, StrategyCombination } from '@loopsmith/contracts';
import { attempt, fail, onDemand, refuse, succeed, type Failure, type Outcome } from '@loopsmith/util';
import { Container, type ContainerModule } from 'inversify';
import { catalogueOf, everyOf, unknownId, type Catalogue, type Entry } from './catalogue.js';

export interface PluginSource {
  /** How messages name it: a package name or a path. */
  readonly name: string;
  /** What it contributes, where that is known before it is loaded. */
  readonly offers?: Offers;
  load(): Promise<{ readonly default: ContainerModule }>;
}
/** Ids by kind. */
type Offers = Partial<Readonly<Record<keyof Host, readonly string[]>>>;

export interface Host {
  readonly frontends: Catalogue<Frontend>;
  readonly hardware: Catalogue<HardwarePlugin>;
  readonly strategies: Catalogue<SearchStrategy>;
  readonly costModels: Catalogue<CostModel>;
  readonly recordStores: Catalogue<RecordStoreFactory>;
}

/** A kind: its noun in messages, the symbol of its contributions, the functions that each has, and the symbol of contributions made of others of the kind. */
interface Kind { readonly noun: string; readonly token: symbol; readonly functions: readonly string[]; readonly combinations?: symbol }
const kinds = {
  frontends: { noun: 'front end', token: Frontend, functions: ['detects', 'import'] },
  hardware: {
    noun: 'hardware plugin', token: HardwarePlugin,
    functions: ['resolve', 'channelBlock', 'space', 'lower', 'emit', 'builder', 'device', 'package', 'session', 'requirements'],
  },
  strategies: { noun: 'search strategy', token: SearchStrategy, functions: ['start'], combinations: StrategyCombination },
  costModels: { noun: 'cost model', token: CostModel, functions: ['fit', 'predict'], combinations: CostModelCombination },
  recordStores: { noun: 'record store', token: RecordStoreFactory, functions: ['open'] },
} as const satisfies Readonly<Record<keyof Host, Kind>>;

export const createHost = async (sources: readonly PluginSource[]): Promise<Outcome<Host>> => {
  // a container per plugin tells whose a contribution is, and no plugin can rebind another's
  const root = new Container({ defaultScope: 'Singleton' });
  const plugins = sources.map((source) => pluginOf(source, root));
  const loaded = new Map<Plugin, Container>();
  for (const plugin of plugins) {
    if (plugin.offers !== undefined) continue;
    const container = await plugin.container();
    if (!container.ok) return container;
    loaded.set(plugin, container.value);
  }
  return attempt(() => {
    const collect = <T extends Contribution>(kind: keyof Host): Catalogue<T> => collected<T>(kind, plugins, loaded);
    return {
      frontends: collect<Frontend>('frontends'), hardware: collect<HardwarePlugin>('hardware'), strategies: collect<SearchStrategy>('strategies'),
      costModels: collect<CostModel>('costModels'), recordStores: collect<RecordStoreFactory>('recordStores'),
    };
  });
};

interface Plugin {
  readonly name: string;
  readonly offers: Offers | undefined;
  /** Filled by the plugin's module when it is first asked for. */
  container(): Promise<Outcome<Container>>;
}

const pluginOf = ({ name, offers, load }: PluginSource, root: Container): Plugin => {
  const fill = async (): Promise<Outcome<Container>> => {
    const container = new Container({ parent: root, defaultScope: 'Singleton' });
    try {
      const module = (await load()).default as ContainerModule | undefined;
      // by behaviour, not instanceof: a plugin packed with its own inversify would fail that for no good reason
      if (typeof (module as { load?: unknown } | undefined)?.load !== 'function')
        return fail({
          code: 'plugin-invalid',
          stage: 'plugins',
          message: `plugin ${name} has no ContainerModule as its default export; end it with \`export default new ContainerModule(({ bind }) => { … })\``,
        });
      await container.loadAsync(module!);
      return succeed(container);
    } catch (error) {
      return fail(loadFailure(name, error));
    }
  };
  return { name, offers, container: onDemand(fill) };
};

interface Contribution { readonly id: string }
interface Combination<T> { readonly id: string; readonly members: readonly string[]; combine(members: readonly T[]): T }

/** Contributions of a kind, and what combinations make of them. A combination's members are contributions, never other combinations. */
const collected = <T extends Contribution>(kind: keyof Host, plugins: readonly Plugin[], loaded: ReadonlyMap<Plugin, Container>): Catalogue<T> => {
  const { noun, token, combinations }: Kind = kinds[kind];
  const plain: Entry<T>[] = [], combined: Entry<T>[] = [];
  const members = (plugin: string, { id, members: ids }: Combination<T>): readonly Entry<T>[] =>
    ids.map((member) => {
      const found = plain.find((one) => one.id === member);
      if (found) return found;
      const unknown = unknownId(noun, member, plain.map((one) => one.id));
      return refuse({ ...unknown, message: `plugin ${plugin} combines ${ids.join(', ')} into "${id}": ${unknown.message}` });
    });
  const combine = async (plugin: string, combination: Combination<T>): Promise<Outcome<T>> => {
    const found = await everyOf(members(plugin, combination));
    return found.ok ? succeed(combination.combine(found.value)) : found;
  };
  const offered = async (plugin: Plugin, id: string): Promise<Outcome<T>> => {
    const container = await plugin.container();
    if (!container.ok) return container;
    const found = attempt(() => ({
      value: contributions<T>(plugin.name, container.value, token).find((one) => one.id === id),
      combination: contributions<Combination<T>>(plugin.name, container.value, combinations).find((one) => one.id === id),
    }));
    if (!found.ok) return found;
    const { value, combination } = found.value;
    if (value) return succeed(value);
    if (combination) return combine(plugin.name, combination);
    return fail({
      code: 'plugin-invalid',
      stage: 'plugins',
      message: `plugin ${plugin.name} offers the ${noun} "${id}" and does not contribute it; bind one with this id, or take it out of what is offered`,
    });
  };
  const made: { readonly plugin: string; readonly combination: Combination<T> }[] = [];
  for (const plugin of plugins) {
    const container = loaded.get(plugin), { name } = plugin;
    for (const id of plugin.offers?.[kind] ?? []) plain.push({ id, plugin: name, get: onDemand(() => offered(plugin, id)) });
    if (!container) continue;
    for (const value of contributions<T>(name, container, token)) plain.push({ id: whole(name, value, kinds[kind]).id, plugin: name, get: () => Promise.resolve(succeed(value)) });
    for (const combination of contributions<Combination<T>>(name, container, combinations)) made.push({ plugin: name, combination });
  }
  for (const { plugin, combination } of made) {
    members(plugin, combination);
    combined.push({ id: combination.id, plugin, get: onDemand(() => combine(plugin, combination)) });
  }
  return catalogueOf(noun, [...plain, ...combined]);
};

/** Refuses a contribution without one of its functions: a plugin of a user may be JavaScript, whose types were never checked. */
const whole = <T extends Contribution>(plugin: string, value: T, { noun, functions }: Kind): T => {
  const lacking = functions.find((name) => typeof (value as unknown as Readonly<Record<string, unknown>>)[name] !== 'function');
  return lacking === undefined
    ? value
    : refuse({
        code: 'plugin-invalid',
        stage: 'plugins',
        message: `plugin ${plugin} contributes the ${noun} "${value.id}" without its function ${lacking}; a ${noun} has ${functions.join(', ')}`,
      });
};

/** Refuses (FailureError) a plugin of which a binding cannot be made into a value. */
const contributions = <T>(plugin: string, container: Container, token: symbol | undefined): readonly T[] => {
  if (token === undefined || !container.isCurrentBound(token)) return [];
  try {
    return container.getAll<T>(token);
  } catch (error) {
    return refuse(loadFailure(plugin, error));
  }
};

const loadFailure = (name: string, error: unknown): Failure => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    code: 'plugin-failed',
    stage: 'plugins',
    message: `plugin ${name} could not be loaded: ${message.split('\n')[0]}; mend it or leave it out`,
    text: stack ?? message,
  };
};
