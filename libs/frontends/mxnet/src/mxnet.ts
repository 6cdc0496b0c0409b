/** The MXNet front end: a symbol (PREFIX-symbol.json) and the parameters beside it to a Graph. Translation only; meaning is in lowering. */
import type { Frontend } from '@loopsmith/contracts';
import { looksLikeParams, looksLikeSymbol, readSymbol } from '@loopsmith/mxnet-file';
import { attempt, refuse, unwrap } from '@loopsmith/util';
import { importSymbol } from './import-symbol.js';
import { findParams } from './find-params.js';

export const mxnet: Frontend = {
  id: 'mxnet',
  entries: ['*-symbol.json'],
  detects: (bytes, fileName) => looksLikeSymbol(bytes, fileName) || looksLikeParams(bytes),
  import: (bytes, options) => attempt(() => {
    if (looksLikeParams(bytes))
      return refuse({
        code: 'mxnet-params',
        stage: 'import',
        message: `${options.file ?? 'the model'} holds the parameters of an MXNet model and not its graph; give the -symbol.json file beside it`,
      });
    return importSymbol(unwrap(readSymbol(bytes)), findParams(options), options);
  }),
};
