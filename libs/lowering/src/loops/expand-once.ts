/**
 * What follows from an index and from what its variables are bound to, computed once for each: the copies of a loop, and the iterations of
 * unrolled loops that an index does not depend on, find what the first has made. It substitutes nothing itself.
 */
import { variablesOf, type Index } from '@loopsmith/ir';

interface Known<T> { result?: T; readonly next: Map<Index | undefined, Known<T>> }

/** `compute` of an index, called again only where a variable of the index is bound to another object; small constants are one object each. */
export const oncePerBinding = <T>(bound: ReadonlyMap<string, Index>, compute: (index: Index) => T): ((index: Index) => T) => {
  const indices = new Map<Index, { readonly names: readonly string[]; readonly known: Known<T> }>();
  return (index) => {
    let of = indices.get(index);
    if (of === undefined) indices.set(index, of = { names: [...variablesOf(index)], known: { next: new Map() } });
    let known = of.known;
    for (const name of of.names) {
      const value = bound.get(name);
      let next = known.next.get(value);
      if (next === undefined) known.next.set(value, next = { next: new Map() });
      known = next;
    }
    return known.result ??= compute(index);
  };
};
