/** Single operators against what TensorFlow itself answered (test/data/tensorflow, with the script that asked it). */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { fromNumbers, toNumbers, type DType } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { repository } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { tensorflow } from '../tensorflow.js';
import { translators } from './translators.js';

interface Tensor { readonly dtype: DType; readonly shape: readonly number[]; readonly values: readonly number[] }
interface Case { readonly name: string; readonly operators: readonly string[]; readonly graph: string; readonly inputs: readonly (Tensor & { readonly name: string })[]; readonly outputs: readonly Tensor[] }
const cases = ['operators.json', 'loops.json'].flatMap((name) => (JSON.parse(readFileSync(repository('test', 'data', 'tensorflow', name), 'utf8')) as { readonly cases: readonly Case[] }).cases);

describe('TensorFlow operators', () => {
  for (const { name, graph: bytes, inputs, outputs } of cases) {
    it(name, () => {
      const graph = unwrap(tensorflow.import(Buffer.from(bytes, 'base64'), { name, shapes: {}, outputs: outputs.map((_, i) => `out${i}`) }));
      const given = new Map(inputs.filter((input) => graph.inputs.includes(input.name)).map(({ name: input, dtype, shape, values }) => [input, fromNumbers(dtype, shape, values)]));
      const computed = evaluateGraph(graph, given);
      graph.outputs.forEach((output, i) => {
        const got = computed.get(output)!, wanted = outputs[i]!;
        expect([got.dtype, got.shape], output).to.deep.equal([wanted.dtype, wanted.shape]);
        toNumbers(got).forEach((value, at) => expect(value, `element ${at} of ${output}`).to.be.closeTo(wanted.values[at]!, 1e-5 + 1e-5 * Math.abs(wanted.values[at]!)));
      });
    });
  }

  it('have a case each, but for the ones that are another by name', () => {
    const tried = new Set(cases.flatMap(({ operators }) => operators));
    const others = [...translators].filter(([name, translator]) => !tried.has(name) && ![...tried].some((one) => translators.get(one) === translator)).map(([name]) => name);
    // fused ones are what tfjs writes, and checked by its models; variables by import.spec; Inv is an old name of Reciprocal
    expect(others.sort()).to.deep.equal(['FusedDepthwiseConv2dNative', 'Inv', 'Prelu', 'ReadVariableOp', 'ResourceGather', '_FusedConv2D', '_FusedDepthwiseConv2dNative', '_FusedMatMul']);
  });
});
