/**
 * Symbols of old versions as today's loader understands them. Source: apache/mxnet src/nnvm/legacy_json_util.cc; what only
 * training reads (initializers, learning rates) is left as it is.
 */
import type { MxnetEntry, MxnetNode, MxnetSymbol } from './model.js';

/** The inputs of operators with parameters, states or labels, by name: `data` comes first. */
const inputNames: Readonly<Record<string, readonly string[]>> = {
  Convolution: ['data', 'weight', 'bias'],
  Deconvolution: ['data', 'weight', 'bias'],
  FullyConnected: ['data', 'weight', 'bias'],
  Embedding: ['data', 'weight'],
  BatchNorm: ['data', 'gamma', 'beta', 'moving_mean', 'moving_var'],
  InstanceNorm: ['data', 'gamma', 'beta'],
  LayerNorm: ['data', 'gamma', 'beta'],
  GroupNorm: ['data', 'gamma', 'beta'],
  SoftmaxOutput: ['data', 'label'],
  LinearRegressionOutput: ['data', 'label'],
  LogisticRegressionOutput: ['data', 'label'],
  MAERegressionOutput: ['data', 'label'],
  SVMOutput: ['data', 'label'],
};
const sameAs: Readonly<Record<string, string>> = { Convolution_v1: 'Convolution', BatchNorm_v1: 'BatchNorm', CuDNNBatchNorm: 'BatchNorm', Softmax: 'SoftmaxOutput' };

/** Names of the inputs that an operator takes with these attributes; undefined for operators without parameters. */
export const inputNamesOf = ({ operator, attributes }: Pick<MxnetNode, 'operator' | 'attributes'>): readonly string[] | undefined => {
  if (operator === 'LeakyReLU') return attributes.get('act_type') === 'prelu' ? ['data', 'gamma'] : undefined;
  const names = inputNames[sameAs[operator] ?? operator];
  const noBias = attributes.get('no_bias') ?? (operator === 'Deconvolution' ? 'True' : 'False');
  return names?.[2] === 'bias' && (noBias === 'True' || noBias === '1' || noBias === 'true') ? names.slice(0, 2) : names;
};

export const upgraded = (symbol: MxnetSymbol): MxnetSymbol => {
  const steps: readonly (readonly [before: number, step: (symbol: MxnetSymbol) => MxnetSymbol])[] = [[900, withMissingInputs], [905, withReductionsOverAll]];
  return steps.reduce((now, [before, step]) => (symbol.version < before ? step(now) : now), symbol);
};

/** Up to 0.8, states such as a moving mean were no inputs: they become variables called NODE_INPUT, as parameter files call them. */
const withMissingInputs = (symbol: MxnetSymbol): MxnetSymbol => {
  const nodes: MxnetNode[] = [], moved: number[] = [];
  const now = ({ node, output }: MxnetEntry): MxnetEntry => ({ node: moved[node]!, output });
  for (const node of symbol.nodes) {
    const inputs = node.inputs.map(now);
    for (const name of inputNamesOf(node)?.slice(inputs.length) ?? []) {
      inputs.push({ node: nodes.length, output: 0 });
      nodes.push({ name: `${node.name}_${name}`, operator: 'null', attributes: new Map(), inputs: [] });
    }
    moved.push(nodes.length);
    nodes.push({ ...node, inputs });
  }
  return { ...symbol, nodes, heads: symbol.heads.map(now) };
};

/** Up to 0.9.4, argmax and argmin said -1 for all axes, which is now the last one. */
const withReductionsOverAll = (symbol: MxnetSymbol): MxnetSymbol => ({
  ...symbol,
  nodes: symbol.nodes.map((node) => ((node.operator === 'argmax' || node.operator === 'argmin') && node.attributes.get('axis') === '-1'
    ? { ...node, attributes: new Map([...node.attributes].filter(([key]) => key !== 'axis')) } : node)),
});
