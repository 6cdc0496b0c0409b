/** TensorFlow's files as plain values: GraphDef, SavedModel, checkpoint, and TensorFlow.js's models. */
export type { TfAttribute, TfFunction, TfGraph, TfNode, TfShape, TfSignature, TfTensor } from './graph.js';
export { looksLikeGraphDef, readGraphDef } from './read-graph-def.js';
export { looksLikeSavedModel, readSavedModel, type TfMetaGraph } from './saved-model.js';
export { readCheckpoint, type Checkpoint, type ReadShard } from './checkpoint.js';
export { looksLikeTfjs, readTfjsModel } from './tfjs.js';
export { array, integer, isRecord, record, text, type JsonRecord } from './json.js';
