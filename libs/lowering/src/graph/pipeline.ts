/** The way from a graph to a network: which passes, in which order. Each is pure and has a file of its own; `onPass` shows the text between two. */
import { printGraph, printNetwork, verifyGraph, verifyNetwork, type Graph, type Network } from '@loopsmith/ir';
import { attempt, refuse, type Outcome } from '@loopsmith/util';
import { assignLayouts } from './assign-layouts.js';
import { computeInPlace } from './compute-in-place.js';
import { defineCalls } from './define-calls.js';
import { expandBatchNorm } from './expand-batch-norm.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { foldConstants } from './fold-constants.js';
import { foldPads } from './fold-pads.js';
import { fuse } from './fuse.js';
import { fusePrologues } from './fuse-prologues.js';
import { joinRows } from './join-rows.js';
import { mergeEqualNodes } from './merge-equal-nodes.js';
import { moveStridesUp } from './move-strides-up.js';
import { moveTransposes } from './move-transposes.js';
import { nameFormulas } from './name-formulas.js';
import { nameGlobalPools } from './name-global-pools.js';
import { nameLayerNorm } from './name-layer-norm.js';
import { nestConcats } from './nest-concats.js';
import { removeCopies } from './remove-copies.js';
import { removeDeadCode } from './remove-dead-code.js';
import { removeIdentity } from './remove-identity.js';
import { shortenConstants } from './shorten-constants.js';
import { sliceConcats } from './slice-concats.js';
import { turnWeights } from './turn-weights.js';
import { widenOneChannel } from './widen-one-channel.js';
import { writeOutPowers } from './write-out-powers.js';

export interface NetworkOptions {
  /** Lanes of the channel block that the whole graph uses (1: plain layouts). */
  readonly channelBlock: number;
  /** Bytes to a multiple of which kernels want every tensor to start; 1 when absent. */
  readonly sliceBytes?: number;
  /** Told the text after every pass; `import` is the graph as it came. */
  readonly onPass?: (name: string, text: string) => void;
}

type Pass<T> = readonly [name: string, pass: (form: T) => T];

/** Dead code goes first, so that what nobody needs is not folded either. */
export const graphPasses: readonly Pass<Graph>[] = [
  ['removeDeadCode', removeDeadCode],
  ['moveTransposes', moveTransposes],
  ['removeIdentity', removeIdentity],
  ['foldConstants', foldConstants],
  ['mergeEqualNodes', mergeEqualNodes],
  ['shortenConstants', shortenConstants],
  ['turnWeights', turnWeights],
  ['nestConcats', nestConcats],
  ['foldPads', foldPads],
  ['nameGlobalPools', nameGlobalPools],
  ['nameFormulas', nameFormulas],
  ['nameLayerNorm', nameLayerNorm],
  ['writeOutPowers', writeOutPowers],
  ['foldBatchNorm', foldBatchNorm],
  ['expandBatchNorm', expandBatchNorm],
  ['moveStridesUp', moveStridesUp],
  ['removeDeadCode', removeDeadCode],
];
/** Layouts after fusion: what is fused away needs none. Rows are joined and memory is shared last, since both depend on where tensors lie. */
export const networkPasses = (channelBlock: number, sliceBytes = 1): readonly Pass<Network>[] => [
  ['fuse', fuse],
  ['removeCopies', removeCopies],
  ['fusePrologues', fusePrologues],
  ['widenOneChannel', (network) => widenOneChannel(network, channelBlock)],
  ['assignLayouts', (network) => assignLayouts(network, channelBlock)],
  ['sliceConcats', (network) => sliceConcats(network, sliceBytes)],
  ['joinRows', joinRows],
  ['computeInPlace', computeInPlace],
];

/** The fused network of a graph for a target's channel block, or why the graph cannot be one. */
export const toNetwork = (graph: Graph, { channelBlock, sliceBytes, onPass }: NetworkOptions): Outcome<Network> => attempt(() => {
  const [fault] = verifyGraph(graph);
  if (fault !== undefined) return refuse({ code: 'graph-invalid', stage: 'graph', message: `graph ${graph.name}: ${fault}` });
  onPass?.('import', printGraph(graph));
  const optimized = graphPasses.reduce((form, [name, pass]) => {
    const next = pass(form);
    onPass?.(name, printGraph(next));
    return next;
  }, graph);
  const defined = defineCalls(optimized);
  onPass?.('defineCalls', printNetwork(defined));
  const network = networkPasses(channelBlock, sliceBytes).reduce((form, [name, pass]) => {
    const next = pass(form);
    onPass?.(name, printNetwork(next));
    return next;
  }, defined);
  const faults = verifyNetwork(network);
  if (faults.length > 0) throw new Error(`graph passes made an unsound network of ${graph.name}: ${faults.join('; ')}`);
  return network;
});
