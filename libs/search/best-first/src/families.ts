/**
 * Families of a space: the words of its categorical choices, numbers left out, so that all Winograd tilings are one family and
 * direct convolution is another. Keeps count of what was tried of each; proposes nothing.
 */
import type { Choice, Observation, Point } from '@loopsmith/contracts';

export interface Family { readonly choice: string; readonly words: string; has(point: Point): boolean }

/** None for a choice whose values all have the same words. */
export const familiesOf = (choices: readonly Choice[]): readonly Family[] =>
  choices.filter(({ kind }) => kind === 'categorical').flatMap(({ name, values }) => {
    const words = [...new Set(values.map(wordsOf))];
    return words.length < 2 ? [] : words.map((own): Family => ({ choice: name, words: own, has: (point) => wordsOf(point[name] ?? '') === own }));
  });

const wordsOf = (value: number | string): string => String(value).split(' ').filter((part) => !/^\d/.test(part)).join(' ');

/** What a family counts as lost beyond: its best is this much slower than the best of all. */
const HOPELESS = 1.5;
/** Tries before it can be lost. */
const TRIES = 3;

export interface FamilyCounts {
  proposed(point: Point): void;
  observe(results: readonly Observation[]): void;
  /** Those that are not lost, least tried first. */
  open(): readonly Family[];
}

export const familyCounts = (families: readonly Family[]): FamilyCounts => {
  const tries = families.map(() => 0), best = families.map(() => Infinity);
  return {
    proposed: (point) => families.forEach((family, i) => { if (family.has(point)) tries[i]!++; }),
    observe: (results) => {
      for (const { point, milliseconds } of results) families.forEach((family, i) => { if (milliseconds !== null && family.has(point)) best[i] = Math.min(best[i]!, milliseconds); });
    },
    open: () => {
      const least = Math.min(...best);
      return [...families.keys()].filter((i) => tries[i]! < TRIES || best[i]! <= HOPELESS * least).sort((i, j) => tries[i]! - tries[j]! || i - j).map((i) => families[i]!);
    },
  };
};
