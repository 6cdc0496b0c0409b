/**
 * The analytical cost model: the draft's own milliseconds, times one scale learned from what was measured. It cannot reorder
 * drafts, except that a draft whose features equal those of a failed candidate falls behind the others.
 */
import type { CostModel, Draft } from '@loopsmith/contracts';
import type { Json } from '@loopsmith/util';

/** A twin of a failed candidate is worth a try only when better predicted ones are gone. */
const FAILURE_PENALTY = 4;

interface State { readonly scale: number; readonly failed: readonly string[] }

const featureKey = (draft: Draft): string => draft.features.join(',');

const readState = (state: Json | null): State => {
  if (state === null) return { scale: 1, failed: [] };
  const { scale, failed } = state as { readonly scale?: Json; readonly failed?: Json };
  if (typeof scale !== 'number' || !Array.isArray(failed)) throw new Error('the state of the analytical cost model is { scale, failed }');
  return { scale, failed: failed as readonly string[] };
};

export const analytical: CostModel = {
  id: 'analytical',
  fit: (examples) => {
    const ratios = examples
      .flatMap(({ draft, milliseconds }) => (milliseconds !== null && draft.milliseconds > 0 ? [milliseconds / draft.milliseconds] : []))
      .sort((a, b) => a - b);
    const failed = examples.filter(({ milliseconds }) => milliseconds === null).map(({ draft }) => featureKey(draft));
    return { scale: ratios[Math.floor(ratios.length / 2)] ?? 1, failed: [...new Set(failed)].sort() };
  },
  predict: (state, drafts) => {
    const { scale, failed } = readState(state);
    const penalised = new Set(failed);
    return Float64Array.from(drafts, (draft) =>
      draft.refused !== null ? Infinity : draft.milliseconds * scale * (penalised.size > 0 && penalised.has(featureKey(draft)) ? FAILURE_PENALTY : 1),
    );
  },
};
