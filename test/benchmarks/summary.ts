/** All networks of a run in one table and one picture: how many times as fast as ONNX Runtime, tuned, untuned and the peers that were there. Measures nothing. */
import { median } from '@loopsmith/stages';
import { escaped } from '@loopsmith/comparison';
import { steadyBlocks, type Block, type NetworkResult } from './blocks.js';
import { peerNames, type PeerName } from './peers.js';
import { table, times } from './table.js';

/** Times per second relative to ONNX Runtime in the same turns, of the blocks of one state of the machine. */
interface Speed { readonly milliseconds: number; readonly ratio: number; readonly low: number; readonly high: number }
interface Row { readonly network: string; readonly threads: number; readonly state: string; readonly blocks: number; readonly peerMs: number; readonly tuned: Speed; readonly untuned: Speed; readonly peers: ReadonlyMap<PeerName, Speed> }

const spelled: Readonly<Record<PeerName, string>> = { openvino: 'OpenVINO', ncnn: 'ncnn' };
const colours: Readonly<Record<PeerName, string>> = { openvino: '#2ca02c', ncnn: '#d62728' }, named: Readonly<Record<PeerName, string>> = { openvino: 'green', ncnn: 'red' };

const geometricMean = (values: readonly number[]): number => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Of one network its ratios, of several their means. */
const peerCells = (networks: readonly Row['peers'][]): readonly string[] => peerNames.map((name) => {
  const found = networks.flatMap((peers) => peers.get(name) ?? []);
  return found.length === networks.length ? times(geometricMean(found.map(({ ratio }) => ratio))) : 'not installed';
});

/**
 * Of the state that most blocks began and ended in; none where the state changed during every block. The state is how far the
 * cores are from each other, which one thread does not notice: there every block counts.
 */
const rowOf = (network: string, { threads, blocks }: NetworkResult): Row | null => {
  const steady = steadyBlocks(blocks, threads), states = [...new Set(steady.map(({ before }) => before.state))];
  const of = threads === 1 ? steady : states.map((state) => steady.filter(({ before }) => before.state === state)).sort((a, b) => b.length - a.length)[0];
  if (!of || of.length === 0) return null;
  const engines = Object.keys(of[0]!.milliseconds), peer = engines.find((engine) => engine.startsWith('onnxruntime'))!;
  const all = (engine: string): number => median(of.flatMap(({ milliseconds }) => milliseconds[engine]!));
  const speed = (engine: string): Speed => {
    const ratios = of.map(({ milliseconds }: Block) => median(milliseconds[peer]!) / median(milliseconds[engine]!));
    return { milliseconds: all(engine), ratio: all(peer) / all(engine), low: Math.min(...ratios), high: Math.max(...ratios) };
  };
  return { network, threads, state: threads === 1 ? states.join(' and ') : of[0]!.before.state, blocks: of.length, peerMs: all(peer), tuned: speed('loopsmith'), untuned: speed('loopsmith untuned'),
    peers: new Map(peerNames.flatMap((name) => engines.filter((engine) => engine.startsWith(`${name} `)).map((engine): [PeerName, Speed] => [name, speed(engine)]))) };
};

export interface Summary { readonly text: string; /** Markdown. */ readonly page: string; readonly picture: string }

export const summaryOf = (networks: Readonly<Record<string, readonly NetworkResult[]>>, machine: string): Summary | null => {
  const rows = Object.entries(networks).flatMap(([network, results]) => results.flatMap((result) => rowOf(network, result) ?? []));
  if (rows.length === 0) return null;
  const head = ['network', 'threads', 'tuned ms', 'ONNX Runtime ms', 'tuned is faster', 'blocks from', 'to', 'untuned', ...peerNames.map((name) => spelled[name]), 'state'];
  const cells = rows.map(({ network, threads, state, blocks, peerMs, tuned, untuned, peers }) => [network, String(threads), tuned.milliseconds.toFixed(2), peerMs.toFixed(2), times(tuned.ratio), times(tuned.low), times(tuned.high), times(untuned.ratio), ...peerCells([peers]), `${state}, ${blocks} blocks`]);
  const means = [...new Set(rows.map(({ threads }) => threads))].map((threads) => {
    const of = rows.filter((row) => row.threads === threads);
    return ['geometric mean', String(threads), '', '', times(geometricMean(of.map(({ tuned }) => tuned.ratio))), '', '', times(geometricMean(of.map(({ untuned }) => untuned.ratio))), ...peerCells(of.map(({ peers }) => peers)), `${of.length} networks`];
  });
  const markdown = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return {
    text: table(head, [...cells, ...means]),
    page: [machine, '', markdown(head), markdown(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...[...cells, ...means].map(markdown), ''].join('\n'),
    picture: picture(rows, machine),
  };
};

/** Bars: tuned with the range of its blocks, untuned and peers as marks; a line where ONNX Runtime is. */
const picture = (rows: readonly Row[], machine: string): string => {
  const left = 175, right = 60, top = 44, height = 22, width = 720, most = Math.max(2, ...rows.flatMap(({ tuned, peers }) => [tuned.high, ...[...peers.values()].map(({ ratio }) => ratio)])) * 1.02;
  const x = (ratio: number): string => (left + (ratio / most) * (width - left - right)).toFixed(1), y = (i: number): number => top + i * height;
  const bars = rows.flatMap(({ network, threads, tuned, untuned, peers }, i) => [
    `<text x="${left - 8}" y="${y(i) + 13}" text-anchor="end">${network}, ${threads} thread${threads === 1 ? '' : 's'}</text>`,
    `<rect x="${left}" y="${y(i) + 2}" width="${(Number(x(tuned.ratio)) - left).toFixed(1)}" height="14" fill="${threads === 1 ? '#1f77b4' : '#17becf'}"/>`,
    `<line x1="${x(tuned.low)}" x2="${x(tuned.high)}" y1="${y(i) + 9}" y2="${y(i) + 9}" stroke="#000"/>`,
    ...[[untuned, '#ff7f0e'] as const, ...[...peers].map(([name, speed]) => [speed, colours[name]] as const)]
      .map(([{ ratio }, colour]) => `<line x1="${x(ratio)}" x2="${x(ratio)}" y1="${y(i) + 1}" y2="${y(i) + 17}" stroke="${colour}" stroke-width="2"/>`),
    `<text x="${Number(x(Math.max(tuned.ratio, tuned.high))) + 6}" y="${y(i) + 13}">${tuned.ratio.toFixed(2)}</text>`,
  ]);
  const bottom = y(rows.length), shown = peerNames.filter((name) => rows.some(({ peers }) => peers.has(name)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 28}" width="${width}" height="${bottom + 28}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>${[
    `<text x="${left}" y="16" font-weight="bold">Speed against ONNX Runtime, batch 1</text>`, `<text x="${left}" y="33" fill="#555">${escaped(machine)}</text>`, ...bars,
    `<line x1="${x(1)}" x2="${x(1)}" y1="${top - 4}" y2="${bottom}" stroke="#888" stroke-dasharray="4 3"/>`,
    `<text x="${x(1)}" y="${bottom + 16}" text-anchor="middle" fill="#555">ONNX Runtime = 1; orange: untuned; ${shown.map((name) => `${named[name]}: ${spelled[name]}; `).join('')}black: range of the turns</text>`,
  ].join('')}</svg>\n`;
};
