/**
 * Work that covers everything that asked for it before it began, such as making a file durable: it runs once at a time, and all
 * who ask while one run is under way share the next. Knows nothing of what is done.
 */

/** The answer asks for a run that begins after the call; it settles as that run does. `run` may be asked for again after it failed. */
export const sharedRuns = (run: () => Promise<void>): (() => Promise<void>) => {
  let last: Promise<void> = Promise.resolve(), next: Promise<void> | null = null;
  return () => next ??= last = last.catch(() => undefined).then(() => {
    next = null;
    return run();
  });
};
