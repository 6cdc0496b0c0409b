/** docs/operators.md and docs/targets.md say what was seen: the front ends' own lists, the cases that import, and what every hardware plugin makes of their operators. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { armNeon } from '@loopsmith/codegen-arm-neon';
import { cuda } from '@loopsmith/codegen-cuda';
import { maliOpencl, opencl } from '@loopsmith/codegen-opencl';
import { rocm } from '@loopsmith/codegen-rocm';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { mxnet, mxnetOperators } from '@loopsmith/frontend-mxnet';
import { onnx, onnxOperators, onnxOperatorsSince } from '@loopsmith/frontend-onnx';
import { kerasLayers, tensorflow, tensorflowOperators } from '@loopsmith/frontend-tensorflow';
import { writeParams } from '@loopsmith/mxnet-file';
import { readModel } from '@loopsmith/onnx-file';
import { isRecord, readGraphDef } from '@loopsmith/tensorflow-file';
import { command, file, needs, repository, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { bindToCase, readCases } from 'loopsmith/verify';
import { nodeCases, pytorchCases } from './case-list.js';
import { format, note, operatorsText, tunedOn, type Tried } from './operators-table.js';
import { targetColumn, targetsText } from './targets-table.js';

interface MxnetCase { readonly name: string; readonly symbol: { readonly nodes: readonly { readonly op: string; readonly name: string }[] }; readonly inputs: readonly { readonly name: string; readonly shape: readonly number[]; readonly values: readonly number[] }[] }
interface TensorflowCase { readonly name: string; readonly graph: string; readonly outputs: readonly unknown[] }
interface KerasCase { readonly name: string; readonly model: object; readonly files: Readonly<Record<string, string>>; readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[] }
const stored = <C>(...path: readonly string[]): readonly C[] => (JSON.parse(readFileSync(repository('test', 'data', ...path), 'utf8')) as { readonly cases: readonly C[] }).cases;

/** Every layer in a model of Keras, those inside of others too. */
const layersIn = (value: unknown): readonly Tried[] => {
  if (Array.isArray(value)) return value.flatMap(layersIn);
  if (!isRecord(value)) return [];
  const { class_name: operator, config } = value, name = isRecord(config) ? config['name'] : undefined;
  return [...(typeof operator === 'string' && typeof name === 'string' && kerasLayers.has(operator) ? [{ name, operator, version: null }] : []), ...Object.values(value).flatMap(layersIn)];
};

