/**
 * What the iterations of a parallel loop, or the blocks and threads of a launch, do to memory that all of them see, as the sentences
 * of `verifyProgram`. Whether two accesses meet is answered in `races`; which accesses there are is collected by who walks the kernel.
 */
import type { LoopVariable } from '../index/index-expression.js';
import { extentOf } from '../tensor/tensor.js';
import { meet, questionOf, type Access, type Verdict } from './races.js';

/** An access to a buffer that others see too; `text` is the statement that it stands in. */
export interface SharedAccess extends Access { readonly buffer: string; readonly stores: boolean; readonly text: string }

/** What lies beside the parallel loop runs in every part, before or after the others are done. */
export const besideFaults = (loop: LoopVariable, beside: readonly Pick<SharedAccess, 'buffer' | 'stores' | 'text'>[], inside: readonly SharedAccess[]): readonly string[] => {
  const stored = new Set(inside.filter(({ stores }) => stores).map(({ buffer }) => buffer));
  return beside.flatMap(({ buffer, stores, text }) => {
    if (stores) return [`\`${text}\` lies beside parallel loop ${loop.name}, so that every part would store it; make it a kernel of its own`];
    return stored.has(buffer) ? [`\`${text}\` reads ${buffer} beside parallel loop ${loop.name}, which stores it without a barrier between; make it a kernel of its own`] : [];
  });
};

/** What runs at the same time: the iterations of a parallel loop, or those of a loop that stands for a hardware index. */
export type AtOnce = 'iterations' | 'blocks' | 'threads';

/** Stores that meet another access of the same buffer in another iteration, each question asked once. */
export const raceFaults = (loop: LoopVariable, atOnce: AtOnce, accesses: readonly SharedAccess[]): readonly string[] => {
  if (extentOf(loop) < 2) return [];
  const faults: string[] = [], seen = new Set<string>();
  const stores = accesses.filter((access) => access.stores), reads = accesses.filter((access) => !access.stores);
  for (const [i, store] of stores.entries()) {
    for (const other of [...stores.slice(i), ...reads]) {
      if (store.buffer !== other.buffer) continue;
      const question = questionOf(store, other);
      if (seen.has(question)) continue;
      seen.add(question);
      const verdict = meet(loop, store, other);
      if (verdict.kind !== 'apart') faults.push(sentence(loop, atOnce, store, other, verdict));
    }
  }
  return faults;
};

const sentence = (loop: LoopVariable, atOnce: AtOnce, store: SharedAccess, other: SharedAccess, verdict: Exclude<Verdict, { kind: 'apart' }>): string => {
  const both = store.text === other.text ? `\`${store.text}\`` : `\`${store.text}\` and \`${other.text}\``, { name } = loop;
  if (verdict.kind === 'unknown')
    return atOnce === 'iterations'
      ? `the iterations of parallel loop ${name} cannot be shown to keep apart in ${both}; make ${name} serial or store by whole strides of it`
      : `the ${atOnce} of ${name} cannot be shown to keep apart in ${both}; store by whole strides of it`;
  const [first, second] = verdict.iterations, element = `${store.buffer}[${verdict.element}]`;
  return atOnce === 'iterations'
    ? `iterations ${first} and ${second} of parallel loop ${name} meet at ${element} in ${both}; make ${name} serial or give each iteration elements of its own`
    : `${atOnce} ${first} and ${second} of ${name} meet at ${element} in ${both}; no barrier orders them, so give each elements of its own`;
};
