/** Who may use the cores: builds and measurements side by side where a core is left over, else one after the other, in order of arrival. */

export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export const sideBySide: Turns = (work) => work();

export const oneAtATime = (): Turns => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
};
