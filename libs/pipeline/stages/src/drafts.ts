/** Drafts of a space, made once per point: pure, asked for often, by the search, its model and its report alike. For whoever makes a space and keeps it. */
import type { Draft, Space } from '@loopsmith/contracts';

export const rememberingDrafts = (space: Space): Space => {
  const drafts = new Map<string, Draft>();
  return {
    ...space,
    draft: (point) => {
      let key = '';
      for (const { name } of space.choices) key += `${point[name]}|`;
      let draft = drafts.get(key);
      if (!draft) drafts.set(key, draft = space.draft(point));
      return draft;
    },
  };
};
