/** Graphs and networks from text for specs. A constant that the text shortens is all ones. */
import { fromNumbers, type Graph, type Network } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { product, unwrap } from '@loopsmith/util';
import { defineCalls } from '../graph/define-calls.js';

export const graphFrom = (text: string): Graph =>
  unwrap(parseGraph(text, (_, dtype, shape) => fromNumbers(dtype, shape, Array<number>(product(shape)).fill(1))));

/** Every node a call; nothing fused, plain layouts. */
export const networkFrom = (text: string): Network => defineCalls(graphFrom(text));
