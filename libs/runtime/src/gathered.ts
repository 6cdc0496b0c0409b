/** Work that is cheaper together: what is asked for within one turn of the event loop is done by one call. Knows nothing of the work. */

interface Asked<Item, Terms, Answer> { readonly item: Item; readonly terms: Terms; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void }

/** `work` answers in the order of the items, which share their terms; other terms are another call. */
export const gathered = <Item, Terms, Answer>(work: (items: readonly Item[], terms: Terms) => Promise<readonly Answer[]>): (item: Item, terms: Terms) => Promise<Answer> => {
  let waiting: Asked<Item, Terms, Answer>[] = [];
  const begin = (): void => {
    const groups = groupByTerms(waiting);
    waiting = [];
    for (const group of groups) {
      work(group.map(({ item }) => item), group[0]!.terms).then(
        (answers) => group.forEach(({ resolve }, i) => resolve(answers[i]!)),
        (error: unknown) => group.forEach(({ reject }) => reject(error)),
      );
    }
  };
  return (item, terms) => new Promise((resolve, reject) => {
    if (waiting.length === 0) setImmediate(begin);
    waiting.push({ item, terms, resolve, reject });
  });
};

const groupByTerms = <Item, Terms, Answer>(asked: readonly Asked<Item, Terms, Answer>[]): readonly (readonly Asked<Item, Terms, Answer>[])[] => {
  const groups = new Map<Terms, Asked<Item, Terms, Answer>[]>();
  for (const each of asked) groups.set(each.terms, [...(groups.get(each.terms) ?? []), each]);
  return [...groups.values()];
};
