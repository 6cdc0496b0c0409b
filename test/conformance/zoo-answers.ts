/** Networks of the zoo compiled without tuning and run, against what ONNX Runtime computed for them. Tests of several folders share it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { onnx } from '@loopsmith/frontend-onnx';
import type { Graph } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { readModel, writeModel } from '@loopsmith/onnx-file';
import { InferenceSession, Tensor } from '@loopsmith/runtime';
import { repository } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { zooInput, zooInputShape, zooModel, type ZooName } from '@loopsmith/zoo';
import { buildCases } from './build-cases.js';
import { kernelsOf } from './prepare-case.js';

interface Reference { readonly runs: readonly { readonly seed: number; readonly output: readonly number[] }[] }

/** The model with its batch left open, as `--shape` binds it. */
const withOpenBatch = (bytes: Uint8Array): Uint8Array => {
  const model = unwrap(readModel(bytes)), open = <T extends { readonly shape: readonly unknown[] | null }>(value: T): T => ({ ...value, shape: value.shape && ['N', ...value.shape.slice(1)] });
  return writeModel({ ...model, graph: { ...model.graph, inputs: model.graph.inputs.map(open), outputs: model.graph.outputs.map(open) } });
};

/** The network for a batch; of VGG-19 it takes seconds and 0.6 GB to make, whatever is compiled of it. */
export const zooGraph = (name: ZooName, batch: number): Graph =>
  unwrap(onnx.import(withOpenBatch(zooModel(name)), { name, shapes: { data: [batch, ...zooInputShape(name).slice(1)] } }));

/**
 * ‖out - reference‖ / ‖reference‖ per stored run and number of threads. The stored images are the first of the batch and its
 * last; seeded others lie between.
 */
export const zooErrors = async (name: ZooName, graph: Graph, { batch, threads, isa = 'host' }: { readonly batch: number; readonly threads: readonly number[]; readonly isa?: string }): Promise<readonly number[]> => {
  const { runs } = JSON.parse(readFileSync(repository('test', 'data', 'zoo', `${name}.json`), 'utf8')) as Reference;
  const [, ...image] = zooInputShape(name), size = image.reduce((product, extent) => product * extent, 1);
  const target = unwrap(await x86Avx.resolve(isa)), network = unwrap(toNetwork(graph, { channelBlock: x86Avx.channelBlock(target) }));
  const scratch = mkdtempSync(join(tmpdir(), 'loopsmith-zoo-'));
  try {
    const [built] = await buildCases([{ one: { name }, ...kernelsOf(network, target) }], { target, scratch, starting: () => undefined, limitMs: 600_000 });
    const { directory } = unwrap(built!), errors: number[] = [];
    for (const count of threads) {
      const session = await InferenceSession.create(directory, { threads: count });
      // one run of a whole batch, or one run per stored image
      for (const stored of batch === 1 ? runs.map((run) => [run]) : [[runs[0]!, runs.at(-1)!]]) {
        const images = Array.from({ length: batch }, (_, i) => zooInput(name, i === 0 ? stored[0]!.seed : i === batch - 1 ? stored.at(-1)!.seed : 1000 + i));
        const data = new Float32Array(batch * size);
        images.forEach((pixels, i) => data.set(pixels, i * size));
        const [answer] = Object.values(await session.run({ data: new Tensor('float32', data, [batch, ...image]) }));
        for (const [k, { output }] of stored.entries()) errors.push(distance(answer!.data as Float32Array, k === 0 ? 0 : (batch - 1) * output.length, output));
      }
      await session.release();
    }
    return errors;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

const distance = (got: Float32Array, from: number, expected: readonly number[]): number => {
  let apart = 0, whole = 0;
  expected.forEach((value, i) => { apart += (got[from + i]! - value) ** 2; whole += value ** 2; });
  return Math.sqrt(apart / whole);
};
