/** All networks of a run in one table and one picture: how many times as fast as ONNX Runtime, tuned, untuned and the peers that were there. Measures nothing. */
import { median } from '@loopsmith/stages';
import { escaped, linesOf, svg } from '@loopsmith/comparison';
import { steadyBlocks, type Block, type NetworkResult } from './blocks.js';
import { peerNames, type PeerName } from './peers.js';
import { table, times } from './table.js';

/** Times per second relative to ONNX Runtime in the same turns, of the blocks of one state of the machine. */
interface Speed { readonly milliseconds: number; readonly ratio: number; readonly low: number; readonly high: number }
interface Row { readonly network: string; readonly threads: number; readonly state: string; readonly blocks: number; readonly peerMs: number; readonly tuned: Speed; readonly untuned: Speed; readonly peers: ReadonlyMap<PeerName, Speed> }

const spelled: Readonly<Record<PeerName, string>> = { openvino: 'OpenVINO', ncnn: 'ncnn' };
const colours: Readonly<Record<PeerName, string>> = { openvino: '#2ca02c', ncnn: '#d62728' }, untunedColour = '#ff7f0e', barColour = (threads: number): string => (threads === 1 ? '#1f77b4' : '#17becf');

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

/** Bars: tuned with the range of its blocks, untuned and peers as marks; an axis in times of ONNX Runtime's speed, a dashed line where it is itself, and what each colour is. */
const picture = (rows: readonly Row[], machine: string): string => {
  const left = 175, right = 60, height = 22, width = 720, most = Math.max(2, ...rows.flatMap(({ tuned, untuned, peers }) => [tuned.high, untuned.ratio, ...[...peers.values()].map(({ ratio }) => ratio)])) * 1.02;
  const about = linesOf(machine, 100), top = 32 + 16 * about.length;
  const x = (ratio: number): string => (left + (ratio / most) * (width - left - right)).toFixed(1), y = (i: number): number => top + i * height, bottom = y(rows.length);
  const bars = rows.flatMap(({ network, threads, tuned, untuned, peers }, i) => [
    `<text x="${left - 8}" y="${y(i) + 13}" text-anchor="end">${network}, ${threads} thread${threads === 1 ? '' : 's'}</text>`,
    `<rect x="${left}" y="${y(i) + 2}" width="${(Number(x(tuned.ratio)) - left).toFixed(1)}" height="14" fill="${barColour(threads)}"/>`,
    `<line x1="${x(tuned.low)}" x2="${x(tuned.high)}" y1="${y(i) + 9}" y2="${y(i) + 9}" stroke="#000"/>`,
    ...[[untuned, untunedColour] as const, ...[...peers].map(([name, speed]) => [speed, colours[name]] as const)]
      .map(([{ ratio }, colour]) => `<line x1="${x(ratio)}" x2="${x(ratio)}" y1="${y(i) + 1}" y2="${y(i) + 17}" stroke="${colour}" stroke-width="2"/>`),
    `<text x="${Number(x(Math.max(tuned.ratio, tuned.high, untuned.ratio))) + 6}" y="${y(i) + 13}">${tuned.ratio.toFixed(2)}</text>`,
  ]);
  const step = most > 6 ? 1 : 0.5, marks = Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
  const axis = marks.map((ratio) => `<line x1="${x(ratio)}" x2="${x(ratio)}" y1="${top - 4}" y2="${bottom}" stroke="#e5e5e5"/><text x="${x(ratio)}" y="${bottom + 15}" text-anchor="middle" fill="#555">${ratio}</text>`);
  const threads = [...new Set(rows.map((row) => row.threads))].sort((a, b) => a - b), shown = peerNames.filter((name) => rows.some(({ peers }) => peers.has(name)));
  const keys: readonly (readonly [text: string, sign: string])[] = [
    ...threads.map((n) => [threads.length === 1 ? 'tuned' : `tuned, ${n} thread${n === 1 ? '' : 's'}`, `<rect width="12" height="10" fill="${barColour(n)}"/>`] as const),
    ['range of the turns', '<line x2="12" y1="5" y2="5" stroke="#000"/>'],
    ...[['untuned', untunedColour] as const, ...shown.map((name) => [spelled[name], colours[name]] as const)]
      .map(([text, colour]) => [text, `<line x1="6" x2="6" y1="-2" y2="12" stroke="${colour}" stroke-width="2"/>`] as const),
    ['ONNX Runtime', '<line x1="6" x2="6" y1="-2" y2="12" stroke="#555" stroke-dasharray="4 3"/>'],
  ];
  const legend = keys.map(([text, sign], i) => {
    const before = keys.slice(0, i).reduce((sum, [one]) => sum + 34 + 6.8 * one.length, 12);
    return `<g transform="translate(${before.toFixed(1)} ${bottom + 36})">${sign}<text x="17" y="9" fill="#555">${text}</text></g>`;
  });
  return svg(width, bottom + 56, [
    '<g font-size="12">', `<text x="12" y="16" font-weight="bold">Times as fast as ONNX Runtime, batch 1</text>`, ...about.map((line, i) => `<text x="12" y="${32 + 16 * i}" fill="#555">${escaped(line)}</text>`),
    ...axis, ...bars, `<line x1="${x(1)}" x2="${x(1)}" y1="${top - 4}" y2="${bottom}" stroke="#555" stroke-dasharray="4 3"/>`, ...legend, '</g>',
  ]);
};
