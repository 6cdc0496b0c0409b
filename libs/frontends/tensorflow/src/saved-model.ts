/** A SavedModel's folder to a source model: the graph for inference, the signature to serve, the checkpoint beside it. */
import { refuseImport } from '@loopsmith/frontend-shared';
import { readCheckpoint, readSavedModel, type Checkpoint, type ReadShard, type TfMetaGraph, type TfSignature } from '@loopsmith/tensorflow-file';
import { unwrap } from '@loopsmith/util';
import type { SourceModel } from './source-model.js';

export const openSavedModel = (bytes: Uint8Array, file: string, readBeside: (path: string) => Uint8Array | undefined, readParts: ReadShard): SourceModel => {
  const graphs = unwrap(readSavedModel(bytes, file)),
    meta =
      graphs.find(({ tags }) => tags.includes('serve')) ??
      refuseImport(
        'model-invalid',
        `${file} has no graph for serving; its graphs are tagged ${graphs.map(({ tags }) => tags.join('+') || 'nothing').join(', ')}, so save the model for inference`,
      );
  let checkpoint: Checkpoint | undefined;
  return {
    graph: meta.graph, signature: servedSignature(meta, file),
    variables: {
      restoreOperator: meta.restoreOperator,
      read: (keys) => {
        checkpoint ??= unwrap(
          readCheckpoint(
            readBeside('variables/variables.index') ??
              refuseImport(
                'model-invalid',
                `the values of the model's variables are in variables/variables.index beside ${file}, which is not there; give the whole folder of the SavedModel`,
              ),
            'variables/variables',
            readParts,
          ),
        );
        return checkpoint.read(keys);
      },
    },
  };
};

/** `serving_default`, or the only signature there is. */
const servedSignature = ({ signatures }: TfMetaGraph, file: string): TfSignature => {
  const served = [...signatures].filter(([key]) => key !== '__saved_model_init_op' && key !== '__saved_model_train_op');
  const [only] = served;
  if (signatures.has('serving_default')) return signatures.get('serving_default')!;
  if (only && served.length === 1) return only[1];
  return refuseImport('model-invalid', served.length === 0 ? `${file} has no signature to serve; save the model with one (serving_default)`
    : `${file} has no signature serving_default; it has ${served.map(([key]) => key).join(', ')}, so save the model with the one that is meant as serving_default`);
};
