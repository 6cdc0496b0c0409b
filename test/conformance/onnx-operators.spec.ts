/** ONNX's own test cases through the front end and the definitions: every case computes its published answer or is refused for a reason listed here. No kernel is built. */
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { onnx } from '@loopsmith/frontend-onnx';
import { fromNumbers, toNumbers, type Graph, type TensorData } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering';
import { readTensor, type OnnxTensor } from '@loopsmith/onnx-file';
import { file, needs, shared } from '@loopsmith/testing';
import { unwrap, type Outcome } from '@loopsmith/util';

interface Case { readonly case: string; readonly tier: number }

/** Reasons a case may be refused for, by what the message says. */
const reasons: readonly RegExp[] = [
  // their results have a size that only run time knows, or no case but these asks for them
  /that Loopsmith does not import: (NonMaxSuppression|Unique|Det|RoiAlign) /, /^NonZero .* takes its elements from tensor/,
  // training, and the places of maxima
  /^BatchNormalization .* is in training mode/, /^MaxPool .* has an output z/,
];

const tensors = (folder: string, kind: 'input' | 'output'): readonly OnnxTensor[] => {
  const found: OnnxTensor[] = [];
  for (let i = 0; i < 32; i++) {
    const path = `${folder}/test_data_set_0/${kind}_${i}.pb`;
    if (existsSync(path)) found.push(unwrap(readTensor(readFileSync(path))));
  }
  return found;
};

/** First with all inputs at run time; where one decides a shape, again with the integers, then with what has one axis at most, and then all but the first input, as constants. */
const imported = (folder: string, inputs: readonly OnnxTensor[]): Outcome<Graph> => {
  const bytes = readFileSync(`${folder}/model.onnx`);
  const attempts = [[], inputs.filter((tensor) => tensor.dtype === 'i64' || tensor.shape.length === 0), inputs.filter((tensor) => tensor.shape.length <= 1), inputs.slice(1)];
  let outcome: Outcome<Graph> | undefined;
  for (const known of attempts) {
    const values = Object.fromEntries(known.filter((tensor) => tensor.name !== '').map((tensor) => [tensor.name, tensor]));
    const shapes = Object.fromEntries(inputs.filter((tensor) => tensor.name !== '' && !(tensor.name in values)).map((tensor) => [tensor.name, tensor.shape]));
    outcome = onnx.import(bytes, { name: folder, shapes, values });
    if (outcome.ok || outcome.failure.code !== 'value-needed') break;
  }
  return outcome!;
};

/** undefined when the answer is right; else what is wrong. Half floats are computed as f32. */
const fault = (graph: Graph, inputs: readonly OnnxTensor[], outputs: readonly OnnxTensor[]): string | undefined => {
  const fed = graph.inputs.map((name, i): readonly [string, TensorData] => {
    const data = inputs.find((tensor) => tensor.name === name) ?? inputs[i]!, { dtype } = graph.tensors.get(name)!;
    return [name, data.dtype === dtype ? data : fromNumbers(dtype, data.shape, toNumbers(data))];
  });
  const computed = evaluateGraph(graph, new Map(fed));
  for (const [i, name] of graph.outputs.entries()) {
    const got = computed.get(name)!, wanted = outputs[i]!, half = wanted.dtype === 'f16';
    if (got.shape.join() !== wanted.shape.join()) return `shape [${got.shape.join()}] for [${wanted.shape.join()}]`;
    if (got.dtype !== (half ? 'f32' : wanted.dtype)) return `${got.dtype} for ${wanted.dtype}`;
    const b = toNumbers(wanted), a = toNumbers(got);
    const at = a.findIndex((value, j) => !(Object.is(value, b[j]) || value === b[j] || Math.abs(value - b[j]!) <= 1e-3 * Math.abs(b[j]!) + (half ? 5e-3 : 1e-5)));
    if (at >= 0) return `${a[at]} for ${b[at]} at ${at} of ${name}`;
  }
  return undefined;
};

describe('ONNX conformance by definitions', function () {
  for (const [suite, least] of [['onnx-node', 751], ['onnx-pytorch', 51]] as const) {
    it(`${suite}: at least ${least} cases right, none wrong, refusals for known reasons alone`, function () {
      const root = shared('conformance', suite);
      needs(this, file(root));
      const problems: string[] = [];
      let right = 0;
      for (const { case: name } of JSON.parse(readFileSync(`${root}/cases.json`, 'utf8')) as readonly Case[]) {
        const folder = `${root}/${name}`, inputs = tensors(folder, 'input'), outcome = imported(folder, inputs);
        if (!outcome.ok) {
          if (!reasons.some((reason) => reason.test(outcome.failure.message))) problems.push(`${name}: ${outcome.failure.message}`);
          continue;
        }
        const wrong = fault(outcome.value, inputs, tensors(folder, 'output'));
        if (wrong === undefined) right++;
        else problems.push(`${name}: ${wrong}`);
      }
      expect(problems).to.deep.equal([]);
      expect(right).to.be.at.least(least);
    });
  }
});
