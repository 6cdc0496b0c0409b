/**
 * How many turns of its innermost sums a kernel writes out, for a compiler that does it when told. The instructions that only
 * count turns are a seventh of such a loop. On a core of one's own they are hidden; where a second thread shares the core
 * they cost 5 to 28 % (measured with AVX2, Zen 3, interleaved). Decides by counts, changes no program.
 */
import { extentOf, type Statement } from '@loopsmith/ir';

type Of<K extends Statement['kind']> = Extract<Statement, { readonly kind: K }>;
type Loop = Of<'for'>;

/** Turns by loop; a loop that is not named here stays as it is. */
export const turnsWrittenOut = (kernel: readonly Statement[]): ReadonlyMap<Loop, number> => {
  const sums = innermostSums(kernel);
  return new Map(sums.flatMap((loop) => {
    const turns = choices(sums.length).find((count) => extentOf(loop.variable) % count === 0);
    return turns === undefined ? [] : [[loop, turns] as const];
  }));
};

/**
 * A padded convolution has a dozen copies of its loop; with four turns each they compile in the same time as with one. Lengths that
 * four does not divide are short windows, which a compiler writes out as a whole and then reorders: 9 % slower.
 */
const choices = (copies: number): readonly number[] => (copies === 1 ? [8, 4] : [4]);

/** Serial loops of straight-line text that add to registers of an outer body. */
const innermostSums = (body: readonly Statement[]): readonly Loop[] => body.flatMap((statement) => {
  if (statement.kind !== 'for' && statement.kind !== 'if') return [];
  if (statement.kind === 'if' || statement.body.some(({ kind }) => kind === 'for' || kind === 'if')) return innermostSums(statement.body);
  const assigned = new Map<string, Of<'set'>>();
  for (const inner of statement.body) if (inner.kind === 'set' && !assigned.has(inner.name)) assigned.set(inner.name, inner);
  return statement.as === 'serial' && [...assigned.values()].some(addsToItself) ? [statement] : [];
});

const addsToItself = ({ name, value }: Of<'set'>): boolean =>
  value.kind === 'binary' && value.operator === 'add' && value.left.kind === 'register' && value.left.name === name;
