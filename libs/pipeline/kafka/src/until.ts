/** Waits that others may cut short. Whoever was called, or has waited long enough, is forgotten: of a process that runs for months nothing piles up. */

/** Those who wait, by what calls them. */
export type Waiters = Set<() => void>;

/** Resolves when it is called, or after so long. */
export const until = (waiters: Waiters, milliseconds: number): Promise<void> => new Promise((resolve) => {
  const go = (): void => {
    clearTimeout(timer);
    waiters.delete(go);
    resolve();
  };
  const timer = setTimeout(go, milliseconds);
  waiters.add(go);
});
