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
export const implied = (index: Index, facts: Guard): boolean =>
  facts.some((fact) => haveCommon(index, fact) && timesOf(index, fact).some((times) => rangeOf(subtract(index, scale(fact, times))).first >= 0));

/** A fact about other things says nothing of an index that is open by itself, and most facts are. */
const haveCommon = (index: Index, fact: Index): boolean => index.terms.some(({ atom }) => fact.terms.some((other) => atomText(other.atom) === atomText(atom)));

const timesOf = (index: Index, fact: Index): readonly number[] =>
  [1, ...fact.terms.flatMap(({ atom, coefficient }) => (atom.kind === 'variable' ? [coefficientOf(index, atom.name) / coefficient] : [])).filter((times) => times > 1 && Number.isInteger(times))];

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

/**
 * The condition on which the loop should be split first, or undefined when it is best left as it is: the strictest one,
 * so that the copy without any branch is reached by the fewest tests.
 */
export const splitCondition = ({ branches, stores }: Census, facts: Guard): Index | undefined => {
  if (branches.length * storesPerBranch <= stores || isTooLong(stores)) return undefined;
  const most = Math.min(mostCopies, Math.floor(mostStores / Math.max(1, stores)));
  const distinct = [...new Map(branches.map((branch) => [indexText(branch), branch])).values()];
  return countCopies(distinct, facts, most) > most ? undefined : strictestOpen(distinct, facts);
};

/** The next condition to test where splitting has begun. */
export const strictestOpen = (branches: readonly Index[], facts: Guard): Index | undefined => {
  let strictest: Index | undefined;
  for (const branch of branches) {
    if (implied(branch, facts) || implied(negated(branch), facts)) continue;
    if (strictest === undefined) { strictest = branch; continue; }
    const apart = subtract(branch, strictest);
    if (isConstant(apart) && apart.constant < 0) strictest = branch;
  }
  return strictest;
};

/** How many copies there would be; counts no further than one beyond `most`. */
const countCopies = (branches: Guard, facts: Guard, most: number): number => {
  const open = strictestOpen(branches, facts);
  if (open === undefined) return 1;
  const holds = countCopies(branches, [...facts, open], most);
  return holds > most ? holds : holds + countCopies(branches, [...facts, negated(open)], most - holds);
};

