/** docs/operators.md as text: per format and operator what tried it, what it becomes, and whether that is tuned. Made from the front ends and the cases, so that it cannot say more than was seen. */
import type { HardwarePlugin, Target } from '@loopsmith/contracts';
import { printGraph, type Graph, type GraphNode, type Network } from '@loopsmith/ir';
import { toNetwork, type NetworkOptions } from '@loopsmith/lowering';
import { extractTasks, networkOptions } from '@loopsmith/stages';
import type { Outcome } from '@loopsmith/util';

/** A node of a model file: its operator, and the version it was written for (null where a format has none). */
export interface Tried { readonly name: string; readonly operator: string; readonly version: number | null; /** What names inside of it begin with, where that is not its own name. */ readonly inside?: string | undefined }
/** What is known of one operator of a format. */
interface Known { readonly versions: Set<number>; readonly becomes: Set<string>; cases: number }

/** `operators`: translators by name; names that share one are one operator. */
export interface Format {
  readonly title: string;
  readonly intro: string;
  readonly operators: ReadonlyMap<string, unknown>;
  /** The version that first has each operator; every one from there on is imported. Empty where a format has no versions. */
  readonly since: ReadonlyMap<string, number>;
  readonly known: Map<string, Known>;
}
export const format = (title: string, intro: string, operators: Format['operators'], since: Format['since'] = new Map()): Format => ({ title, intro, operators, since, known: new Map() });

