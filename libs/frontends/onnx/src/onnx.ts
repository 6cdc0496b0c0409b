/** The ONNX front end: bytes of a .onnx file to a Graph. Translation only; meaning is in lowering. */
import type { Frontend } from '@loopsmith/contracts';
import { looksLikeModel, readModel } from '@loopsmith/onnx-file';
import { attempt, unwrap } from '@loopsmith/util';
import { importModel } from './import-model.js';

export const onnx: Frontend = {
  id: 'onnx',
  entries: ['model.onnx'],
  detects: (bytes) => looksLikeModel(bytes),
  import: (bytes, options) => attempt(() => importModel(unwrap(readModel(bytes, options.readBeside, options.file)), options)),
};
