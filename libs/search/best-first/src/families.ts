/**
 * Families of a space: the words of its categorical choices, numbers left out, so that all Winograd tilings are one family and
 * direct convolution is another. Keeps count of what was tried of each; proposes nothing.
 */
import type { Choice, Point } from '@loopsmith/contracts';

interface Family { readonly choice: string; readonly words: string; has(point: Point): boolean }

/** None for a choice whose values all have the same words. */
export const familiesOf = (choices: readonly Choice[]): readonly Family[] =>
  choices.filter(({ kind }) => kind === 'categorical').flatMap(({ name, values }) => {
    const words = [...new Set(values.map(wordsOf))];
    return words.length < 2 ? [] : words.map((own): Family => ({ choice: name, words: own, has: (point) => wordsOf(point[name] ?? '') === own }));
  });

const wordsOf = (value: number | string): string => String(value).split(' ').filter((part) => !/^\d/.test(part)).join(' ');

/** Tries that are owed to a family, and candidates after which they are: most families come up by themselves before. */
const TRIES = 3, PATIENCE = 16;

interface FamilyCounts {
  proposed(point: Point): void;
  /** Those that are owed a try, least tried first. */
  owed(): readonly Family[];
}

export const familyCounts = (families: readonly Family[]): FamilyCounts => {
  const tries = families.map(() => 0);
  let all = 0;
  return {
    proposed: (point) => { all++; families.forEach((family, i) => { if (family.has(point)) tries[i]!++; }); },
    owed: () => (all < PATIENCE ? [] : [...families.keys()].filter((i) => tries[i]! < TRIES).sort((i, j) => tries[i]! - tries[j]! || i - j).map((i) => families[i]!)),
  };
};
