/**
 * The Graph while it grows: tensors, nodes, and the model's names that stand for them. Types and shapes come from lowering's
 * definitions, so that there is one source for both; no operator is known here by name.
 */
import { dataOnDemand, evaluate, fromNumbers, outputOf, toNumbers, type DType, type Graph, type GraphNode, type GraphTensor, type TensorData, type TensorType } from '@loopsmith/ir';
import { operatorOf, type Operands } from '@loopsmith/lowering';
import { product, unwrap } from '@loopsmith/util';
import { toInteger } from './attributes.js';
import { widenedData } from './half-floats.js';
import { refuseImport } from './refuse-import.js';
import type { SourceNode, Translation, Translator } from './translation.js';

/** Constants up to this many elements are computed on while importing: room for any shape, and nothing for weights. */
const smallConstant = 1024;
/** Those up to this many at once, since a model may count through thousands of them; others when they are asked for: of a model that is looked at, never. */
const tinyConstant = 16;

/** Elements of any one tensor; what follows (addresses, an arena) counts bytes in doubles and allocates them. */
const largestTensor = 2 ** 32;

export interface GraphBuilder {
  input(name: string, dtype: DType, shape: readonly number[]): void;
  constant(name: string, data: TensorData): void;
  translate(node: SourceNode, translator: Translator, used: ReadonlySet<string>): void;
  /** A name like this one that no tensor has, and that none gets from then on but who asked for it. */
  fresh(name: string): string;
  finish(name: string, inputs: readonly string[], outputs: readonly string[]): Graph;
}

