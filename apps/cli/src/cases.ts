/** Test cases in the layout of ONNX's backend tests: folders of `test_data_set_K/{input,output}_N.pb`. Reads them; judges nothing. */
import type { TensorData } from '@loopsmith/ir';
import { readTensor } from '@loopsmith/onnx-file';
import { refuse, unwrap, type Failure } from '@loopsmith/util';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { reading } from './files.js';

export interface NamedTensor { readonly name: string; readonly data: TensorData }
export interface Case {
  /** Of the folder, and of the data set where there are several. */
  readonly name: string;
  /** By position; a hole is an optional input that was left out. */
  readonly inputs: ReadonlyMap<number, NamedTensor>;
  readonly outputs: ReadonlyMap<number, NamedTensor>;
}

/** A case folder, one of its data sets, or a folder full of cases is accepted only as the first two: name cases one by one. */
export const readCases = (folder: string, shown: string): readonly Case[] => {
  const absent: Failure = {
    code: 'case-missing',
    stage: 'verify',
    message: `there is no case folder ${shown}; give a folder that holds test_data_set_0/input_0.pb and output_0.pb`,
  };
  const sets = reading(shown, absent, () => readdirSync(folder)).filter((name) => /^test_data_set_\d+$/.test(name)).sort((a, b) => Number(a.slice(14)) - Number(b.slice(14)));
  if (sets.length === 0 && existsSync(join(folder, 'output_0.pb'))) return [readCase(folder, basename(folder))];
  if (sets.length === 0)
    return refuse({
      code: 'case-invalid',
      stage: 'verify',
      message: `${shown} holds no test_data_set_0; give a folder in the layout of ONNX's backend tests`,
    });
  return sets.map((set) => readCase(join(folder, set), sets.length === 1 ? basename(folder) : `${basename(folder)}/${set}`));
};

const readCase = (folder: string, name: string): Case => {
  const absent: Failure = { code: 'case-invalid', stage: 'verify', message: `${name} is no folder; give one in the layout of ONNX's backend tests` };
  const read = (kind: 'input' | 'output'): ReadonlyMap<number, NamedTensor> =>
    new Map(
      reading(name, absent, () => readdirSync(folder)).flatMap((file): readonly (readonly [number, NamedTensor])[] => {
        const [, number] = new RegExp(`^${kind}_(\\d+)\\.pb$`).exec(file) ?? [];
        if (number === undefined) return [];
        const {
          name: tensor,
          dtype,
          shape,
          values,
        } = unwrap(
          readTensor(
            reading(`${name}/${file}`, absent, () => readFileSync(join(folder, file))),
            `${name}/${file}`,
          ),
        );
        return [[Number(number), { name: tensor, data: { dtype, shape, values } }]];
      }),
    );
  return { name, inputs: read('input'), outputs: read('output') };
};
