/**
 * The parameters of a symbol: PREFIX-symbol.json has them in PREFIX-EPOCH.params, of which the highest epoch is taken, or in
 * PREFIX.params. Names lose the `arg:` and `aux:` that checkpoints put before them.
 */
import type { ImportOptions } from '@loopsmith/contracts';
import { readParams, type MxnetArray } from '@loopsmith/mxnet-file';
import { refuse, unwrap } from '@loopsmith/util';

export interface Parameters { readonly file: string; readonly arrays: ReadonlyMap<string, MxnetArray> }

const refuseParams = (message: string): never => refuse({ code: 'mxnet-params', stage: 'import', message });

export const findParams = ({ file, listBeside, readBeside }: ImportOptions): Parameters => {
  if (file === undefined || !listBeside || !readBeside)
    return refuseParams('an MXNet symbol has its parameters in a file beside it, and this one was handed over as bytes alone; import it by its path');
  const prefix = file.replace(/(-symbol)?\.json$/, '');
  const [found] = listBeside('').filter((name) => name.startsWith(prefix) && /^(-\d+)?\.params$/.test(name.slice(prefix.length)))
    .sort((a, b) => epochOf(b, prefix) - epochOf(a, prefix));
  if (found === undefined)
    return refuseParams(
      `${file} has no parameters beside it: ${prefix}-0000.params was expected, with any epoch; put the file there, as \`export\` and \`save_checkpoint\` of MXNet name it`,
    );
  const arrays = new Map<string, MxnetArray>();
  for (const { name, array } of unwrap(readParams(readBeside(found) ?? refuseParams(`${found} is gone; put it back`), found))) {
    if (name === null) return refuseParams(`${found} holds arrays without names, so none can be told from another; save them with names`);
    if (array) arrays.set(name.replace(/^(arg|aux):/, ''), array);
  }
  return { file: found, arrays };
};

const epochOf = (name: string, prefix: string): number => Number(/^-(\d+)/.exec(name.slice(prefix.length))?.[1] ?? -1);
