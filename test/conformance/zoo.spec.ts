/** Networks of the zoo through the ONNX front end and the definitions of lowering, against what ONNX Runtime computed. No kernel is built here. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { onnx } from '@loopsmith/frontend-onnx';
import type { TensorData } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering';
import { repository } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { zooInput, zooInputShape, zooModel, type ZooName } from '@loopsmith/zoo';

interface Reference { readonly runs: readonly { readonly seed: number; readonly output: readonly number[] }[] }

describe('zoo networks by their definitions', function () {
  this.timeout(120000);
  // the small ones: residual, depthwise and concatenating; the others take minutes in JavaScript
  for (const name of ['squeezenet1.1', 'mobilenet_v2', 'resnet18'] as const satisfies readonly ZooName[]) {
    it(`${name} computes what ONNX Runtime does`, () => {
      const { runs } = JSON.parse(readFileSync(repository('test', 'data', 'zoo', `${name}.json`), 'utf8')) as Reference;
      const { seed, output } = runs[0]!;
      const graph = unwrap(onnx.import(zooModel(name), { name, shapes: {} }));
      const data: TensorData = { dtype: 'f32', shape: zooInputShape(name), values: zooInput(name, seed) };
      const computed = evaluateGraph(graph, new Map([['data', data]])).get(graph.outputs[0]!)!;
      expect(computed.shape).to.deep.equal([1, 1000]);
      const largest = Math.max(...output.map(Math.abs));
      expect(Math.max(...output.map((value, i) => Math.abs(value - Number(computed.values[i])))) / largest).to.be.at.most(1e-5);
    });
  }

  it('resnet18 imports node by node, with shapes', () => {
    const graph = unwrap(onnx.import(zooModel('resnet18'), { name: 'resnet18', shapes: {} }));
    expect([graph.nodes.length, graph.inputs, graph.outputs.map((name) => graph.tensors.get(name)!.shape)]).to.deep.equal([69, ['data'], [[1, 1000]]]);
    expect(graph.nodes.slice(0, 4).map((node) => [node.operator, graph.tensors.get(node.outputs[0]!)!.shape.join('x')])).to.deep.equal([
      ['conv2d', '1x64x112x112'], ['batchNormalization', '1x64x112x112'], ['relu', '1x64x112x112'], ['maxPool', '1x64x56x56'],
    ]);
  });
});
