/**
 * Which copies of a serial loop to make so that its body has no branches. A padding guard of an unrolled pixel does not
 * change while the reduction runs; tested in every step it costs a branch per multiply-add (measured on AVX2, 3 pixels by
 * 4 vectors: half the peak). So the loop is written once per outcome of those guards. A guard that the innermost loop changes
 * (a window whose taps are innermost) is taken at its least there: where that holds, no iteration tests it. It only chooses
 * the conditions; the walk makes the copies, and the facts that hold in each decide its guards.
 */
import { add, alone, atomText, coefficientOf, constant, indexText, isConstant, negated, plus, rangeOf, scale, subtract, tightened, variablesOf, type Guard, type Index, type LoopVariable } from '@loopsmith/ir';

/** Fewer branches per store than this are predicted for free. */
const storesPerBranch = 8;
/** Copies of one loop, and stores in all copies together, beyond which text costs more than branches. */
const mostCopies = 12, mostStores = 400;

/** Two copies of a loop of so many stores, the least there can be, are too many already. */
export const isTooLong = (stores: number): boolean => 2 * stores > mostStores;

/** Whether facts, each of them an index >= 0, make `index` >= 0: one of them does, or so many times it as cancel a variable of both. */
export const implied = (index: Index, facts: Guard): boolean => {
  for (const fact of facts) if (haveCommon(index, fact) && follows(index, fact)) return true;
  return false;
};

/** A fact about other things says nothing of an index that is open by itself, and most facts are. */
const haveCommon = (index: Index, fact: Index): boolean => {
  for (const { atom } of index.terms) for (const other of fact.terms) if (atom === other.atom || atomText(atom) === atomText(other.atom)) return true;
  return false;
};

const follows = (index: Index, fact: Index): boolean => {
  if (rangeOf(subtract(index, fact)).first >= 0) return true;
  for (const { atom, coefficient } of fact.terms) {
    const times = atom.kind === 'variable' ? coefficientOf(index, atom.name) / coefficient : 0;
    if (times > 1 && Number.isInteger(times) && rangeOf(subtract(index, scale(fact, times))).first >= 0) return true;
  }
  return false;
};

/** A condition that is >= 0 where `index` is at its least while `changing` run, tightened: where it holds, the index is >= 0 all the time. undefined where a division hides it. */
export const throughout = (index: Index, changing: ReadonlyMap<string, LoopVariable>): Index | undefined => {
  let least = constant(index.constant);
  for (const term of index.terms) {
    const { coefficient, atom } = term;
    const loop = atom.kind === 'variable' ? changing.get(atom.name) : undefined;
    if (loop) least = plus(least, coefficient * (coefficient > 0 ? loop.first : loop.last));
    else if ([...variablesOf(alone(term))].some((name) => changing.has(name))) return undefined;
    else least = add(least, alone(term));
  }
  return tightened(least);
};

/**
 * What the body of a loop does in one iteration, unrolled: the undecided conditions that no iteration changes, or that hold in all of them where they
 * do, one entry per place, and its stores.
 */
export interface Census { readonly branches: readonly Index[]; readonly stores: number }

/** The branches on which the loop should be split, each once; none where it is best left as it is. */
export const splitBranches = ({ branches, stores }: Census, facts: Guard): readonly Index[] => {
  if (branches.length * storesPerBranch <= stores || isTooLong(stores)) return [];
  const most = Math.min(mostCopies, Math.floor(mostStores / Math.max(1, stores)));
  const distinct = openBranches([...new Map(branches.map((branch) => [indexText(branch), branch])).values()], facts);
  return countCopies(distinct, facts, most) > most ? [] : distinct;
};

/** What the facts leave undecided; more facts leave less. */
export const openBranches = (branches: readonly Index[], facts: Guard): readonly Index[] => branches.filter((branch) => !implied(branch, facts) && !implied(negated(branch), facts));

/** The one to test next, so that the copy without any branch is reached by the fewest tests; undefined of none. */
export const strictest = (open: readonly Index[]): Index | undefined =>
  open.reduce<Index | undefined>((least, branch) => {
    const apart = least && subtract(branch, least);
    return apart === undefined || (isConstant(apart) && apart.constant < 0) ? branch : least;
  }, undefined);

/** How many copies there would be; counts no further than one beyond `most`. */
const countCopies = (open: readonly Index[], facts: Guard, most: number): number => {
  const next = strictest(open);
  if (next === undefined) return 1;
  const copiesWhere = (fact: Index, left: number): number => countCopies(openBranches(open, [...facts, fact]), [...facts, fact], left), holds = copiesWhere(next, most);
  return holds > most ? holds : holds + copiesWhere(negated(next), most - holds);
};
