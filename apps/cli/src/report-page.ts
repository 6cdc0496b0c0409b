/** A tuning as one HTML page to look at: where the time goes, every task in a table and as a curve, failures, the machine. Draws what it is given. */
import { colourOf, escaped, page, svg, tableOf, tableRow } from '@loopsmith/comparison';
import { failureCodes } from './failure-codes.js';
import { count } from './progress.js';
import { percent } from './quantities.js';
import { placeText, timeText } from './recorded.js';
import { milliseconds } from './report.js';
import { weight, type PlaceReport, type TaskReport } from './tuning-report.js';

/** `name`: of the network, or null where the page shows whatever a file holds. No scripts, nothing loaded from elsewhere. */
export const reportPage = (name: string | null, places: readonly PlaceReport[]): string =>
  page(name === null ? 'What was tuned' : `Tuning of ${name}`, places.map((place) => placeHtml(place, name !== null)).join('\n'));

const placeHtml = (place: PlaceReport, ofNetwork: boolean): string => {
  const { environment, kind, tasks, failures, records, from, to } = place;
  const sums = ofNetwork ? sumsText(tasks) : null;
  return `<h2>${escaped(placeText(environment))}${kind === 'measured' ? '' : ` (${kind}, not measured)`}</h2>
<p>${sums === null ? '' : `${sums}<br>`}${count(records, 'record')}, ${count(
    failures.reduce((sum, [, times]) => sum + times, 0),
    'failure',
  )} among them, from ${moment(from)} to ${moment(to)} UTC.</p>
<h3>${ofNetwork ? 'Where the time of the network goes' : 'Time of one call'}</h3>
<div class="wide">${timeBars(tasks)}</div>
<p>Filled: the schedule that <code>compile</code> takes. Outlined: the untuned one, measured by turns with it in the finals, where there were any.${ofNetwork ? ' Each times the calls of it.' : ''}
Of schedules that finals cannot tell apart the one that was measured first is taken: so the untuned one may look faster by their noise.</p>
${tableOf([tableRow('th', ['task', ...(ofNetwork ? ['calls'] : []), 'trials', 'failed', 'untuned', 'best', 'times as fast', 'GFLOP/s', 'of the limit', 'record']), ...tasks.map((task) => taskRow(task, ofNetwork))])}
<p>The limit is the least time that the target's own figures allow for the arithmetic and the bytes of a task; above 100 % where an algorithm (Winograd) saves arithmetic,
the data was still in a nearer cache, or the figures are too low. <code>npx loopsmith explain RECORD</code> shows a record in full, with its code.</p>
<h3>How the search went</h3>
${tasks.some(searched) ? `<p>One picture per task of which more than one schedule was tried, the most time first: every candidate a dot, the best so far a line, the untuned schedule dashed;
on the upper edge what takes one and a half times as long as that or longer, and failures in red. A dot is one measurement of the search; the dashed line and the table are of the finals, where there were any.</p>
${tasks.filter(searched).map((task) => `<figure>${searchCaption(task)}${searchPlot(task)}</figure>`).join('\n')}` : '<p>Nothing was searched: of each task one schedule was tried. Where a task has others, a larger budget goes on from there.</p>'}
${
  failures.length === 0
    ? ''
    : `<h3>Failures</h3>
${tableOf([tableRow('th', ['what', 'how often', 'which means']), ...failures.map(([code, times]) => tableRow('td', [escaped(code), String(times), escaped(failureCodes[code]?.means ?? '')]))], 'facts')}
`
}<h3>Measured with</h3>
${tableOf([
    ['processor', environment.cpu],
    ['instruction set', environment.isa],
    ['threads', String(environment.threads)],
    ['compiler', environment.compiler],
    ['system', environment.os],
    ['Loopsmith', environment.loopsmith],
    ['protocol', place.protocols.join('; ')],
    ['search', place.strategies.join('; ')],
  ]
    .map(([what, value]) => tableRow('td', [what!, escaped(value!)])), 'facts')}`;
};

const searched = ({ trials }: TaskReport): boolean => trials.length > 1;

const sumsText = (tasks: readonly TaskReport[]): string => {
  const missing = tasks.filter(({ bestNs }) => bestNs === null).length, tuned = tasks.reduce((sum, task) => sum + weight(task), 0) / 1e6;
  const untuned = tasks.every(({ untunedNs }) => untunedNs !== null) ? tasks.reduce((sum, { untunedNs, calls }) => sum + untunedNs! * (calls ?? 1), 0) / 1e6 : null;
  return `Sum of kernel times: <b>${milliseconds(tuned)}</b>${untuned === null ? '' : `, untuned ${milliseconds(untuned)}, <b>${(untuned / tuned).toFixed(2)} times</b> as long`}${missing > 0 ? ` (${count(missing, 'task')} without a right answer)` : ''}.`;
};

const taskRow = ({ label, calls, trials, untunedNs, bestNs, gflops, shareOfLimit, best, reason }: TaskReport, ofNetwork: boolean): string =>
  tableRow('td', [
    escaped(label), ...(ofNetwork ? [String(calls ?? '')] : []), String(trials.length), String(trials.filter((ns) => ns === null).length),
    untunedNs === null ? '-' : timeText(untunedNs), bestNs === null ? `none: ${escaped(reason ?? '')}` : timeText(bestNs),
    untunedNs === null || bestNs === null ? '-' : (untunedNs / bestNs).toFixed(2), gflops === null || gflops === 0 ? '-' : gflops.toFixed(1),
    shareOfLimit === null ? '-' : percent(shareOfLimit), best === null ? '' : `<code>${best.id}</code>`,
  ]);

