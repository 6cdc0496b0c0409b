/** Arrays from and to .npy files, checked against what a session expects. Knows no model format. */
import type { TensorData } from '@loopsmith/ir';
import { readNpy, writeNpy } from '@loopsmith/npy';
import { didYouMean, product, refuse, unwrap } from '@loopsmith/util';
import { readBytes, writeBytes } from './files.js';
import type { Session } from '@loopsmith/contracts';

export const readArray = (path: string, folder: string): TensorData =>
  unwrap(readNpy(readBytes(folder, path, { code: 'file-missing', stage: 'run', message: `there is no file ${path}; write the input with numpy.save` }), path));

/** By output: the file it is written to. Names of tensors may hold slashes, names of files may not; two that would be one file are refused. */
export const outputFiles = (outputs: readonly { readonly name: string }[], shown: string): ReadonlyMap<string, string> => {
  const owners = new Map<string, string>();
  for (const { name } of outputs) {
    const file = `${name.replaceAll(/[^\w.-]/g, '_')}.npy`, other = owners.get(file);
    if (other !== undefined)
      refuse({
        code: 'output-names',
        stage: 'run',
        message: `outputs ${other} and ${name} of ${shown} would be the same file ${file}; rename one in the model`,
      });
    owners.set(file, name);
  }
  return new Map([...owners].map(([file, name]) => [name, file]));
};

export const writeArray = (path: string, folder: string, { dtype, shape, values }: TensorData): void => {
  if (dtype === 'bf16')
    return refuse({
      code: 'dtype-unsupported',
      stage: 'run',
      message: `${path} would hold bf16, which .npy files cannot; let the model end in a cast to float32`,
    });
  writeBytes(folder, path, writeNpy({ dtype, shape, values }));
};

/** What helps where a value does not fit: other elements and another order are made with NumPy, another size only by compiling. */
const wayOut = (given: TensorData, shape: readonly number[]): string =>
  (given.shape.join() === shape.join() ? 'convert it with array.astype'
    : product(given.shape) === product(shape) ? 'bring it into that shape with array.reshape or array.transpose'
      : 'sizes were fixed when the model was compiled');

/** Every input of the session has a value of its type and shape, and there is no value for anything else. */
export const checkInputs = (session: Pick<Session, 'inputs'>, inputs: ReadonlyMap<string, TensorData>): void => {
  for (const name of inputs.keys())
    if (!session.inputs.some((input) => input.name === name))
      refuse({
        code: 'input-unknown',
        stage: 'run',
        message: `the network has no input "${name}"${didYouMean(name, session.inputs.map((input) => input.name))}; its inputs are ${session.inputs.map((input) => input.name).join(', ')}`,
      });
  for (const { name, dtype, shape } of session.inputs) {
    const given = inputs.get(name);
    if (!given)
      return refuse({
        code: 'input-missing',
        stage: 'run',
        message: `input "${name}" (${dtype} [${shape.join(',')}]) has no value; give one with --input ${name}=F.npy`,
      });
    if (given.dtype !== dtype || given.shape.join() !== shape.join())
      return refuse({
        code: 'input-mismatch',
        stage: 'run',
        message: `input "${name}" is ${given.dtype} [${given.shape.join(',')}]; ${dtype} [${shape.join(',')}] was expected; ${wayOut(given, shape)}`,
      });
  }
};
