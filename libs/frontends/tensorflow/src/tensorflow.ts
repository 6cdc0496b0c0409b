/**
 * The TensorFlow front end: a frozen GraphDef, a SavedModel or a tfjs model to a Graph. Tells them apart; translation is in `import-model`, and in
 * `layers` for tfjs models made of Keras layers.
 */
import type { Frontend, ImportOptions } from '@loopsmith/contracts';
import type { Graph } from '@loopsmith/ir';
import { looksLikeGraphDef, looksLikeSavedModel, looksLikeTfjs, readGraphDef, readTfjsModel, type ReadShard } from '@loopsmith/tensorflow-file';
import { attempt, unwrap } from '@loopsmith/util';
import { importModel } from './import-model.js';
import { importLayers } from './layers/import-layers.js';
import { openSavedModel } from './saved-model.js';
import { withWeights } from './source-model.js';

const importAny = (bytes: Uint8Array, options: ImportOptions): Graph => {
  const file = options.file ?? options.name, readBeside = options.readBeside ?? (() => undefined);
  if (looksLikeTfjs(bytes)) {
    const model = unwrap(readTfjsModel(bytes, readBeside, file));
    if (model.kind === 'layers') return importLayers(model, file, options);
    return importModel({ graph: withWeights(model.graph, model.weights), signature: model.signature, variables: null }, options);
  }
  if (looksLikeSavedModel(bytes)) {
    const readParts: ReadShard = (path, parts) => {
      const whole = readBeside(path);
      return whole && parts.map(({ begin, length }) => whole.subarray(begin, begin + length));
    };
    return importModel(openSavedModel(bytes, file, readBeside, options.readPartsBeside ?? readParts), options);
  }
  return importModel({ graph: unwrap(readGraphDef(bytes, file)), signature: null, variables: null }, options);
};

export const tensorflow: Frontend = {
  id: 'tensorflow',
  entries: ['saved_model.pb', 'model.json', 'frozen.pb'],
  detects: (bytes) => looksLikeTfjs(bytes) || looksLikeSavedModel(bytes) || looksLikeGraphDef(bytes),
  import: (bytes, options) => attempt(() => importAny(bytes, options)),
};
