/**
 * Tensors whose bytes lie in a file beside the model (TensorProto.external_data). The file is asked for through a
 * callback with a path that cannot leave the model's folder; symbolic links are the callback's business.
 */
import { refuse } from '@loopsmith/util';

/** Reads a file of the model's folder, or undefined when there is none. */
export type ReadBeside = (relativePath: string) => Uint8Array | undefined;

const refuseData = (message: string): never => refuse({ code: 'onnx-external-data', stage: 'import', message });

/** Keys other than these are ignored, never copied anywhere: ONNX's own reader once let a model set its attributes this way. */
const wholeNumber = (entries: ReadonlyMap<string, string>, key: string, tensor: string): number | undefined => {
  const text = entries.get(key);
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  return Number.isNaN(value) ? refuseData(`tensor ${tensor}: its external data has ${key} ${JSON.stringify(text)}; a whole number of bytes was expected`) : value;
};

/** undefined when the path stays inside the folder; otherwise why it does not. */
const pathFault = (path: string): string | undefined => {
  if (path === '') return 'is empty';
  if (path.includes('\0')) return 'holds a NUL byte';
  if (path.startsWith('/') || path.startsWith('\\') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (path.split(/[/\\]/).includes('..')) return 'leaves the folder of the model';
  return undefined;
};

/** The bytes of tensor `tensor`; all of the file from `offset` on when no length is given. */
export const readExternalData = (tensor: string, entries: ReadonlyMap<string, string>, readBeside: ReadBeside | undefined): Uint8Array => {
  const path = entries.get('location') ?? '';
  const fault = pathFault(path);
  if (fault !== undefined) return refuseData(`tensor ${tensor}: the path of its external data ${JSON.stringify(path)} ${fault}; only files in the model's own folder are read`);
  if (!readBeside) return refuseData(`tensor ${tensor} lies in the file ${path} beside the model, and this model was handed over as bytes alone; import it by its path`);
  const file =
    readBeside(path) ??
    refuseData(
      `tensor ${tensor} lies in the file ${path} beside the model, which is not there; put it back or export the model with its weights inside`,
    );
  const offset = wholeNumber(entries, 'offset', tensor) ?? 0;
  const length = wholeNumber(entries, 'length', tensor) ?? file.length - offset;
  if (length < 0 || offset + length > file.length)
    return refuseData(
      `tensor ${tensor}: bytes ${offset} to ${offset + Math.max(length, 0)} of ${path} were expected, and the file has ${file.length}; fetch the whole file again`,
    );
  return file.subarray(offset, offset + length);
};
