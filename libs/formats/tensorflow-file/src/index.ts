/** TensorFlow's files as plain values: GraphDef, SavedModel, checkpoint, and TensorFlow.js's models. */
export type { TfDType, TfArrays } from './element-type.js';
export { isTfDType } from './element-type.js';
export * from './graph.js';
export { looksLikeGraphDef, readGraphDef } from './read-graph-def.js';
export { looksLikeSavedModel, readSavedModel, type TfMetaGraph } from './saved-model.js';
export { readCheckpoint, type Checkpoint } from './checkpoint.js';
export { looksLikeTfjs, readTfjsModel, type TfjsModel } from './tfjs.js';
export { array, integer, isRecord, record, text, type JsonRecord } from './json.js';
