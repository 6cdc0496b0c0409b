/** docs/targets.md as text: what every hardware plugin needs, what its figures are worth, and which operators it tunes. Made from the plugins themselves, asked on this machine. */
import type { FigureKind, HardwarePlugin, Requirement, Target } from '@loopsmith/contracts';
import type { Tuned } from './operators-table.js';

export interface TargetColumn {
  readonly plugin: HardwarePlugin;
  readonly requirements: readonly Requirement[];
  readonly figures: readonly FigureKind[];
  readonly tuned: Tuned;
}

/** Asks the plugin; a modelled device is opened in `directory` and closed again. */
export const targetColumn = async (plugin: HardwarePlugin, target: Target, tuned: Tuned, directory: string): Promise<TargetColumn> => {
  // what answers are checked on is no stand-in where it is what times are measured on
  const all = await plugin.requirements(), requirements = all.filter(({ what, purpose }) => purpose !== 'answers' || !all.some((one) => one.purpose === 'measure' && one.what === what));
  const standsIn = requirements.some(({ purpose }) => purpose === 'answers');
  const modelled = standsIn && await modelsTimes(plugin, target, directory);
  return { plugin, requirements, tuned, figures: ['measured', ...(standsIn ? ['emulated'] as const : []), ...(modelled ? ['modelled'] as const : [])] };
};

const modelsTimes = async (plugin: HardwarePlugin, target: Target, directory: string): Promise<boolean> => {
  const device = await plugin.device(target, { threads: 1, directory, seed: 1, modelled: true });
  if (!device.ok) return false;
  const { protocol } = device.value;
  await device.value.close();
  return protocol.endsWith(' modelled');
};

export const targetsText = (columns: readonly TargetColumn[]): string => {
  const of = ({ plugin, requirements }: TargetColumn, purpose: Requirement['purpose']): string =>
    requirements.filter((one) => one.purpose === purpose).map(({ what, isas }) => (isas === undefined || isas.length === plugin.isas.length ? what : `${what} (${isas.join(', ')})`)).join('; ') || '—';
  const operators = [...new Set(columns.flatMap(({ tuned }) => tuned.operators()))].sort();
  const cell = ({ tuned }: TargetColumn, operator: string): string => (tuned.has(operator) ? '**tuned**' : tuned.operators().includes(operator) ? 'generic' : '—');
  return [
    '# Targets', '',
    'Made by `test/conformance/operators-table.spec.ts` from the hardware plugins and the cases of [operators.md](operators.md); checked by `npm test`.',
    '`UPDATE_GOLDEN=1` writes it anew. `loopsmith targets` says what of it is on your machine.', '',
    '## What they need, and what their figures are worth', '',
    '*measured*: the device itself ran it. *emulated*: something stood in for the device; answers count, times do not. *modelled*: computed from the',
    'code by the draft model (`tune --modelled`), answers checked on what stands in. Kinds are never mixed: a compile takes one of them.', '',
    '| plugin | targets | builds with | checks answers elsewhere with | measures on | figures |', '|---|---|---|---|---|---|',
    ...columns.map((column) => `| \`${column.plugin.id}\` | ${column.plugin.isas.join(', ')} | ${of(column, 'build')} | ${of(column, 'answers')} | ${of(column, 'measure')} | ${column.figures.join(', ')} |`), '',
    '## Operators', '',
    '**tuned**: the operator by itself has a space that is searched. *generic*: it takes the one schedule that every definition has, or joins a',
    'neighbour\'s kernel. —: no case made it a task of its own. Every operator compiles for every target.', '',
    `| operator | ${columns.map(({ plugin }) => plugin.id).join(' | ')} |`, `|---|${columns.map(() => '---|').join('')}`,
    ...operators.map((operator) => `| ${operator} | ${columns.map((column) => cell(column, operator)).join(' | ')} |`), '',
  ].join('\n');
};
