/** A comparison as text, SVG and HTML. Draws what it is given; computes no statistics. */
import { indistinguishable, type RankSummary } from './ranks.js';
import type { Cell, ComparisonTable } from './compare.js';
import { colourOf, dashOf, escaped, linesOf, page, svg, tableOf, tableRow } from './drawing.js';

const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

const cellText = ({ trials, interval, missed }: Cell): string => `${shown(trials)} [${shown(interval[0])}, ${shown(interval[1])}]${missed > 0 ? ` (${missed} never)` : ''}`;

/** The table for a terminal: a row per pair, a column per space, then the pair's rank and its trials relative to the first pair's. */
export const comparisonText = (table: ComparisonTable, columns: number | null = null): string => {
  const { pairs, spaces, share, cells, ranks, relative } = table;
  const rows = [
    ['', ...spaces, 'rank', 'relative', 'rank corr.', 'top recall'],
    ...pairs.map((pair, p) => [
      pair,
      ...cells.map((row) => cellText(row[p]!)),
      ranks.averageRanks[p]!.toFixed(2),
      relative[p]!.toFixed(2),
      meanOf(cells.map((row) => row[p]!.heldOutRank)),
      meanOf(cells.map((row) => row[p]!.heldOutRecall)),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)));
  const line = (row: readonly string[], of: readonly number[]): string =>
    [row[0]!.padEnd(widths[0]!), ...of.map((column) => row[column]!.padStart(widths[column]!))].join('  ').trimEnd();
  const lines = blocksWithin(columns, widths).map((of) => rows.map((row) => line(row, of)).join('\n')).join('\n\n');
  const difference = ranks.criticalDifference === null ? '' : `Average ranks closer than ${ranks.criticalDifference.toFixed(2)} cannot be told apart (Nemenyi, 5 %).\n`;
  return `Trials to within ${shown(100 * share)} % of the optimum: median over seeds [95 % interval]\n${lines}\n${difference}${decidedLines(
    table,
  )
    .map((line) => `${line}\n`)
    .join('')}`;
};

/** The columns behind the first in as few blocks as fit into `columns`, where the first begins each; one where there is no limit. */
const blocksWithin = (columns: number | null, [first, ...widths]: readonly number[]): readonly (readonly number[])[] => {
  const blocks: number[][] = [];
  let taken = Infinity;
  widths.forEach((width, i) => {
    if (blocks.length === 0 || taken + 2 + width > (columns ?? Infinity)) {
      blocks.push([]);
      taken = first!;
    }
    blocks.at(-1)!.push(i + 1);
    taken += 2 + width;
  });
  return blocks;
};

/** What the spaces that say nothing of a strategy are, and the comparison without them. */
const decidedLines = ({ pairs, spaces, decided, relativeElsewhere }: ComparisonTable): readonly string[] => [
  ...(decided.length === 0 ? [] : [`Decided by the untuned schedule, the first trial of a real run: ${decided.map((space) => spaces[space]).join('; ')}.`]),
  ...(relativeElsewhere === null ? [] : [`Relative on the others alone: ${pairs.map((pair, p) => `${pair} ${relativeElsewhere[p]!.toFixed(2)}`).join(', ')}.`]),
];

const meanOf = (values: readonly (number | null)[]): string => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? '-' : (known.reduce((a, b) => a + b, 0) / known.length).toFixed(2);
};

/** The critical-difference diagram of Demšar: average ranks on a line, bars over what cannot be told apart. */
export const rankDiagram = (pairs: readonly string[], ranks: RankSummary): string => {
  // room for the longest label beside the axis: letters are some seven wide, its rank takes five
  const margin = Math.max(150, 30 + 7 * (5 + Math.max(...pairs.map((pair) => pair.length)))),
    width = 460 + 2 * margin,
    count = pairs.length,
    rowHeight = 18,
    groups = indistinguishable(ranks);
  const x = (rank: number): number => margin + ((rank - 1) / Math.max(1, count - 1)) * (width - 2 * margin);
  const axis = 50, below = axis + 12 + 8 * groups.length, order = [...pairs.keys()].sort((i, j) => ranks.averageRanks[i]! - ranks.averageRanks[j]!);
  const half = Math.ceil(count / 2), height = below + (half + 1) * rowHeight;
  const parts = [`<line x1="${x(1)}" x2="${x(count)}" y1="${axis}" y2="${axis}" stroke="#000"/>`];
  for (let rank = 1; rank <= count; rank++)
    parts.push(
      `<line x1="${x(rank)}" x2="${x(rank)}" y1="${axis - 5}" y2="${axis}" stroke="#000"/><text x="${x(rank)}" y="${axis - 9}" text-anchor="middle">${rank}</text>`,
    );
  if (ranks.criticalDifference !== null) {
    const whole = x(1 + ranks.criticalDifference) <= x(count), end = whole ? x(1 + ranks.criticalDifference) : x(count);
    parts.push(
      `<line x1="${x(1)}" x2="${end}" y1="18" y2="18" stroke="#000" stroke-width="2"/><text x="${x(1)}" y="12">critical difference ${ranks.criticalDifference.toFixed(2)}${whole ? '' : ', more than first and last can be apart'}</text>`,
    );
  }
  groups.forEach((group, i) => {
    const y = axis + 8 + 8 * i;
    parts.push(
      `<line x1="${x(ranks.averageRanks[group[0]!]!) - 3}" x2="${x(ranks.averageRanks[group.at(-1)!]!) + 3}" y1="${y}" y2="${y}" stroke="#000" stroke-width="4"/>`,
    );
  });
  order.forEach((pair, at) => {
    const left = at < half, y = below + (left ? at : count - 1 - at) * rowHeight + rowHeight, to = left ? margin - 20 : width - margin + 20, rank = ranks.averageRanks[pair]!;
    parts.push(
      `<polyline points="${x(rank)},${axis} ${x(rank)},${y} ${to},${y}" fill="none" stroke="${colourOf(pair)}"${dashOf(pair)}/><text x="${left ? to - 4 : to + 4}" y="${y + 4}" text-anchor="${left ? 'end' : 'start'}">${escaped(pairs[pair]!)} ${rank.toFixed(2)}</text>`,
    );
  });
  return svg(width, height, parts);
};

