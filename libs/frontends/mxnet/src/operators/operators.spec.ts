/** Single operators against what MXNet itself answered (test/data/mxnet, with the script that asked it). */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { fromNumbers, toNumbers } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { writeParams } from '@loopsmith/mxnet-file';
import { repository } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { mxnet } from '../mxnet.js';
import { translators } from './translators.js';

interface Tensor { readonly name: string; readonly shape: readonly number[]; readonly values: readonly number[] }
interface Case { readonly name: string; readonly symbol: { readonly nodes: readonly { readonly op: string; readonly attrs?: Readonly<Record<string, string>> }[] }; readonly inputs: readonly Tensor[]; readonly outputs: readonly Omit<Tensor, 'name'>[] }
const { cases } = JSON.parse(readFileSync(repository('test', 'data', 'mxnet', 'operators.json'), 'utf8')) as { readonly cases: readonly Case[] };

/** Inputs that operators take as parameters come from the file of parameters, as in a real model. */
const isData = (name: string): boolean => ['x', 'y', 'c'].includes(name);

describe('MXNet operators', () => {
  for (const { name, symbol, inputs, outputs } of cases) {
    it(name, () => {
      const tensorOf = ({ shape, values }: Omit<Tensor, 'name'>) => fromNumbers('f32', shape, values);
      const parameters = new Map(inputs.filter((input) => !isData(input.name)).map((input) => [`arg:${input.name}`, { dtype: 'f32' as const, shape: input.shape, values: Float32Array.from(input.values) }]));
      const graph = unwrap(mxnet.import(Buffer.from(JSON.stringify(symbol)), {
        name, file: 'm-symbol.json', listBeside: () => ['m-0000.params'], readBeside: () => writeParams(parameters),
        shapes: Object.fromEntries(inputs.filter((input) => isData(input.name)).map((input) => [input.name, input.shape])),
      }));
      const computed = evaluateGraph(graph, new Map(inputs.filter((input) => graph.inputs.includes(input.name)).map((input) => [input.name, tensorOf(input)])));
      expect(graph.outputs.length).to.equal(outputs.length);
      graph.outputs.forEach((output, i) => {
        const got = computed.get(output)!, wanted = outputs[i]!;
        expect(got.shape).to.deep.equal(wanted.shape);
        toNumbers(got).forEach((value, at) => expect(value, `element ${at}`).to.be.closeTo(wanted.values[at]!, 1e-5 + 1e-5 * Math.abs(wanted.values[at]!)));
      });
    });
  }

  it('have a case each, but for the ones that are another by name', () => {
    const tried = new Set(cases.flatMap(({ symbol }) => symbol.nodes.flatMap(({ op, attrs }) => [op, ...(op === 'Activation' ? [attrs!['act_type']!] : [])])));
    const others = [...translators].filter(([name, translator]) => !tried.has(name) && ![...tried].some((one) => translators.get(one) === translator)).map(([name]) => name);
    expect(others).to.deep.equal(['log_sigmoid', 'mish']);
  });
  // these came with MXNet 2, which the maker of the cases is not
  const younger: readonly (readonly [string, (x: number) => number])[] = [['log_sigmoid', (x) => -Math.log1p(Math.exp(-x))], ['mish', (x) => x * Math.tanh(Math.log1p(Math.exp(x)))]];
  for (const [operator, formula] of younger) {
    it(`${operator} by its formula`, () => {
      const symbol = { nodes: [{ op: 'null', name: 'x', inputs: [] }, { op: 'Activation', name: 'y', attrs: { act_type: operator }, inputs: [[0, 0, 0]] }], arg_nodes: [0], heads: [[1, 0, 0]], attrs: { mxnet_version: ['int', 20000] } };
      const graph = unwrap(mxnet.import(Buffer.from(JSON.stringify(symbol)), { name: operator, file: 'm-symbol.json', listBeside: () => ['m-0000.params'], readBeside: () => writeParams(new Map()), shapes: { x: [5] } }));
      const values = [-3, -0.5, 0, 0.5, 3], got = evaluateGraph(graph, new Map([['x', fromNumbers('f32', [5], values)]])).get('y_output')!;
      toNumbers(got).forEach((value, i) => expect(value).to.be.closeTo(formula(values[i]!), 1e-6));
    });
  }
});
