/** A file that is one GraphDef, as frozen graphs are. */
import { attempt, type Outcome } from '@loopsmith/util';
import type { TfGraph } from './graph.js';
import { graphOf } from './read-graph.js';
import { refuseFile } from './refusal.js';
import { bytesOf, fieldsOf, type Source } from './wire.js';

export const readGraphDef = (bytes: Uint8Array, what = 'the GraphDef'): Outcome<TfGraph> => attempt(() => {
  const graph = graphOf({ what, bytes }, bytes);
  return graph.nodes.length > 0 ? graph : refuseFile('damaged', `${what} has no nodes; a frozen GraphDef with some was expected`);
});

/** Fields of a GraphDef and what they hold: nodes, functions, a version, versions. */
const graphFields: Readonly<Record<number, 'bytes' | 'varint'>> = { 1: 'bytes', 2: 'bytes', 3: 'varint', 4: 'bytes' };

/** Whether the bytes are laid out as a GraphDef with a node that has an operator. One that is cut off behind its first node still is one. */
export const looksLikeGraphDef = (bytes: Uint8Array): boolean => {
  const source: Source = { what: '', bytes };
  let nodes = 0;
  const read = attempt(() => {
    for (const field of fieldsOf(source, bytes)) {
      if (graphFields[field.number] !== field.kind) return false;
      if (field.number === 1 && nodes++ === 0 && !looksLikeNode(source, bytesOf(source, field))) return false;
    }
    return nodes > 0;
  });
  return read.ok ? read.value : nodes > 0 && read.failure.code === 'tensorflow-truncated';
};

const looksLikeNode = (source: Source, bytes: Uint8Array): boolean => {
  let operator = false;
  for (const field of fieldsOf(source, bytes)) {
    if (field.kind !== 'bytes' || field.number > 7) return false;
    operator ||= field.number === 2 && field.bytes.length > 0;
  }
  return operator;
};
