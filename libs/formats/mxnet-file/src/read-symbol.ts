/**
 * Symbol JSON to nodes, in every dialect: operator attributes under `param` (to 0.8), `attr` (0.9 to 1.1) or `attrs` (1.2
 * and later), inputs with or without a version. Older symbols are brought up to date (upgrade.ts). Checks structure only.
 */
import { attempt, refuse, shown, type Outcome } from '@loopsmith/util';
import type { MxnetEntry, MxnetNode, MxnetSymbol } from './model.js';
import { upgraded } from './upgrade.js';

const refuseSymbol = (message: string, text?: string): never => refuse({ code: 'mxnet-symbol', stage: 'import', message, ...(text === undefined ? {} : { text }) });

/** A symbol by its content; one that was cut off before its last keys, by its file's name. */
export const looksLikeSymbol = (bytes: Uint8Array, fileName: string): boolean => {
  if (bytes.find((byte) => byte > 0x20) !== 0x7b) return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (text.includes('"nodes"') && text.includes('"arg_nodes"') && text.includes('"heads"')) || fileName.endsWith('-symbol.json');
};

/** 0.8.0, as MXNet reads a file that names no version. */
const oldest = 800;

export const readSymbol = (bytes: Uint8Array): Outcome<MxnetSymbol> => attempt(() => {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return refuseSymbol('the symbol is no JSON text, or is cut off; fetch or export it again', String(error));
  }
  const symbol = objectOf(json) ?? refuseSymbol('the symbol is no JSON object; the -symbol.json file of an MXNet model was expected');
  const nodes = listOf(symbol['nodes'])?.map(nodeOf) ?? refuseSymbol('the symbol has no list of nodes; the -symbol.json file of an MXNet model was expected');
  const heads = listOf(symbol['heads'])?.map(
    (head) =>
      entryOf(head, nodes.length) ??
      refuseSymbol(`the symbol has an output ${shown(head)}; [node, output] with a node below ${nodes.length} was expected`),
  );
  if (!heads || heads.length === 0) return refuseSymbol('the symbol has no outputs (heads); export it again');
  return upgraded({ version: versionOf(objectOf(symbol['attrs'])?.['mxnet_version']), nodes, heads });
});

const versionOf = (given: unknown): number => {
  if (given === undefined) return oldest;
  const version = listOf(given)?.[1];
  return typeof version === 'number' && Number.isSafeInteger(version) && version > 0
    ? version
    : refuseSymbol(`the symbol has the version ${shown(given)}; ["int", 10900] for 1.9.0 was expected`);
};

const nodeOf = (given: unknown, place: number): MxnetNode => {
  const node = objectOf(given) ?? refuseSymbol(`node ${place} of the symbol is ${shown(given)}; an object was expected`);
  const { op, name } = node;
  if (typeof op !== 'string' || typeof name !== 'string')
    return refuseSymbol(`node ${place} of the symbol has the operator ${shown(op)} and the name ${shown(name)}; texts were expected`);
  const inputs = (listOf(node['inputs']) ?? refuseSymbol(`node ${place} of the symbol ("${name}") has no list of inputs`)).map((input) =>
    // nodes stand behind what they read, so none can read itself, however far around
    entryOf(input, place) ?? refuseSymbol(`node ${place} of the symbol ("${name}") reads ${shown(input)}; [node, output] with a node before ${place} was expected`));
  // up to 0.8, `param` belongs to the operator and `attr` to the user, who may use the same words
  const attributes = new Map(['attr', 'attrs', 'param'].flatMap((key) => (node[key] === undefined ? [] : textsOf(node[key], `"${name}"`))));
  return { name: name === '' ? `${op}_${place}` : name, operator: op, attributes, inputs };
};

const textsOf = (given: unknown, node: string): readonly (readonly [string, string])[] =>
  Object.entries(objectOf(given) ?? refuseSymbol(`node ${node} of the symbol has attributes that are no object`)).map(([key, value]) => [
    key,
    typeof value === 'string'
      ? value
      : refuseSymbol(`node ${node} of the symbol has the attribute ${key} = ${shown(value)}; MXNet writes attributes as texts`),
  ]);

const entryOf = (given: unknown, before: number): MxnetEntry | undefined => {
  const [node, output] = listOf(given) ?? [];
  const isPlace = (value: unknown, end: number): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < end;
  return isPlace(node, before) && isPlace(output, mostOutputs) ? { node, output } : undefined;
};
/** Of one node; a SliceChannel of a real network stays far below. */
const mostOutputs = 2 ** 16;

const objectOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);
