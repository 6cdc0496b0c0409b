/** What somebody who mistyped a name may have meant. Knows no domain; the names that there are come from the caller. */

/** At most so many are offered: a longer list is no help. */
const OFFERED = 3;
/** Of a beginning that counts as one, such as `resnet` of `resnet18`. */
const LEAST_BEGINNING = 3;

/** ` (did you mean avx2?)`, to stand behind the name that nobody has; empty where none of `names` is near. */
export const didYouMean = (typed: string, names: Iterable<string>): string => {
  const near = nearNames(typed, names);
  return near.length === 0 ? '' : ` (did you mean ${near.join(' or ')}?)`;
};

/** The names nearest to what was typed: those a third of its letters away at most (of two, one), or else those that begin with it. */
export const nearNames = (typed: string, names: Iterable<string>): readonly string[] => {
  const wanted = typed.toLowerCase(), all = [...new Set(names)];
  const measured = all.map((name) => ({ name, edits: editsBetween(wanted, name.toLowerCase()) }));
  const least = Math.min(...measured.map(({ edits }) => edits));
  const near = least <= Math.min(3, Math.max(Math.floor(wanted.length / 3), Math.sign(wanted.length - 1))) ? measured.filter(({ edits }) => edits === least) : [];
  const begun = wanted.length < LEAST_BEGINNING ? [] : measured.filter(({ name }) => name.toLowerCase().startsWith(wanted));
  const found = near.length > 0 ? near : begun;
  return found.length <= OFFERED ? found.map(({ name }) => name) : [];
};

/** Letters to put in, leave out, change or swap with their neighbour: the optimal string alignment distance (https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance). */
const editsBetween = (a: string, b: string): number => {
  let beforeLast: readonly number[] = [], last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, changed, swapped ? beforeLast[j - 2]! + 1 : Infinity));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
};
