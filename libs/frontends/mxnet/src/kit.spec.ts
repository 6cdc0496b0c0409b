/** The front-end kit on MXNet: small symbols with the parameters that belong to them. */
import { readFileSync } from 'node:fs';
import { demandAnswers, frontendChecks, type SampleModel } from '@loopsmith/kits';
import { writeParams } from '@loopsmith/mxnet-file';
import { repository } from '@loopsmith/testing';
import { mxnet } from './index.js';

interface Tensor { readonly name: string; readonly shape: readonly number[]; readonly values: readonly number[] }
const { cases } = JSON.parse(readFileSync(repository('test', 'data', 'mxnet', 'operators.json'), 'utf8')) as { readonly cases: readonly { readonly name: string; readonly symbol: object; readonly inputs: readonly Tensor[] }[] };
const samples: readonly SampleModel[] = cases.map(({ name, symbol, inputs }) => ({
  name, file: 'net-symbol.json', bytes: Buffer.from(JSON.stringify(symbol)),
  shapes: Object.fromEntries(inputs.filter((input) => ['x', 'y', 'c'].includes(input.name)).map((input) => [input.name, input.shape])),
  beside: new Map([['net-0000.params', writeParams(new Map(inputs.filter((input) => !['x', 'y', 'c'].includes(input.name)).map((input) => [`arg:${input.name}`, { dtype: 'f32', shape: input.shape, values: Float32Array.from(input.values) }])))]]),
}));

describe('MXNet front end', () => {
  for (const { name, run } of frontendChecks(mxnet, samples.filter((_, i) => i % 8 === 0))) it(name, run);
  it('meets 1,000 damaged files with an answer', () => { demandAnswers(mxnet, samples, { count: 1000, seed: 14 }); });
});
