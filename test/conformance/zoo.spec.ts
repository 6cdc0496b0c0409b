/** A network of the zoo through the ONNX front end, node by node. What the networks compute is in `zoo-compiled.spec`. */
import { expect } from 'chai';
import { onnx } from '@loopsmith/frontend-onnx';
import { unwrap } from '@loopsmith/util';
import { zooModel } from '@loopsmith/zoo';

describe('zoo networks', () => {
  it('resnet18 imports node by node, with shapes', () => {
    const graph = unwrap(onnx.import(zooModel('resnet18'), { name: 'resnet18', shapes: {} }));
    expect([graph.nodes.length, graph.inputs, graph.outputs.map((name) => graph.tensors.get(name)!.shape)]).to.deep.equal([69, ['data'], [[1, 1000]]]);
    expect(graph.nodes.slice(0, 4).map((node) => [node.operator, graph.tensors.get(node.outputs[0]!)!.shape.join('x')])).to.deep.equal([
      ['conv2d', '1x64x112x112'], ['batchNormalization', '1x64x112x112'], ['relu', '1x64x112x112'], ['maxPool', '1x64x56x56'],
    ]);
  });
});