/** `2026-11-26 01:40`. */
const moment = (iso: string): string => escaped(iso.slice(0, 16).replace('T', ' '));
const fixed = (value: number): string => value.toFixed(1);

/** A bar per task, over an outline of its untuned time. */
const timeBars = (tasks: readonly TaskReport[]): string => {
  const rowHeight = 20, left = 24 + 6.2 * Math.max(0, ...tasks.map(({ label }) => [...label].length)), middle = 420, right = 170;
  const total = tasks.reduce((sum, task) => sum + weight(task), 0), longest = Math.max(1, ...tasks.map((task) => Math.max(weight(task), untunedWeight(task))));
  const bars = tasks.flatMap((task, i) => {
    const y = i * rowHeight + 4, width = (nanoseconds: number): string => fixed((nanoseconds / longest) * middle);
    return [
      `<text x="${fixed(left - 8)}" y="${y + 12}" text-anchor="end">${escaped(task.label)}</text>`,
      task.bestNs === null ? '' : `<rect x="${fixed(left)}" y="${y}" width="${width(weight(task))}" height="14" fill="${colourOf(0)}"/>`,
      `<rect x="${fixed(left)}" y="${y}" width="${width(untunedWeight(task))}" height="14" fill="none" stroke="#555"/>`,
      `<text x="${fixed(left + (Math.max(weight(task), untunedWeight(task)) / longest) * middle + 6)}" y="${y + 12}">${timeText(weight(task))}${task.calls !== null && total > 0 ? `, ${percent(weight(task) / total)}` : ''}</text>`,
    ];
  });
  return svg(Math.ceil(left + middle + right), tasks.length * rowHeight + 8, bars);
};

const untunedWeight = ({ untunedNs, calls }: TaskReport): number => (untunedNs ?? 0) * (calls ?? 1);

const plotWidth = 360, plotLeft = 58;
/** The label of a task over its picture: HTML, which breaks a long one into lines. */
const searchCaption = ({ label }: TaskReport): string => `<figcaption style="max-width:${plotWidth - plotLeft}px;padding-left:${plotLeft}px">${escaped(label)}</figcaption>`;

/** Time against trials, both from nothing; what is slower than one and a half times the untuned schedule lies on the upper edge. */
const searchPlot = ({ trials, untunedNs, bestNs }: TaskReport): string => {
  const width = plotWidth, height = 186, left = plotLeft, right = 10, top = 12, bottom = 30, right0 = width - right, floor = height - bottom;
  const times = trials.filter((ns) => ns !== null), highest = 1.5 * (untunedNs ?? Math.max(1, ...times)) || 1;
  const x = (trial: number): number => left + (trial / Math.max(1, trials.length - 1)) * (right0 - left);
  const y = (ns: number): number => floor - (Math.min(ns, highest) / highest) * (floor - top);
  let best = Infinity;
  const line = trials.flatMap((ns, i) => {
    if (ns === null || ns >= best) return [];
    const before = best === Infinity ? '' : `H${fixed(x(i))}`;
    best = ns;
    return [`${before === '' ? `M${fixed(x(i))} ` : `${before}V`}${fixed(y(ns))}`];
  });
  // a dot is a line of no length with a round end
  const dots = (those: readonly (number | null)[], when: (ns: number | null) => boolean): string =>
    those.flatMap((ns, i) => (when(ns) ? [`M${fixed(x(i))} ${fixed(y(ns ?? highest))}h0`] : [])).join('');
  return svg(width, height, [
    ...[0, highest / 3, (2 * highest) / 3, highest].map(
      (ns) =>
        `<line x1="${left}" x2="${right0}" y1="${fixed(y(ns))}" y2="${fixed(y(ns))}" stroke="#e5e5e5"/><text x="${left - 6}" y="${fixed(y(ns) + 4)}" text-anchor="end">${ns === 0 ? '0' : timeText(ns)}</text>`,
    ),
    untunedNs === null
      ? ''
      : `<line x1="${left}" x2="${right0}" y1="${fixed(y(untunedNs))}" y2="${fixed(y(untunedNs))}" stroke="#555" stroke-dasharray="4 3"/>`,
    `<path d="${dots(trials, (ns) => ns !== null)}" stroke="#999" stroke-width="3" stroke-linecap="round"/>`,
    `<path d="${dots(trials, (ns) => ns === null)}" stroke="${colourOf(1)}" stroke-width="4" stroke-linecap="round"/>`,
    line.length === 0
      ? ''
      : `<path d="${line.join('')}H${right0}" fill="none" stroke="${colourOf(0)}" stroke-width="1.8"><title>best so far: ${timeText(best)}${bestNs === null ? '' : `; in the end ${timeText(bestNs)}`}</title></path>`,
    `<text x="${left}" y="${height - 10}">1</text><text x="${right0}" y="${height - 10}" text-anchor="end">${count(trials.length, 'trial')}</text>`,
  ]);
};
