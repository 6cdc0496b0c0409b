/** What `extract` and `inspect` say of a model with operators that are not imported, in each format: the part that can be, then every missing operator at once. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { writeModel } from '@loopsmith/onnx-file';
import { nodeWorld, runCli } from 'loopsmith';

/** x through a Relu to Frobnicate, whose answer nobody can say; y is another Relu's, and z Warp's of it. */
const onnxModel = (): Uint8Array => {
  const value = (name: string) => ({ name, elementType: 1, shape: [1, 4, 6, 6] }), node = (operator: string, input: string, output: string) => ({ name: output, operator, domain: '', inputs: [input], outputs: [output], attributes: new Map() });
  return writeModel({ irVersion: 8, producer: '', opsets: new Map([['', 13]]), graph: { name: 'm', inputs: [value('x')], outputs: ['c', 'y', 'z'].map(value), initializers: [], nodes: [node('Relu', 'x', 'a'), node('Frobnicate', 'a', 'b'), node('Relu', 'b', 'c'), node('Sigmoid', 'x', 'y'), node('Warp', 'y', 'z')] } });
};
const mxnetModel = JSON.stringify({
  nodes: [
    { op: 'null', name: 'x', inputs: [], attrs: { __shape__: '(1, 4, 6, 6)' } }, { op: 'relu', name: 'a', inputs: [[0, 0, 0]] }, { op: 'Frobnicate', name: 'b', inputs: [[1, 0, 0]] }, { op: 'relu', name: 'c', inputs: [[2, 0, 0]] },
    { op: 'sigmoid', name: 'y', inputs: [[0, 0, 0]] }, { op: 'Warp', name: 'z', inputs: [[4, 0, 0]] },
  ],
  arg_nodes: [0], heads: [[3, 0, 0], [4, 0, 0], [5, 0, 0]], attrs: { mxnet_version: ['int', 10900] },
});
const dims = ['1', '4', '6', '6'].map((size) => ({ size }));
const tensorflowModel = JSON.stringify({
  format: 'graph-model', weightsManifest: [], modelTopology: { node: [
    { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: dims } } } }, { name: 'a', op: 'Relu', input: ['x'] }, { name: 'b', op: 'Frobnicate', input: ['a'] }, { name: 'c', op: 'Relu', input: ['b'] },
    { name: 'y', op: 'Sigmoid', input: ['x'] }, { name: 'z', op: 'Warp', input: ['y'] },
  ] },
});
const formats: readonly (readonly [format: string, files: Readonly<Record<string, Uint8Array | string>>, outputs: readonly string[]])[] = [
  ['onnx', { 'model.onnx': onnxModel() }, ['a', 'y']],
  ['mxnet', { 'm-symbol.json': mxnetModel, 'm-0000.params': Uint8Array.of(0x12, 1, 0, 0, 0, 0, 0, 0, ...new Array<number>(24).fill(0)) }, ['a_output', 'y_output']],
  ['tensorflow', { 'model.json': tensorflowModel }, ['a', 'y']],
];

describe('a model with operators that are not imported', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'loopsmith-pre-flight-'));
    for (const [format, files] of formats) for (const [name, content] of Object.entries(files)) { mkdirSync(dirname(join(folder, format, name)), { recursive: true }); writeFileSync(join(folder, format, name), content); }
  });
  after(() => rmSync(folder, { recursive: true }));
  const run = async (...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
    let out = '', err = '';
    const code = await runCli([...args], { ...nodeWorld(), out: { write: (text: string) => { out += text; }, columns: null }, err: { write: (text: string) => { err += text; }, columns: null } }, '0');
    return { code, out, err };
  };
  const refusal = 'loopsmith: the model uses 2 operators that Loopsmith does not import: Frobnicate (node b), Warp (node z); export the model without them\n';

  for (const [format, , outputs] of formats) {
    it(`${format}: extract lists the tasks of the rest, then refuses all at once`, async () => {
      const { code, out, err } = await run('extract', join(folder, format), '--target', 'x86-avx:avx2');
      expect([code, err]).to.deep.equal([3, refusal]);
      const [, first, second, ...rest] = out.trimEnd().split('\n');
      expect([first, second].map((line) => line!.trim().split(/ {2,}/).at(-1)).sort()).to.deep.equal(['relu 1x4x6x6', 'sigmoid 1x4x6x6']);
      expect(rest.slice(0, -1)).to.have.members(['input x: f32 [1,4,6,6]', ...outputs.map((name) => `output ${name}: f32 [1,4,6,6]`), 'not imported: Frobnicate, 1 node', 'not imported: Warp, 1 node']);
      expect(rest.at(-1)).to.match(/^2 tasks for x86-avx:avx2 in the part that needs no operator that is not imported, 2 of them fallbacks; 2 calls: [\d.]+ k?FLOP, forecast [\d.]+ \S+ untuned$/);
    });
    it(`${format}: inspect shows the rest, then refuses all at once`, async () => {
      const { code, out, err } = await run('inspect', join(folder, format));
      expect([code, err]).to.deep.equal([3, refusal]);
      expect(out.split('\n').slice(1)).to.include.members(['input x: f32 [1,4,6,6]', ...outputs.map((name) => `output ${name}: f32 [1,4,6,6]`), 'not imported: Frobnicate, 1 node', 'not imported: Warp, 1 node']);
      const facts = JSON.parse((await run('inspect', join(folder, format), '--json')).out) as { readonly format: string; readonly missing: unknown };
      expect([facts.format, facts.missing]).to.deep.equal([format, [{ operator: 'Frobnicate', nodes: ['b'] }, { operator: 'Warp', nodes: ['z'] }]]);
    });
    it(`${format}: compile makes nothing of it`, async () => expect(await run('compile', join(folder, format), '--untuned', '-o', join(folder, 'out'))).to.deep.equal({ code: 3, out: '', err: refusal }));
  }
});
