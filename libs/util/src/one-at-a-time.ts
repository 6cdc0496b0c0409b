/** Work that must not overlap: one run after the other, in order of arrival. Knows nothing of what is done. */

/** A run begins when those that were asked for before it have ended, however they ended; each answers or fails for itself alone. */
export const oneAtATime = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
};