/** Slowdown against trials on one space: medians as lines, quartiles as bands, and which line is whose, for the picture stands alone as a file too. */
export const curvePlot = (space: string, pairs: readonly string[], cells: readonly Cell[]): string => {
  const width = 560, left = 52, right = 12, worst = 2, lineHeight = 15;
  const title = linesOf(space, 70), top = 32 + lineHeight * title.length, floor = top + 258;
  // letters are some six and a half wide, the sample of a line and the gap behind a name take 36
  const columns = Math.max(1, Math.floor((width - left - right) / (36 + 6.5 * Math.max(...pairs.map((pair) => [...pair].length))))), legend = floor + 50;
  const height = legend + lineHeight * Math.ceil(pairs.length / columns);
  const longest = Math.max(...cells.map(({ curve }) => curve.length), 2);
  const x = (trial: number): number => left + (Math.log2(trial) / Math.log2(longest)) * (width - left - right);
  const y = (slowdown: number): number => top + ((worst - Math.min(worst, slowdown)) / (worst - 1)) * (floor - top);
  const fixed = (value: number): string => value.toFixed(1);
  const parts = [
    ...title.map((line, i) => `<text x="${left}" y="${16 + lineHeight * i}" font-weight="bold">${escaped(line)}</text>`),
    `<text x="${left}" y="${top - 12}" fill="#555">time of what is found, in times of the optimum: median, quartiles shaded</text>`,
    `<text x="${(left + width - right) / 2}" y="${floor + 32}" text-anchor="middle">trials</text>`,
  ];
  for (const value of [1, 1.05, 1.25, 1.5, 2])
    parts.push(
      `<line x1="${left}" x2="${width - right}" y1="${fixed(y(value))}" y2="${fixed(y(value))}" stroke="${value === 1.05 ? '#999' : '#e5e5e5'}"${value === 1.05 ? ' stroke-dasharray="4 3"' : ''}/><text x="${left - 6}" y="${fixed(y(value) + 4)}" text-anchor="end">${value}${value === worst ? '+' : ''}</text>`,
    );
  for (let trial = 1; trial <= longest; trial *= 2) parts.push(`<text x="${fixed(x(trial))}" y="${floor + 16}" text-anchor="middle">${trial}</text>`);
  cells.forEach(({ curve }, i) => {
    const line = (column: 0 | 1 | 2): string[] => curve.map((at, trial) => `${fixed(x(trial + 1))},${fixed(y(at[column]))}`);
    const look = `stroke="${colourOf(i)}" stroke-width="1.6"${dashOf(i)}`, nameX = left + (i % columns) * ((width - left - right) / columns), nameY = legend + lineHeight * Math.floor(i / columns);
    parts.push(
      `<polygon points="${[...line(0), ...line(2).reverse()].join(' ')}" fill="${colourOf(i)}" fill-opacity="0.12"/><polyline points="${line(1).join(' ')}" fill="none" ${look}><title>${escaped(pairs[i]!)}</title></polyline>`,
      `<line x1="${fixed(nameX)}" x2="${fixed(nameX + 20)}" y1="${nameY - 4}" y2="${nameY - 4}" ${look}/><text x="${fixed(nameX + 25)}" y="${nameY}">${escaped(pairs[i]!)}</text>`,
    );
  });
  return svg(width, height, parts);
};

/** One page with the table, the diagram and the curves; no scripts, nothing loaded from elsewhere. */
export const comparisonHtml = (table: ComparisonTable, about: readonly string[]): string => {
  const { pairs, spaces, share, cells, ranks, relative } = table;
  return page(
    'Search strategies compared',
    `${about.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
<h2>Trials to within ${shown(100 * share)} % of the optimum</h2>
<p>Median over seeds, 95 % bootstrap interval, runs that never came there. Time: median virtual seconds, builds and measurements counted.</p>
${tableOf([tableRow('th', ['', ...spaces.map(escaped), 'average rank', 'relative']), ...pairs.map((pair, p) => tableRow('td', [escaped(pair), ...cells.map((of) => `${cellText(of[p]!).replace(' (', '<br>(')}<br>${of[p]!.milliseconds === null ? 'never' : `${(of[p]!.milliseconds / 1000).toFixed(1)} s`}`), ranks.averageRanks[p]!.toFixed(2), relative[p]!.toFixed(2)]))])}
${decidedLines(table)
  .map((line) => `<p>${escaped(line)}</p>`)
  .join('\n')}
<h2>Average ranks</h2>
<figure>${rankDiagram(pairs, ranks)}</figure>
<h2>Cost models on results they had not seen</h2>
${tableOf([tableRow('th', ['', ...spaces.map(escaped)]), ...pairs.map((pair, p) => tableRow('td', [escaped(pair), ...cells.map((of) => `rank ${of[p]!.heldOutRank?.toFixed(2) ?? '-'}<br>top tenth ${of[p]!.heldOutRecall?.toFixed(2) ?? '-'}`)]))])}
<h2>Best so far, relative to the optimum</h2>
<p>After each trial, what finals over the best few so far would choose: a line rises where a measurement flattered a slower schedule.</p>
${spaces.map((space, s) => `<figure>${curvePlot(space, pairs, cells[s]!)}</figure>`).join('\n')}
`,
  );
};
