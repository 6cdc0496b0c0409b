/** Contributions of one kind by id. Refuses two of the same id, and answers an unknown id with the ids there are. */
import { fail, refuse, succeed, type Outcome } from '@loopsmith/util';

export interface Catalogue<T> {
  /** In the order in which their plugins were loaded. */
  readonly all: readonly T[];
  get(id: string): Outcome<T>;
}

/** A contribution and the name of the plugin it came from. */
export interface Contribution<T> { readonly plugin: string; readonly value: T }

/** `kind` is the noun of the messages: `search strategy`. Refuses (FailureError) what has no id or an id taken already. */
export const catalogueOf = <T extends { readonly id: string }>(kind: string, contributions: readonly Contribution<T>[]): Catalogue<T> => {
  const byId = new Map<string, Contribution<T>>();
  for (const contribution of contributions) {
    const { plugin, value } = contribution;
    // a plugin of a user may be JavaScript: its types were never checked
    if (typeof (value as { id?: unknown } | null)?.id !== 'string' || value.id === '')
      return refuse({ code: 'plugin-invalid', stage: 'plugins', message: `plugin ${plugin} contributes a ${kind} without an id; give it a string \`id\` that no other ${kind} has` });
    const other = byId.get(value.id);
    if (other)
      return refuse({
        code: 'plugin-duplicate', stage: 'plugins',
        message: `${kind} "${value.id}" is contributed by ${other.plugin === plugin ? `plugin ${plugin} twice` : `both ${other.plugin} and ${plugin}`}; remove one of them or rename one id`,
      });
    byId.set(value.id, contribution);
  }
  return {
    all: [...byId.values()].map(({ value }) => value),
    get: (id) => {
      const found = byId.get(id);
      if (found) return succeed(found.value);
      const there = [...byId.keys()];
      return fail({ code: 'unknown-id', stage: 'plugins', message: `there is no ${kind} "${id}"; ${there.length === 0 ? `no plugin contributes any` : `there ${there.length === 1 ? 'is' : 'are'} ${there.join(', ')}`}` });
    },
  };
};
