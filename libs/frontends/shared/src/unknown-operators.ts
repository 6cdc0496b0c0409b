/** The refusal of operators that are not imported: all at once, so that a user sees the whole distance. */
import { refuseImport } from './refuse-import.js';

/** `Crop (nodes a, b, c and 4 more)` for every operator that is not known. `operator` carries its domain where the format has one. */
export const refuseUnknownOperators = (nodes: readonly { readonly name: string; readonly operator: string }[], isKnown: (operator: string) => boolean): void => {
  const unknown = new Map<string, string[]>();
  for (const { operator, name } of nodes) if (!isKnown(operator)) unknown.set(operator, [...(unknown.get(operator) ?? []), name]);
  if (unknown.size === 0) return;
  const list = [...unknown].map(([operator, names]) =>
    `${operator} (${names.length === 1 ? 'node' : 'nodes'} ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''})`);
  refuseImport('unknown-operator', `the model uses ${unknown.size === 1 ? 'an operator' : `${unknown.size} operators`} that Loopsmith does not import: ${list.join(', ')}; export the model without ${unknown.size === 1 ? 'it' : 'them'}`);
};