/** Notes a model that imported: which of Loopsmith's nodes each of its nodes became. */
export const note = ({ known }: Format, nodes: readonly Tried[], graph: Graph, targets: TunedTargets): void => {
  const made = new Map<string, string[]>();
  for (const node of graph.nodes) {
    targets.note(graph, node);
    // a turn of a loop stands before the name
    const own = node.name.replace(/^.*\/(?:turn|test)\d+\//, '');
    for (const source of nodes) if (own === source.name || [source.name, source.inside ?? source.name].some((prefix) => own.startsWith(`${prefix}/`))) made.set(source.name, [...made.get(source.name) ?? [], node.operator]);
  }
  for (const { name, operator, version } of nodes) {
    const entry = known.get(operator) ?? { versions: new Set(), becomes: new Set(), cases: 0 };
    entry.cases++;
    if (version !== null) entry.versions.add(version);
    for (const one of made.get(name) ?? []) entry.becomes.add(one);
    known.set(operator, entry);
  }
};

/** Which of Loopsmith's operators have a space of their own to search on a target: by asking its plugin for a task of each node alone. */
export interface Tuned {
  has(operator: string): boolean;
  /** Operators that were a task of their own. */
  readonly operators: () => readonly string[];
  /** Why a task had no untuned schedule that lowers; there should be none. */
  readonly refused: () => readonly string[];
}
export interface TunedTargets {
  note(graph: Graph, node: GraphNode): void;
  /** In the order of the targets. */
  readonly tuned: readonly Tuned[];
}

/** A node as a network of its own; targets that lay tensors out alike share it. */
type Alone = (options: NetworkOptions) => Outcome<Network>;

/** A node is tried once per text: cases repeat it, and so do models that differ elsewhere. */
export const tunedOn = (targets: readonly (readonly [HardwarePlugin, Target])[]): TunedTargets => {
  const tried = new Set<string>(), tuned = targets.map(([plugin, target]) => tunedOnOne(plugin, target));
  return {
    tuned,
    note: (graph, node) => {
      const one = nodeAlone(graph, node), text = printGraph(one), made = new Map<string, Outcome<Network>>();
      if (tried.has(text)) return;
      tried.add(text);
      const alone: Alone = (options) => {
        const key = JSON.stringify(options), network = made.get(key) ?? toNetwork(one, options);
        made.set(key, network);
        return network;
      };
      for (const each of tuned) each.note(node.operator, alone);
    },
  };
};

/** The graph of one node, named by positions, so that it has the same text wherever its model has it. */
const nodeAlone = (graph: Graph, node: GraphNode): Graph => {
  const names = new Map([...new Set([...node.inputs, ...node.outputs])].map((name, i) => [name, name === '' ? '' : `t${i}`] as const)), named = (name: string): string => names.get(name)!;
  const inputs = node.inputs.filter((name) => name !== '' && !graph.tensors.get(name)!.data), outputs = node.outputs.map(named);
  const tensors = [...names].flatMap(([name, called]) => { const tensor = graph.tensors.get(name); return tensor ? [[called, { ...tensor, name: called }] as const] : []; });
  return { name: 'one', inputs: [...new Set(inputs.map(named))], outputs: outputs.slice(0, 1), nodes: [{ ...node, name: 'node', inputs: node.inputs.map(named), outputs }], tensors: new Map(tensors) };
};

const tunedOnOne = (plugin: HardwarePlugin, target: Target): Tuned & { note(operator: string, alone: Alone): void } => {
  const status = new Map<string, boolean>(), refused: string[] = [];
  return {
    note: (operator, alone) => {
      if (status.get(operator) === true) return;
      const network = alone(networkOptions(plugin, target));
      if (!network.ok) return;
      const spaces = extractTasks(network.value, { target, threads: 1 }).map(({ task }) => ({ task, space: plugin.space(task) })), tuned = spaces.some(({ space }) => space.fallback !== true);
      if (status.get(operator) !== tuned) for (const { task, space } of spaces) {
        const schedule = space.schedule(space.untuned()), lowered = schedule.ok ? plugin.lower(task, schedule.value) : schedule;
        if (!lowered.ok) refused.push(`${operator} on ${target.id}: ${lowered.failure.message}`);
      }
      status.set(operator, tuned);
    },
    has: (operator) => status.get(operator) === true,
    operators: () => [...status.keys()], refused: () => refused,
  };
};

/** Names of one operator each, the one that most cases have first; in the order of these. */
const rowsOf = (operators: Format['operators'], known: Format['known']): readonly (readonly string[])[] => {
  const rows = new Map<unknown, string[]>();
  for (const [name, translator] of operators) rows.set(translator, [...rows.get(translator) ?? [], name]);
  const cases = (name: string): number => known.get(name)?.cases ?? 0, byName = (a: string, b: string): number => (a < b ? -1 : 1);
  return [...rows.values()].map((names) => names.sort((a, b) => cases(b) - cases(a) || byName(a, b))).sort(([a], [b]) => byName(a!, b!));
};

const versionsOf = ({ versions }: Known): string => { const all = [...versions].sort((a, b) => a - b); return all.length === 0 ? '' : all[0] === all.at(-1) ? String(all[0]) : `${all[0]} to ${all.at(-1)}`; };

export const operatorsText = (formats: readonly Format[], tuned: Tuned): string => [
  '# Operators', '',
  'Made by `test/conformance/operators-table.spec.ts` from the front ends and the cases they pass; checked by `npm test`. `UPDATE_GOLDEN=1` writes it anew.', '',
  '*Becomes* names Loopsmith\'s own operators, of which those in bold have a space that is searched; the others take the generic schedule,',
  'or join a neighbour\'s kernel. "—": it moves nothing and computes nothing, or it was folded while importing.', '',
  ...formats.flatMap(({ title, intro, operators, since, known }) => [
    `## ${title}`, '', intro, '', '| operator | since | cases | versions tried | becomes |', '|---|---|---|---|---|',
    ...rowsOf(operators, known).map(([operator, ...others]) => {
      const entry = known.get(operator!), shown = (name: string): string => name.replaceAll('_', '\\_');
      return `| ${shown(operator!)}${others.length === 0 ? '' : ` (also ${others.map(shown).join(', ')})`} | ${since.get(operator!) ?? ''} | ${entry?.cases ?? 0} | ${entry ? versionsOf(entry) : ''} | ${!entry ? 'no case here' : [...entry.becomes].sort().map((one) => (tuned.has(one) ? `**${one}**` : one)).join(', ') || '—'} |`;
    }), '',
  ]),
].join('\n');
