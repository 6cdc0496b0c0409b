/**
 * Turns every node into a call: its operator's definition over plain tensors. Here the operators' shapes and dtypes are
 * held against those the graph states. Refuses, by name, what has no definition or an unsound one (operands of dtypes that the
 * operator does not mix); fuses nothing.
 */
import { outputOf, plainLayout, shapeOf, typeText, verifyDefinition, type Call, type Graph, type Network } from '@loopsmith/ir';
import { refuse, unwrap } from '@loopsmith/util';
import { operandsOf, operatorOf } from '../operators/operators.js';

export const defineCalls = (graph: Graph): Network => {
  const calls = graph.nodes.map((node): Call => {
    const operator = operatorOf(node), operands = operandsOf(graph, node), output = node.outputs[0]!;
    const definition = unwrap(operator.define(node, operands)), [fault] = verifyDefinition(definition);
    if (fault) return refuse({ code: 'operator-refused', stage: 'graph', message: `${node.operator} "${node.name}" cannot compute what the model asks of it: ${fault.message}` });
    const made = outputOf(definition), text = typeText({ dtype: made.dtype, shape: shapeOf(made) }), stated = typeText(graph.tensors.get(output)!);
    if (text !== stated)
      return refuse({
        code: 'graph-invalid',
        stage: 'graph',
        message: `${node.operator} "${node.name}" makes ${text}, but the model states ${stated} for ${output}; correct the model's shapes`,
      });
    return {
      name: node.name, label: operator.label(node, operands), definition, output, inPlace: null,
      inputs: node.inputs.filter((name) => name !== '').slice(0, definition.inputs.length),
    };
  });
  // an output whose value is known needs no call: the library hands the constant over
  for (const output of graph.outputs)
    if (graph.inputs.includes(output))
      refuse({
        code: 'graph-invalid',
        stage: 'graph',
        message: `output ${output} of ${graph.name} is an input of the model; nothing computes it, so drop it from the model's outputs`,
      });
  return {
    name: graph.name, inputs: graph.inputs, outputs: graph.outputs, calls,
    tensors: new Map([...graph.tensors].map(([name, tensor]) => [name, { ...tensor, layout: plainLayout(tensor.shape) }])),
  };
};
