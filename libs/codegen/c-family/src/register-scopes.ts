/** Where each assigned register of an expanded kernel has to be declared: in the innermost body that holds all its uses. Prints nothing. */
import { typeOf, visitExpressions, type Statement, type Type } from '@loopsmith/ir';
import { valueOf } from './walk.js';

type Body = readonly Statement[];
export interface RegisterScope {
  readonly type: Type;
  /** The body that declares it. */
  readonly body: Body;
  /** Whether its first assignment stands in that body itself, so that it can be declared there. */
  readonly direct: boolean;
}

export const registerScopes = (kernel: Body): ReadonlyMap<string, RegisterScope> => {
  const found = new Map<string, { readonly type: Type; readonly first: Body; path: readonly Body[] }>();
  const narrow = (name: string, path: readonly Body[]): void => {
    const known = found.get(name);
    if (known === undefined) return;
    let shared = 0;
    while (shared < known.path.length && known.path[shared] === path[shared]) shared++;
    known.path = known.path.slice(0, shared);
  };
  const walk = (body: Body, outer: readonly Body[]): void => {
    const path = [...outer, body];
    for (const statement of body) {
      if (statement.kind === 'for' || statement.kind === 'if') { walk(statement.body, path); continue; }
      const value = valueOf(statement);
      if (value) visitExpressions(value, (e) => { if (e.kind === 'register') narrow(e.name, path); });
      if (statement.kind !== 'set') continue;
      if (found.has(statement.name)) narrow(statement.name, path);
      else found.set(statement.name, { type: typeOf(statement.value), first: body, path });
    }
  };
  walk(kernel, []);
  return new Map([...found].map(([name, { type, first, path }]) => [name, { type, body: path.at(-1)!, direct: path.at(-1) === first }]));
};
