/** Contributions of one kind by id. Refuses two of the same id, and answers an unknown id with the ids there are. Makes no contribution before it is asked for. */
import { didYouMean, fail, refuse, succeed, type Failure, type Outcome } from '@loopsmith/util';

export interface Catalogue<T> {
  /** In the order of the plugins; what is made of others comes last. */
  readonly ids: readonly string[];
  /** Loads the plugin it comes from, unless that is loaded already. */
  get(id: string): Promise<Outcome<T>>;
  /** Loads the plugin of every id. */
  all(): Promise<Outcome<readonly T[]>>;
}

/** An id, the name of the plugin it comes from, and the way to what it stands for. */
export interface Entry<T> { readonly id: string; readonly plugin: string; get(): Promise<Outcome<T>> }

/** `kind` is the noun of the messages: `search strategy`. Refuses (FailureError) what has no id or an id taken already. */
export const catalogueOf = <T>(kind: string, entries: readonly Entry<T>[]): Catalogue<T> => {
  const byId = new Map<string, Entry<T>>();
  for (const entry of entries) {
    const { id, plugin } = entry;
    // a plugin of a user may be JavaScript: its types were never checked
    if (typeof (id as unknown) !== 'string' || id === '')
      return refuse({
        code: 'plugin-invalid',
        stage: 'plugins',
        message: `plugin ${plugin} contributes a ${kind} without an id; give it a string \`id\` that no other ${kind} has`,
      });
    const other = byId.get(id);
    if (other)
      return refuse({
        code: 'plugin-duplicate',
        stage: 'plugins',
        message: `${kind} "${id}" is contributed by ${other.plugin === plugin ? `plugin ${plugin} twice` : `both ${other.plugin} and ${plugin}`}; remove one of them or rename one id`,
      });
    byId.set(id, entry);
  }
  const ids = [...byId.keys()];
  return {
    ids,
    get: async (id) => byId.get(id)?.get() ?? fail(unknownId(kind, id, ids)),
    all: () => everyOf([...byId.values()]),
  };
};

/** What the entries stand for, in their order; the first that cannot be had is the Failure. */
export const everyOf = async <T>(entries: readonly Entry<T>[]): Promise<Outcome<readonly T[]>> => {
  const found: T[] = [];
  for (const entry of entries) {
    const one = await entry.get();
    if (!one.ok) return one;
    found.push(one.value);
  }
  return succeed(found);
};

export const unknownId = (kind: string, id: string, ids: readonly string[]): Failure => ({
  code: 'unknown-id',
  stage: 'plugins',
  message: `there is no ${kind} "${id}"${didYouMean(id, ids)}; ${ids.length === 0 ? `no plugin contributes any` : `there ${ids.length === 1 ? 'is' : 'are'} ${ids.join(', ')}`}`,
});
