/** SavedModel to its meta graphs: each a graph, its signatures, and how its variables are restored. Chooses none of them. */
import { attempt, type Outcome } from '@loopsmith/util';
import { elementTypeName } from './element-type.js';
import type { TfEndpoint, TfGraph, TfSignature } from './graph.js';
import { graphOf } from './read-graph.js';
import { shapeOf } from './read-shape.js';
import { refuseFile } from './refusal.js';
import { bytesOf, entryOf, fieldsOf, integerOf, textOf, type Field, type Source } from './wire.js';

export interface TfMetaGraph {
  /** `serve` for inference. */
  readonly tags: readonly string[];
  readonly graph: TfGraph;
  /** By key, `serving_default` and `__saved_model_init_op` among them. */
  readonly signatures: ReadonlyMap<string, TfSignature>;
  /** The node that reads all variables from the checkpoint; empty where there are none. */
  readonly restoreOperator: string;
}

export const readSavedModel = (bytes: Uint8Array, what = 'saved_model.pb'): Outcome<readonly TfMetaGraph[]> => attempt(() => {
  const source: Source = { what, bytes }, graphs: TfMetaGraph[] = [];
  for (const field of fieldsOf(source, bytes)) if (field.number === 2) graphs.push(metaGraphOf(source, bytesOf(source, field)));
  return graphs.length > 0 ? graphs : refuseFile('damaged', `${what} holds no meta graph; a SavedModel with one was expected`);
});

/** Whether the bytes begin as a SavedModel does: a schema version, then a meta graph. */
export const looksLikeSavedModel = (bytes: Uint8Array): boolean => {
  const numbers: number[] = [];
  const read = attempt(() => {
    for (const field of fieldsOf({ what: '', bytes }, bytes)) {
      if (field.kind !== (field.number === 1 ? 'varint' : 'bytes') || field.number > 2) return false;
      numbers.push(field.number);
      if (field.number === 2) return looksLikeMetaGraph(bytesOf({ what: '', bytes }, field)) && numbers[0] === 1;
    }
    return false;
  });
  // cut off after a version: told apart from other formats by what reading it says
  return read.ok ? read.value : numbers.join() === '1' && read.failure.code === 'tensorflow-truncated';
};

/** Field 1 is information whose field 4 or 5 (tags, version) are texts; field 2 is a graph. */
const looksLikeMetaGraph = (bytes: Uint8Array): boolean => {
  const read = attempt(() => {
    for (const field of fieldsOf({ what: '', bytes }, bytes)) return field.kind === 'bytes' && field.number <= 2;
    return false;
  });
  return read.ok && read.value;
};

const metaGraphOf = (source: Source, bytes: Uint8Array): TfMetaGraph => {
  const tags: string[] = [], signatures = new Map<string, TfSignature>();
  let graph: TfGraph = { nodes: [], functions: new Map() }, restoreOperator = '';
  for (const field of fieldsOf(source, bytes)) {
    switch (field.number) {
      case 1: for (const part of fieldsOf(source, bytesOf(source, field))) if (part.number === 4) tags.push(textOf(source, part)); break;
      case 2: graph = graphOf(source, bytesOf(source, field)); break;
      case 3: for (const part of fieldsOf(source, bytesOf(source, field))) if (part.number === 3) restoreOperator = textOf(source, part); break;
      case 5: {
        const [key, value] = entryOf(source, field);
        signatures.set(key, signatureOf(source, value));
        break;
      }
      default: // collections, assets, the object graph: nothing that a signature needs
    }
  }
  return { tags, graph, signatures, restoreOperator };
};

const signatureOf = (source: Source, bytes: Uint8Array): TfSignature => {
  const inputs: TfEndpoint[] = [], outputs: TfEndpoint[] = [];
  for (const field of fieldsOf(source, bytes)) {
    if (field.number === 1) inputs.push(endpointOf(source, field));
    else if (field.number === 2) outputs.push(endpointOf(source, field));
  }
  // maps have no order on the wire; a signature has one here
  const ordered = (ends: readonly TfEndpoint[]): readonly TfEndpoint[] => ends.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return { inputs: ordered(inputs), outputs: ordered(outputs) };
};

const endpointOf = (source: Source, entry: Field): TfEndpoint => {
  const [key, value] = entryOf(source, entry);
  let tensor = '', dtype = 'nothing', shape: TfEndpoint['shape'] = null;
  for (const field of fieldsOf(source, value)) {
    if (field.number === 1) tensor = textOf(source, field);
    else if (field.number === 2) dtype = elementTypeName(integerOf(source, field));
    else if (field.number === 3) shape = shapeOf(source, bytesOf(source, field));
  }
  return { key, tensor, dtype, shape };
};
