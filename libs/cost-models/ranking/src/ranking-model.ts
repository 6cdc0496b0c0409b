/** What makes a cost model of something that scores drafts: before the first fit the draft itself, then milliseconds of scores. Learns nothing itself. */
import type { CostModel, Draft } from '@loopsmith/contracts';
import type { Json } from '@loopsmith/util';
import { millisecondsAt, type Calibration } from './calibration.js';
import type { Example } from './examples.js';

/** `scale`: the draft's, as `draftScore` takes it. */
interface Scored extends Calibration { readonly scale: number }

/** How a model learns, is written and read, and scores: higher is faster. `read` throws where a state is another model's. */
interface RankingParts<State extends Scored> {
  fit(examples: readonly Example[]): State;
  write(state: State): Json;
  read(json: Json): State;
  score(state: State, draft: Draft): number;
}

export const rankingModel = <State extends Scored>(id: string, { fit, write, read, score }: RankingParts<State>): CostModel => {
  // reading is all that is kept: the same value reads to the same state
  const known = new WeakMap<object, State>();
  const stateOf = (json: Json): State => {
    if (typeof json !== 'object' || json === null) return read(json);
    const state = known.get(json) ?? read(json);
    known.set(json, state);
    return state;
  };
  return {
    id,
    fit: (examples) => write(fit(examples)),
    predict: (json, drafts) => {
      const state = json === null ? null : stateOf(json);
      return Float64Array.from(drafts, (draft) => {
        if (draft.refused !== null) return Infinity;
        return state === null ? draft.milliseconds : millisecondsAt(state, state.scale, score(state, draft));
      });
    },
  };
};