describe('docs/operators.md and docs/targets.md', function () {
  this.timeout(600_000);
  it('say what the front ends import, what the cases show and what the plugins make of them', async function () {
    needs(this, file(shared('conformance', 'onnx-node')), file(shared('conformance', 'onnx-pytorch')), command('clang-19'), command('qemu-aarch64'), { what: 'an x86-64 machine', met: process.arch === 'x64' });
    const plugins = [[x86Avx, 'avx2'], [armNeon, 'aarch64'], [opencl, 'generic'], [maliOpencl, 'midgard'], [cuda, 'sm_80'], [rocm, 'gfx90a']] as const;
    const targets = await Promise.all(plugins.map(async ([plugin, isa]) => { const target = unwrap(await plugin.resolve(isa)); return [plugin, target] as const; }));
    const tried = tunedOn(targets);

    const passing = (title: string, cases: number, list: string): string => {
      const refused = Object.keys(JSON.parse(readFileSync(repository('test', 'data', 'conformance', list), 'utf8')) as object).length;
      return `${title} ${cases - refused} of ${cases}`;
    };
    const onnxFormat = format('ONNX', [
      'Every operator is imported from the operator set that first has it (*since*) to 27; what it means in each follows the model\'s own.',
      'Versions tried are operator sets of ONNX\'s own test cases (onnx-node, onnx-pytorch); a case is counted where the model imports.',
      `Of these cases pass, compiled and run: ${[passing('onnx-node tier 1', nodeCases(1).length, 'onnx-node.json'), passing('tier 2', nodeCases(2).length, 'onnx-node-2.json'), passing('onnx-pytorch', pytorchCases().length, 'onnx-pytorch.json')].join(', ')}.`,
      'The others are refused; test/data/conformance has every reason.',
    ].join('\n'), onnxOperators, onnxOperatorsSince);
    for (const suite of ['onnx-node', 'onnx-pytorch']) {
      const root = shared('conformance', suite);
      for (const { case: name } of JSON.parse(readFileSync(`${root}/cases.json`, 'utf8')) as readonly { readonly case: string }[]) {
        const folder = `${root}/${name}`, bytes = readFileSync(`${folder}/model.onnx`), model = unwrap(readModel(bytes));
        const cases = existsSync(`${folder}/test_data_set_0`) ? readCases(folder, name) : [];
        try {
          const { made } = await bindToCase(cases[0], { shapes: {}, values: {} }, ({ shapes, values }) => unwrap(onnx.import(bytes, { name, shapes, values })));
          note(onnxFormat, model.graph.nodes.map((node) => ({ name: node.name, inside: node.outputs.find((output) => output !== ''), operator: node.domain === '' ? node.operator : `${node.domain}.${node.operator}`, version: model.opsets.get(node.domain) ?? 1 })), made, tried);
        } catch (error) { if ((error as Error).name !== 'FailureError') throw error; }
      }
    }

    const mxnetFormat = format('MXNet', 'Symbols of every version, upgraded as MXNet upgrades them. Cases are answers of MXNet 1.9.1 (test/data/mxnet); names of older versions stand for the same operator.', mxnetOperators);
    for (const { name, symbol, inputs } of stored<MxnetCase>('mxnet', 'operators.json')) {
      const data = inputs.filter((input) => ['x', 'y', 'c'].includes(input.name)), parameters = writeParams(new Map(inputs.filter((input) => !data.includes(input)).map((input) => [input.name, { dtype: 'f32', shape: input.shape, values: Float32Array.from(input.values) }])));
      const graph = unwrap(mxnet.import(Buffer.from(JSON.stringify(symbol)), { name, file: 'm-symbol.json', shapes: Object.fromEntries(data.map((input) => [input.name, input.shape])), listBeside: () => ['m.params'], readBeside: () => parameters }));
      note(mxnetFormat, symbol.nodes.filter(({ op }) => op !== 'null').map(({ name: node, op }) => ({ name: node, operator: op, version: null })), graph, tried);
    }

    const tensorflowFormat = format('TensorFlow', 'GraphDef, SavedModel and the graphs of TensorFlow.js. Cases are answers of TensorFlow itself (test/data/tensorflow); in loops an operator is counted once. Calls, branches and loops are written out before, and are no operators here.', tensorflowOperators);
    for (const { name, graph: bytes, outputs } of ['operators.json', 'loops.json'].flatMap((file) => stored<TensorflowCase>('tensorflow', file))) {
      const model = Buffer.from(bytes, 'base64'), { nodes, functions } = unwrap(readGraphDef(model));
      const graph = unwrap(tensorflow.import(model, { name, shapes: {}, outputs: outputs.map((_, i) => `out${i}`) }));
      note(tensorflowFormat, [...nodes, ...[...functions.values()].flatMap((one) => one.nodes)].filter(({ operator }) => tensorflowOperators.has(operator)).map(({ name: node, operator }) => ({ name: node, operator, version: null })), graph, tried);
    }
    const kerasFormat = format('Keras', 'Layers of models that TensorFlow.js keeps as layers. Cases are answers of Keras itself (test/data/tensorflow).', kerasLayers);
    for (const { name, model, files, inputs } of stored<KerasCase>('tensorflow', 'layers.json')) {
      const graph = unwrap(tensorflow.import(new TextEncoder().encode(JSON.stringify(model)), { name, file: 'model.json', shapes: Object.fromEntries(inputs.map((input) => [input.name, input.shape])), readBeside: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path], 'base64')) }));
      note(kerasFormat, layersIn(model), graph, tried);
    }

    expect([...onnxOperators.keys()].filter((name) => !name.includes('.') && !onnxOperatorsSince.has(name)), 'operators without a first version').to.deep.equal([]);
    expect([...onnxFormat.known].filter(([name, { versions }]) => [...versions].some((version) => version < (onnxOperatorsSince.get(name) ?? 1))).map(([name]) => name), 'operators tried before their first version').to.deep.equal([]);
    const operators = operatorsText([onnxFormat, mxnetFormat, tensorflowFormat, kerasFormat], tried.tuned[0]!);
    const directory = mkdtempSync(join(tmpdir(), 'loopsmith-targets-'));
    try {
      const columns = [];
      for (const [i, [plugin, target]] of targets.entries()) columns.push(await targetColumn(plugin, target, tried.tuned[i]!, directory));
      for (const [path, text] of [['operators.md', operators], ['targets.md', targetsText(columns)]] as const) {
        if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(repository('docs', path), text);
        expect(readFileSync(repository('docs', path), 'utf8'), `docs/${path}; UPDATE_GOLDEN=1 writes it anew`).to.equal(text);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
    // compiling never fails for want of a schedule
    expect(tried.tuned.flatMap(({ refused }) => refused())).to.deep.equal([]);
  });
});
