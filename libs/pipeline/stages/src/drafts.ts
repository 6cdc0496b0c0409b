/** Drafts of a space, made once per point that is not refused: pure, asked for often, by the search, its model and its report alike. For whoever makes a space and keeps it. */
import { pointKey, type Draft, type Space } from '@loopsmith/contracts';

export const rememberingDrafts = (space: Space): Space => {
  const drafts = new Map<string, Draft>(), { id, choices, fallback, featureNames } = space;
  return {
    id, choices, ...(fallback === undefined ? {} : { fallback }), ...(featureNames === undefined ? {} : { featureNames }),
    schedule: (point) => space.schedule(point),
    untuned: () => space.untuned(),
    ...(space.open === undefined ? {} : { open: () => space.open!() }),
    draft: (point) => {
      const key = pointKey(space.choices, point);
      let draft = drafts.get(key);
      if (!draft) {
        draft = space.draft(point);
        // most points of a space are refused, and for good: a search hardly asks for one twice
        if (draft.refused === null) drafts.set(key, draft);
      }
      return draft;
    },
  };
};
