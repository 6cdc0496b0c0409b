/** The TensorFlow front end: a frozen GraphDef, a SavedModel or a tfjs model to a Graph. Tells the three apart; translation is in `import-model`. Layers models of tfjs are refused. */
import type { Frontend, ImportOptions } from '@loopsmith/contracts';
import { refuseImport } from '@loopsmith/frontend-shared';
import type { Graph } from '@loopsmith/ir';
import { looksLikeGraphDef, looksLikeSavedModel, looksLikeTfjs, readGraphDef, readTfjsModel } from '@loopsmith/tensorflow-file';
import { attempt, unwrap } from '@loopsmith/util';
import { importModel } from './import-model.js';
import { openSavedModel } from './saved-model.js';
import { withWeights } from './source-model.js';

const importAny = (bytes: Uint8Array, options: ImportOptions): Graph => {
  const file = options.file ?? options.name, readBeside = options.readBeside ?? (() => undefined);
  if (looksLikeTfjs(bytes)) {
    const model = unwrap(readTfjsModel(bytes, readBeside, file));
    if (model.kind === 'layers') return refuseImport('model-invalid', `${file} holds Keras layers, and Loopsmith reads graph models; convert it again with --output_format=tfjs_graph_model`);
    return importModel({ graph: withWeights(model.graph, model.weights), signature: model.signature, variables: null }, options);
  }
  if (looksLikeSavedModel(bytes)) return importModel(openSavedModel(bytes, file, readBeside), options);
  return importModel({ graph: unwrap(readGraphDef(bytes, file)), signature: null, variables: null }, options);
};

export const tensorflow: Frontend = {
  id: 'tensorflow',
  entries: ['saved_model.pb', 'model.json', 'frozen.pb'],
  detects: (bytes) => looksLikeTfjs(bytes) || looksLikeSavedModel(bytes) || looksLikeGraphDef(bytes),
  import: (bytes, options) => attempt(() => importAny(bytes, options)),
};
