/** Says whose error it is: what a strategy or a cost model throws in the middle of a run leaves with its name, for its author is who can mend it. Mends nothing. */
import type { Choice, CostModel, Point, SearchStrategy } from '@loopsmith/contracts';
import { FailureError, succeed, type Outcome } from '@loopsmith/util';

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

/** What was refused in words stays as it is, and whoever threw first is named. */
const named = <T>(who: string, call: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof PluginError || error instanceof FailureError) throw error;
    throw new PluginError(
      `the ${who} threw an error in ${call}: ${error instanceof Error ? error.message : String(error)}`,
      error instanceof Error ? (error.stack ?? null) : null,
    );
  }
};

export const namingErrors = (strategy: SearchStrategy): SearchStrategy => {
  const { id } = strategy, who = `search strategy "${id}"`;
  return {
    id,
    start: (context) => {
      const session = named(who, 'start', () => strategy.start(context));
      return {
        propose: (count, predict) => named(who, 'propose', () => {
          const points: unknown = session.propose(count, predict);
          if (!Array.isArray(points)) throw new TypeError(`it answered ${typeof points} where a list of points was expected`);
          points.forEach((point: unknown) => checkPoint(context.space.choices, point));
          return points as readonly Point[];
        }),
        observe: (results) => named(who, 'observe', () => session.observe(results)),
      };
    },
  };
};

/** A prediction that is no number orders nothing: a search by it would end without a word. */
const checkPredictions = (predictions: ArrayLike<number>, drafts: number): void => {
  if (predictions.length !== drafts) throw new TypeError(`it answered ${predictions.length} predictions of ${drafts} drafts`);
  for (let i = 0; i < drafts; i++)
    if (typeof predictions[i] !== 'number' || Number.isNaN(predictions[i])) throw new TypeError(`its prediction of draft ${i} is ${predictions[i]}; a prediction is a number of milliseconds, or Infinity`);
};

export const namingModelErrors = (model: CostModel): CostModel => {
  const { id } = model, who = `cost model "${id}"`;
  return {
    id,
    fit: (examples) => named(who, 'fit', () => model.fit(examples)),
    predict: (state, drafts) => named(who, 'predict', () => {
      const predictions = model.predict(state, drafts);
      checkPredictions(predictions, drafts.length);
      return predictions;
    }),
  };
};

/** Contributions by id, each with its name on its errors. */
export const namingAll = <T>(catalogue: { get(id: string): Promise<Outcome<T>> }, naming: (contribution: T) => T): { get(id: string): Promise<Outcome<T>> } => ({
  get: async (id) => {
    const found = await catalogue.get(id);
    return found.ok ? succeed(naming(found.value)) : found;
  },
});
