/** A network of the zoo and its known answer as files: the model, and a case folder whose output ONNX Runtime computed. */
import { readFileSync } from 'node:fs';
import { repository } from '@loopsmith/testing';
import { writeTensor } from '@loopsmith/onnx-file';
import { zooInput, zooInputShape, zooModel, type ZooName } from '@loopsmith/zoo';
import type { Workplace } from './program.js';
import { mkdirSync } from 'node:fs';

interface StoredAnswers { readonly runs: readonly { readonly seed: number; readonly output: readonly number[] }[] }

/** Writes `NAME.onnx` and the case folder `NAME-case`. */
export const writeZooCase = (place: Pick<Workplace, 'path' | 'write'>, name: ZooName): void => {
  const { runs } = JSON.parse(readFileSync(repository('test', 'data', 'zoo', `${name}.json`), 'utf8')) as StoredAnswers;
  const { seed, output } = runs[0]!, folder = `${name}-case/test_data_set_0`;
  place.write(`${name}.onnx`, zooModel(name));
  mkdirSync(place.path(folder), { recursive: true });
  place.write(`${folder}/input_0.pb`, writeTensor({ name: 'data', dtype: 'f32', shape: zooInputShape(name), values: zooInput(name, seed) }));
  place.write(`${folder}/output_0.pb`, writeTensor({ name: '', dtype: 'f32', shape: [1, output.length], values: Float32Array.from(output) }));
};
