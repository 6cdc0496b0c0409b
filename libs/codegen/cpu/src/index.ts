/** What CPU hardware plugins share: the spaces of register tiles, the generic schedule and the draft model. */
export { cpuSpace } from './space.js';
export { draftPlan, featureNames } from './draft.js';