/** `outputs` are the model's: they keep their names whatever computes them. `names` are the model's too, and none that is made up here. */
export const graphBuilder = (outputs: ReadonlySet<string>, names: Iterable<string> = []): GraphBuilder => {
  const reserved = new Set([...outputs, ...names]);
  const tensors = new Map<string, GraphTensor>();
  const nodes: GraphNode[] = [];
  /** Names whose tensor goes by another name, because the node between them only passed it on. */
  const aliases = new Map<string, GraphTensor>();
  const find = (name: string): GraphTensor | undefined => aliases.get(name) ?? tensors.get(name);

  const define = (tensor: GraphTensor, by: string): GraphTensor => {
    if (find(tensor.name)) return refuseImport('model-invalid', `${by} defines tensor ${tensor.name} a second time; names of tensors are unique in a model`);
    tensors.set(tensor.name, tensor);
    return tensor;
  };

  const partName = (name: string): string => (reserved.has(name) ? partName(`${name}'`) : name);

  const translate = (node: SourceNode, translator: Translator, used: ReadonlySet<string>): void => {
    const refuseNode = (words: string): never => refuseImport('node-refused', `${node.operator} "${node.name}" ${words}`);
    const own = new Set<GraphTensor>(), ownNames = new Set<string>(), ownNodes: GraphNode[] = [];
    /** By what a name begins with, the number that was given out last: a recurrence makes thousands. */
    const numbers = new Map<string, number>();
    const fresh = (suffix: string): string => {
      const base = `${node.outputs.find((output) => output !== '') ?? node.name}/${suffix}`;
      let name = base, i = numbers.get(base) ?? 1;
      while (find(name) || reserved.has(name) || ownNames.has(name)) name = `${base}${++i}`;
      numbers.set(base, i);
      return name;
    };
    const keep = (tensor: GraphTensor): GraphTensor => { own.add(tensor); ownNames.add(tensor.name); return tensor; };
    const t: Translation = {
      node,
      optional: (position) => {
        const name = node.inputs[position];
        if (name === undefined || name === '') return undefined;
        return find(name) ?? refuseNode(`reads tensor ${name}, which no input, initializer or earlier node defines`);
      },
      input: (position, role) => t.optional(position) ?? refuseNode(`has no input ${role} (position ${position})`),
      inputs: () => node.inputs.map((_, position) => t.input(position, `number ${position + 1}`)),
      emit: (operator, operands, attributes = {}) => {
        const made: GraphNode = { name: node.name, operator, attributes, inputs: operands.map((operand) => operand?.name ?? ''), outputs: [fresh(operator)] };
        const [type] = unwrap(operatorOf(made).infer(made, operands));
        if (!type) throw new Error(`${operator} has no output`);
        if (product(type.shape) > largestTensor) refuseNode(`makes a tensor of shape [${type.shape.join(',')}]; at most ${largestTensor} elements are computed`);
        const data = product(type.shape) === 0 ? fromNumbers(type.dtype, type.shape, []) : evaluated(made, operands, type);
        if (data) return keep({ name: made.outputs[0]!, dtype: data.dtype, shape: data.shape, data });
        ownNodes.push(made);
        return keep({ name: made.outputs[0]!, ...type });
      },
      constant: (given) => {
        const data = widenedData(given);
        return keep({ name: fresh('constant'), dtype: data.dtype, shape: data.shape, data });
      },
      known: (tensor, role) => {
        if (!tensor.data)
          return refuseImport(
            'value-needed',
            `${node.operator} "${node.name}" takes its ${role} from tensor ${tensor.name}, whose value is only known at run time; Loopsmith needs it at import: export the model with fixed shapes, give the inputs it comes from a value (--value), or cut the model before it (--outputs)`,
          );
        const { values } = tensor.data;
        return values instanceof BigInt64Array || values instanceof BigUint64Array ? Array.from(values, toInteger) : [...toNumbers(tensor.data)];
      },
      refuse: refuseNode,
    };

    const result = translator(t);
    const results = isList(result) ? result : [result];
    const renamed = new Map<string, string>();
    node.outputs.forEach((output, i) => {
      if (output === '') return;
      const tensor = results[i];
      if (!tensor) {
        if (used.has(output)) refuseNode(`has an output ${output} (position ${i}) that the model uses; Loopsmith does not compute it`);
      } else if (own.has(tensor) && !renamed.has(tensor.name)) {
        renamed.set(tensor.name, output);
        define({ ...tensor, name: output }, `${node.operator} "${node.name}"`);
        own.delete(tensor);
      } else if (outputs.has(output)) {
        ownNodes.push({ name: node.name, operator: 'identity', attributes: {}, inputs: [tensor.name], outputs: [output] });
        define({ name: output, dtype: tensor.dtype, shape: tensor.shape }, `${node.operator} "${node.name}"`);
      } else {
        if (find(output)) refuseNode(`defines tensor ${output} a second time; names of tensors are unique in a model`);
        aliases.set(output, tensors.get(renamed.get(tensor.name) ?? tensor.name) ?? tensor);
      }
    });
    const nameOf = (name: string): string => renamed.get(name) ?? name;
    for (const tensor of own) if (!renamed.has(tensor.name)) tensors.set(tensor.name, tensor);
    ownNodes.forEach((made, i) => nodes.push({
      ...made,
      name: i === ownNodes.length - 1 ? made.name : partName(`${made.name}/${made.operator}${i + 1}`),
      inputs: made.inputs.map(nameOf), outputs: made.outputs.map(nameOf),
    }));
  };

  return {
    input: (name, dtype, shape) => {
      if (product(shape) > largestTensor) refuseImport('model-input', `input ${name} has the shape [${shape.join(',')}]; at most ${largestTensor} elements are taken`);
      define({ name, dtype, shape }, 'the list of inputs');
    },
    constant: (name, given) => {
      const data = widenedData(given);
      define({ name, dtype: data.dtype, shape: data.shape, data }, 'the list of initializers');
    },
    translate,
    fresh: (like) => {
      let name = like;
      while (find(name) || reserved.has(name)) name += "'";
      reserved.add(name);
      return name;
    },
    finish: (name, inputs, outputNames) => {
      for (const output of outputNames) if (!tensors.has(output)) refuseImport('model-invalid', `the model's output ${output} is computed by no node; export it again`);
      const referenced = new Set([...inputs, ...outputNames, ...nodes.flatMap((node) => [...node.inputs, ...node.outputs])]);
      return { name, inputs, outputs: outputNames, nodes, tensors: new Map([...tensors].filter(([tensor]) => referenced.has(tensor))) };
    },
  };
};

const isList = (result: GraphTensor | readonly GraphTensor[]): result is readonly GraphTensor[] => Array.isArray(result);

/** The value of a node over small constants, or undefined when it is not that. */
const evaluated = (node: GraphNode, operands: Operands, { dtype, shape }: TensorType): TensorData | undefined => {
  if (product(shape) > smallConstant) return undefined;
  const given: TensorData[] = [];
  for (const operand of operands) {
    if (operand === undefined) continue;
    if (!operand.data || product(operand.shape) > smallConstant) return undefined;
    given.push(operand.data);
  }
  const definition = unwrap(operatorOf(node).define(node, operands));
  if (definition.inputs.length !== given.length) return undefined;
  const made = dataOnDemand(dtype, shape, () => evaluate(definition, new Map(definition.inputs.map((input, i) => [input.name, given[i]!]))).get(outputOf(definition).name)!.values);
  // a copy asks for the values
  return product(shape) > tinyConstant ? made : { ...made };
};
