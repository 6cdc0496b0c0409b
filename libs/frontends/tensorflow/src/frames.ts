/**
 * Where the nodes of a graph with functions stand: in the main graph, in one call of a function, or in one turn of a loop.
 * TensorFlow's names hold slashes themselves: a node `a/b`, and a node `b` of a function that `a` calls, are two that one
 * might write alike. So nodes are told apart by paths, and get names that are unique when they are handed out. Follows no name.
 */
import { refuseImport } from '@loopsmith/frontend-shared';
import type { TfFunction, TfGraph, TfNode } from '@loopsmith/tensorflow-file';

/** A name as a frame writes it. */
export interface Named { readonly frame: Frame; readonly name: string }
/** The main graph, one call of a function, or one turn of a loop. */
export interface Frame {
  /** Of this frame alone, whatever names nodes have. */
  readonly path: string;
  /** What names inside begin with, for readers; of other frames too where names are made so. */
  readonly prefix: string;
  readonly nodes: ReadonlyMap<string, TfNode>;
  /** What calls it, and the positions of the function's arguments, which may be hundreds; null for the main graph. */
  readonly call: { readonly inputs: readonly Named[]; readonly body: TfFunction; readonly argumentOf: ReadonlyMap<string, number> } | null;
  readonly depth: number;
}
/** An output of a node that is no call. */
export interface Place { readonly frame: Frame; readonly node: TfNode; readonly position: number }

/** Bounds that no real model comes near: a hostile one could call itself, or double with every call. */
export const deepestCalls = 64;
const mostCalls = 100_000;

export interface Frames {
  readonly main: Frame;
  /** The frame of what a frame calls `name`, once; `turn` tells those of a loop from each other. `nodes`: where they are not the function's own. */
  inside(frame: Frame, name: string, turn: string, body: TfFunction, inputs: readonly Named[], nodes?: Frame['nodes']): Frame;
  /** A node's name in the flat graph: the main graph's own are as they stand there, others avoid them and each other. */
  nameOf(frame: Frame, node: TfNode): string;
}

/** What tells a node from all others. Quoted names cannot be read as two. */
export const keyOf = (frame: Frame, name: string): string => `${frame.path}${JSON.stringify(name)}`;
/** What tells an output from all others. */
export const outputKey = ({ frame, node, position }: Place): string => `${keyOf(frame, node.name)}:${position}`;

export const framesOf = (nodes: TfGraph['nodes']): Frames => {
  const main: Frame = { path: '', prefix: '', nodes: byName(nodes, 'the graph'), call: null, depth: 0 };
  const frames = new Map<string, Frame>(), bodies = new Map<TfFunction, ReadonlyMap<string, TfNode>>(), positions = new Map<TfFunction, ReadonlyMap<string, number>>();
  const names = new Map<string, string>(), taken = new Set(main.nodes.keys());
  return {
    main,
    inside: (frame, name, turn, body, inputs, own) => {
      const path = `${keyOf(frame, name)}${turn}`, known = frames.get(path), depth = frame.depth + 1;
      if (known) return known;
      if (frames.size >= mostCalls) return refuseImport('model-invalid', `the model makes more than ${mostCalls} calls of functions; written out it would not end`);
      if (depth > deepestCalls)
        return refuseImport(
          'model-invalid',
          `function ${body.name} is called more than ${deepestCalls} calls deep; a function that calls itself cannot be written out`,
        );
      if (!own && !bodies.has(body)) bodies.set(body, byName(body.nodes, `function ${body.name}`));
      let argumentOf = positions.get(body);
      // of two of one name the first
      if (!argumentOf) positions.set(body, argumentOf = new Map(body.inputs.map((input, position) => [input, position] as const).reverse()));
      const made: Frame = { path, prefix: `${frame.prefix}${name}/${turn === '' ? '' : `${turn}/`}`, nodes: own ?? bodies.get(body)!, call: { inputs, body, argumentOf }, depth };
      frames.set(path, made);
      return made;
    },
    nameOf: (frame, node) => {
      if (frame === main) return node.name;
      const key = keyOf(frame, node.name), known = names.get(key);
      if (known !== undefined) return known;
      let name = `${frame.prefix}${node.name}`;
      while (taken.has(name)) name += "'";
      taken.add(name);
      names.set(key, name);
      return name;
    },
  };
};

const byName = (nodes: readonly TfNode[], where: string): ReadonlyMap<string, TfNode> => {
  const map = new Map<string, TfNode>();
  for (const node of nodes) {
    if (map.has(node.name)) refuseImport('model-invalid', `${where} has two nodes called ${node.name}; names of nodes are unique in a graph`);
    map.set(node.name, node);
  }
  return map;
};
