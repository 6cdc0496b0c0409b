/** Which entry of the checkpoint every variable has, as the graph's own restore operator says it; no naming rule of any framework is assumed. */
import { refuseImport } from '@loopsmith/frontend-shared';
import type { TfAttribute } from '@loopsmith/tensorflow-file';
import type { FlatNode, Flattener } from './flatten.js';
import type { Place } from './frames.js';
import type { Variables } from './source-model.js';

const variableOperators: ReadonlySet<string> = new Set(['VarHandleOp', 'VariableV2', 'Variable']);
const assignments: ReadonlySet<string> = new Set(['Assign', 'AssignVariableOp']);

/**
 * The nodes with the values of variables as their attribute `value`, as constants have it. `nameOf`: what the nodes are called now, by their flat
 * names. Refused: a variable that nothing restores.
 */
export const withVariables = (nodes: readonly FlatNode[], flat: Flattener, nameOf: (flatName: string) => string, variables: Variables | null): readonly FlatNode[] => {
  if (!nodes.some(({ operator }) => variableOperators.has(operator))) return nodes;
  const keys = variables ? keysOf(flat, nameOf, variables.restoreOperator) : new Map<string, string>();
  const keyOf = ({ name }: FlatNode): string => keys.get(name) ?? refuseImport(
    'model-invalid',
    `the variable ${name} has no value: ${variables ? 'the restore operator of the model does not set it' : 'a GraphDef holds none'}; freeze the graph, or save the model with its checkpoint`,
  );
  const used = nodes.filter(({ operator }) => variableOperators.has(operator)), wanted = used.map(keyOf), values = variables?.read(wanted) ?? [];
  const valueOf = new Map(used.map((node, i) => [node, values[i]!] as const));
  return nodes.map((node) => {
    const value = valueOf.get(node);
    return value ? { ...node, attributes: new Map<string, TfAttribute>([...node.attributes, ['value', { kind: 'tensor', value }]]) } : node;
  });
};

/** By the variable's name: assignments of what RestoreV2 reads. */
const keysOf = (flat: Flattener, nameOf: (flatName: string) => string, restoreOperator: string): ReadonlyMap<string, string> => {
  const behindCopies = (place: Place): Place => (place.node.operator === 'Identity' ? behindCopies(flat.input(place, 0)) : place);
  return new Map(flat.effectsOf(restoreOperator.replace(/:0$/, '')).flatMap((assignment): readonly (readonly [string, string])[] => {
    if (!assignments.has(assignment.node.operator)) return [];
    const value = behindCopies(flat.input(assignment, 1));
    if (value.node.operator !== 'RestoreV2') return [];
    const names = behindCopies(flat.input(value, 1)).node.attributes.get('value');
    const key = names?.kind === 'tensor' && names.value.dtype === 'string' ? names.value.values[value.position] : undefined;
    return key === undefined ? [] : [[nameOf(flat.nameOf(behindCopies(flat.input(assignment, 0)))), key]];
  }));
};
