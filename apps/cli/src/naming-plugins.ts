/** Says whose error it is: what a strategy throws in the middle of a run leaves with its name, for its author is who can mend it. Mends nothing. */
import type { Choice, Point, SearchStrategy } from '@loopsmith/contracts';
import { succeed, type Outcome } from '@loopsmith/util';

export class PluginError extends Error {
  /** `stack`: where it was thrown, null where nothing says so. */
  constructor(message: string, stack: string | null) {
    super(message);
    if (stack !== null) this.stack = stack;
  }
}

/** Throws for what is no point of the space's choices; whether it has a legal schedule is seen later, and comes back as a failure of the candidate. */
const checkPoint = (choices: readonly Choice[], point: unknown): void => {
  const missing = typeof point === 'object' && point !== null ? choices.find(({ name }) => !Object.hasOwn(point, name)) : choices[0];
  if (missing !== undefined)
    throw new TypeError(`one of its points is ${JSON.stringify(point)}, which gives no value to the choice "${missing.name}"; a point has one for each of ${choices.map(({ name }) => name).join(', ')}`);
};

export const namingErrors = ({ id, start }: SearchStrategy): SearchStrategy => {
  const named = <T>(call: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new PluginError(
        `the search strategy "${id}" threw an error in ${call}: ${error instanceof Error ? error.message : String(error)}`,
        error instanceof Error ? (error.stack ?? null) : null,
      );
    }
  };
  return {
    id,
    start: (context) => {
      const session = named('start', () => start(context));
      return {
        propose: (count, predict) => named('propose', () => {
          const points: unknown = session.propose(count, predict);
          if (!Array.isArray(points)) throw new TypeError(`it answered ${typeof points} where a list of points was expected`);
          points.forEach((point: unknown) => checkPoint(context.space.choices, point));
          return points as readonly Point[];
        }),
        observe: (results) => named('observe', () => session.observe(results)),
      };
    },
  };
};

/** Strategies by id, each with its name on its errors. */
export const namingAll = (strategies: { get(id: string): Promise<Outcome<SearchStrategy>> }): { get(id: string): Promise<Outcome<SearchStrategy>> } => ({
  get: async (id) => {
    const found = await strategies.get(id);
    return found.ok ? succeed(namingErrors(found.value)) : found;
  },
});
