/** What recurrent layers cost: tasks do not grow with the sequence, calls grow by a few a step. What they compute is in ONNX's own cases and, against ONNX Runtime, in test/full. */
import { expect } from 'chai';
import { canonicalDefinition, fromNumbers, printDefinition, type Network } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { writeModel, type OnnxTensor } from '@loopsmith/onnx-file';
import { product, unwrap } from '@loopsmith/util';
import { onnx } from '../onnx.js';

const weights = (name: string, ...shape: readonly number[]): OnnxTensor => ({ ...fromNumbers('f32', shape, Float32Array.from({ length: product(shape) }, (_, i) => Math.sin(i))), name });

/** All outputs of a sequence of `steps`, batch 2, width 4, state 8. */
const network = (operator: string, gates: number, steps: number): Network => {
  const node = { name: 'n', operator, domain: '', inputs: ['x', 'W', 'R', 'B'], outputs: ['Y'], attributes: new Map([['hidden_size', { kind: 'int', value: 8n } as const]]) };
  const bytes = writeModel({ irVersion: 8, producer: 'spec', opsets: new Map([['', 14]]), graph: {
    name: 'g', inputs: [{ name: 'x', elementType: 1, shape: [steps, 2, 4] }], outputs: [{ name: 'Y', elementType: 1, shape: null }],
    initializers: [weights('W', 1, gates * 8, 4), weights('R', 1, gates * 8, 8), weights('B', 1, 2 * gates * 8)], nodes: [node],
  } });
  return unwrap(toNetwork(unwrap(onnx.import(bytes, { name: 'm', shapes: {} })), { channelBlock: 1 }));
};

describe('recurrent layers of many steps', () => {
  for (const [operator, gates, calls] of [['RNN', 1, 3], ['GRU', 3, 6], ['LSTM', 4, 4]] as const) {
    it(`${operator} adds at most ${calls} calls a step, and no formula`, () => {
      const short = network(operator, gates, 6), long = network(operator, gates, 11);
      const formulas = ({ calls: all }: Network): number => new Set(all.map(({ definition }) => printDefinition(canonicalDefinition(definition)))).size;
      expect(formulas(long)).to.equal(formulas(short));
      expect((long.calls.length - short.calls.length) / 5).to.be.at.most(calls);
    });
  }
});
