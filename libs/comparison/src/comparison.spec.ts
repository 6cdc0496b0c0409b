/** Recorded spaces and what is said of searches on them: text forms, the rule of a real run, virtual time, statistics, pictures. */
import type { CostModel, Point, SearchStrategy } from '@loopsmith/contracts';
import { madeUpLegalPoints, madeUpSpace, madeUpTruth } from '@loopsmith/kits';
import { recallOfFastest } from '@loopsmith/stages';
import { seededRandom, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { tabulate, type Run } from './compare.js';
import { compareRanks, indistinguishable } from './ranks.js';
import { parseRecordedSpace, printRecordedSpace, recordedSpread, recordedTime, spaceOfRecord, type RecordedSpace } from './recorded-space.js';
import { dashOf, colourOf, linesOf } from './drawing.js';
import { comparisonHtml, comparisonText, curvePlot, rankDiagram } from './report.js';
import { optimumOf, simulate, timeWithin, trialsWithin } from './simulate.js';

const random = seededRandom(1);
const noisy = (milliseconds: number): readonly number[] => Array.from({ length: 5 }, () => milliseconds * 1e6 * (1 + 0.02 * random.next()));
const space: RecordedSpace = {
  head: {
    v: 1, form: 'recorded-space', label: 'made up', task: 'key', space: 'made up 1', choices: madeUpSpace.choices, untuned: { a: 1, b: 1, c: 'x' }, protocol: '1', conditions: 'quiet', time: '2026-01-01T00:00:00.000Z',
    environment: { cpu: 'fake', isa: 'plain', compiler: 'none', os: 'none', threads: 1, loopsmith: '0.1.0' },
  },
  points: madeUpLegalPoints.map((point) => {
    const { milliseconds, features } = madeUpSpace.draft(point), fails = point['a'] === 3;
    return { point, draftMilliseconds: milliseconds, features: [...features], buildMilliseconds: 30, measureMilliseconds: 20, samplesNs: fails ? [] : [noisy(madeUpTruth(point)), noisy(madeUpTruth(point))], failure: fails ? 'wrong-answer' : null };
  }),
};
/** In the order of the draft, best first. */
const byDraft: SearchStrategy = { id: 'by-draft', start: ({ space: of }) => {
  const seen = new Set<string>(), told: string[][] = [];
  return {
    propose: (count, predict) => {
      const points = madeUpLegalPoints.filter((point) => of.schedule(point).ok && !seen.has(JSON.stringify(point))), costs = predict(points);
      const best = [...points.keys()].sort((i, j) => costs[i]! - costs[j]!).slice(0, count).map((i) => points[i]!);
      best.forEach((point) => seen.add(JSON.stringify(point)));
      return best;
    },
    observe: (results) => { told.push(results.map(({ point }) => JSON.stringify(point))); },
  };
} };
const draftOnly: CostModel = { id: 'draft', fit: (examples) => examples.length, predict: (_, drafts) => Float64Array.from(drafts, ({ milliseconds }) => milliseconds) };
const run = (seed: number, batch = 8, trials = 64) => simulate(space, { strategy: byDraft, model: draftOnly, seed, trials, batch });

describe('recorded spaces', () => {
  it('are written and read, to four digits', () => {
    const again = unwrap(parseRecordedSpace(printRecordedSpace(space), 'made-up.jsonl'));
    expect(again.head).to.deep.equal(space.head);
    expect(again.points.map(({ point, failure }) => ({ point, failure }))).to.deep.equal(space.points.map(({ point, failure }) => ({ point, failure })));
    again.points.forEach((point, i) => { const [a, b] = [recordedTime(point), recordedTime(space.points[i]!)]; if (a === null || b === null) expect(a).to.equal(b); else expect(a).to.be.closeTo(b, b * 1e-3); });
    expect(printRecordedSpace(again)).to.equal(printRecordedSpace(space));
  });

  it('say how far two measurements of a point are apart, failures and points measured once left out', () => {
    const measured = (...samplesNs: readonly (readonly number[])[]): RecordedSpace['points'][number] => ({ ...space.points[0]!, samplesNs, failure: samplesNs.length === 0 ? 'crashed' : null });
    const points = [measured([10, 10, 90], [12, 12, 12]), measured([11], [10]), measured([3], [3], [9]), measured([5]), measured()];
    expect(recordedSpread({ ...space, points })).to.be.closeTo(0.1, 1e-12);
    expect(recordedSpread({ ...space, points: points.slice(3) })).to.equal(null);
  });

  it('are refused with the line and the way out', () => {
    const refusal = (text: string): string => { const parsed = parseRecordedSpace(text, 'x.jsonl'); return parsed.ok ? 'read' : parsed.failure.message; };
    const [head, first] = printRecordedSpace(space).split('\n') as [string, string];
    const out = 'record the space again with `loopsmith space record`';
    expect(refusal('{"v":2}\n')).to.equal(`x.jsonl:1: is not the head of a recorded space; ${out}`);
    expect(refusal(`${head}\n[1,2\n`)).to.equal(`x.jsonl:2: is no JSON; ${out}`);
    expect(refusal(`${head}\n[[0,0],1,[],1,1,[]]\n`)).to.equal(`x.jsonl:2: is no point of the space; ${out}`);
    expect(refusal(`${head}\n${first.replace('[[0,', '[[77,')}\n`)).to.equal(`x.jsonl:2: has no value number 77 of a; ${out}`);
    expect(refusal(`${head}\n`)).to.equal(`x.jsonl:1: no point has a time; ${out}`);
  });

  it('offer what was recorded and refuse the rest', () => {
    const offered = spaceOfRecord(space), illegal: Point = { a: 1, b: 4, c: 'x' };
    expect(offered.draft({ a: 9, b: 4, c: 'y' })).to.deep.include({ refused: null, milliseconds: madeUpSpace.draft({ a: 9, b: 4, c: 'y' }).milliseconds });
    expect(offered.draft(illegal)).to.deep.include({ refused: 'not among the recorded points', milliseconds: Infinity });
    expect(offered.schedule(illegal)).to.deep.equal({ ok: false, failure: { code: 'schedule-illegal', stage: 'schedule', message: '1|4|x is not among the recorded points; take one that is' } });
  });
});

describe('a simulated search', () => {
  it('measures the untuned point first, counts trials, and ends with the budget or the space', () => {
    const { steps } = run(1);
    expect(steps.length).to.equal(64);
    expect(steps[0]!.slowdown).to.be.closeTo(madeUpTruth({ a: 1, b: 1, c: 'x' }) / optimumOf(space), 3);
    const whole = run(1, 16, 5000).steps;
    expect(whole.length).to.equal(madeUpLegalPoints.length + 1);
    expect(whole.at(-1)!.slowdown).to.be.lessThan(1.03);
  });

  it('lets builds and measurements overlap, and counts both', () => {
    const { steps } = run(1, 8, 17);
    // untuned: 30 to build, 20 to measure; the first batch builds beside its measurement from 30 on; the second waits for the untuned one's result
    expect(steps[0]!.at).to.equal(50);
    expect(steps[1]!.at).to.equal(30 + 8 * 30 + 20);
    expect(steps[8]!.at).to.equal(30 + 8 * 30 + 8 * 20);
    expect(steps[16]!.at).to.equal(30 + 8 * 30 + 8 * 30 + 8 * 20);
  });

  it('fails points that the space refuses at no cost, and takes no more of them than it asked for', () => {
    const blind: SearchStrategy = { id: 'blind', start: () => ({ propose: () => Array.from({ length: 99 }, (_, i): Point => ({ a: 1, b: 4, c: String(i) })), observe: () => undefined }) };
    const { steps } = simulate(space, { strategy: blind, model: draftOnly, seed: 1, trials: 17, batch: 8 });
    expect(steps.map(({ at }) => at)).to.deep.equal(Array.from({ length: 17 }, () => 50));
    expect(new Set(steps.map(({ slowdown }) => slowdown)).size).to.equal(1);
  });

  it('is the same for the same seed and meets other noise with another', () => {
    expect(run(3)).to.deep.equal(run(3));
    expect(run(3).heldOutRank).to.not.equal(run(4).heldOutRank);
  });

  it('says how well the model ranked what it had not seen', () => {
    expect(run(1).heldOutRank).to.be.within(0.3, 1);
    expect(recallOfFastest(Array.from({ length: 20 }, (_, i) => i), Array.from({ length: 20 }, (_, i) => (i === 1 ? 50 : i)))).to.equal(0.5);
  });

  it('says when a search came near the optimum', () => {
    const trajectory = { steps: [{ at: 5, slowdown: null }, { at: 9, slowdown: 1.2 }, { at: 12, slowdown: 1.04 }], heldOutRank: null, heldOutRecall: null };
    expect([trialsWithin(trajectory, 0.05), timeWithin(trajectory, 0.05), trialsWithin(trajectory, 0.01), timeWithin(trajectory, 0.01)]).to.deep.equal([3, 12, null, null]);
  });
});

describe('ranks', () => {
  it('are averaged over data sets, ties shared, with the critical difference of Demšar\'s example', () => {
    const { averageRanks, criticalDifference } = compareRanks([[1, 2, 3, 4], [1, 1, 3, 4], [2, 1, 3, 3]]);
    expect(averageRanks).to.deep.equal([(1 + 1.5 + 2) / 3, (2 + 1.5 + 1) / 3, (3 + 3 + 3.5) / 3, (4 + 4 + 3.5) / 3]);
    expect(criticalDifference).to.be.closeTo(2.569 * Math.sqrt(20 / 18), 1e-12);
    // four methods on 14 data sets: 1.25 in the paper
    expect(compareRanks(Array.from({ length: 14 }, () => [1, 2, 3, 4])).criticalDifference).to.be.closeTo(1.25, 0.01);
  });

  it('group what the difference does not tell apart', () => {
    expect(indistinguishable({ averageRanks: [3, 1, 1.5, 4], criticalDifference: 1 })).to.deep.equal([[1, 2]]);
    expect(indistinguishable({ averageRanks: [1, 1.6, 2.2], criticalDifference: 1 })).to.deep.equal([[0, 1], [1, 2]]);
    expect(indistinguishable({ averageRanks: [1, 3], criticalDifference: 1 })).to.deep.equal([]);
  });
});

describe('a comparison', () => {
  const runs: readonly Run[] = [1, 2, 3].flatMap((seed) => [{ pair: 0, space: 0, seed, trajectory: run(seed) }, { pair: 1, space: 0, seed, trajectory: run(seed, 32) }]);
  const table = tabulate(runs, { pairs: ['draft', '<b>draft@32'], spaces: ['made up'], share: 0.05, trials: 64 });

  it('counts a run that never came near as all its trials and one', () => {
    const cell = tabulate(runs, { pairs: ['draft', 'wide'], spaces: ['made up'], share: -1, trials: 64 }).cells[0]![0]!;
    expect(cell).to.deep.include({ trials: 65, interval: [65, 65], missed: 3, milliseconds: null });
  });

  it('tells apart the spaces that the first trial decides, by runs that begin with the untuned schedule', () => {
    const reaching = (trials: number): Run['trajectory'] => ({ steps: Array.from({ length: trials }, (_, i) => ({ at: i + 1, slowdown: i + 1 === trials ? 1 : 2 })), heldOutRank: null, heldOutRecall: null });
    const of = (counts: readonly (readonly [number, number, number])[]): ReturnType<typeof tabulate> => tabulate(counts.flatMap((row, space) => row.map((count, pair): Run => ({ pair, space, seed: 1, trajectory: reaching(count) }))),
      { pairs: ['mine', 'other', 'other:alone'], spaces: ['easy', 'open'].slice(0, counts.length), share: 0.05, trials: 64 });
    const both = of([[1, 1, 9], [2, 8, 16]]);
    expect(both).to.deep.include({ decided: [0] });
    expect(both.relative.map((value) => value.toFixed(2))).to.deep.equal(['1.00', '2.00', '8.49']);
    const lines = 'Decided by the untuned schedule, the first trial of a real run: easy.\nRelative on the others alone: mine 1.00, other 4.00, other:alone 8.00.\n';
    expect(comparisonText(both).endsWith(lines)).to.equal(true);
    expect(comparisonHtml(both, [])).to.include('<p>Relative on the others alone: mine 1.00, other 4.00, other:alone 8.00.</p>');
    expect(of([[1, 1, 9]])).to.deep.include({ decided: [0], relativeElsewhere: null });
    expect(of([[1, 2, 9]])).to.deep.include({ decided: [], relativeElsewhere: null });
  });

  it('breaks its table into blocks on a terminal that is too narrow', () => {
    const lines = comparisonText(table, 40).split('\n').slice(1, -1), rows = table.pairs.length + 1, firsts = (from: number): readonly string[] => lines.slice(from, from + rows).map((line) => line.split(' ')[0]!);
    expect(firsts(0)).to.deep.equal(['', ...table.pairs.map((pair) => pair.split(' ')[0])]);
    expect([lines[rows], firsts(rows + 1)]).to.deep.equal(['', firsts(0)]);
    for (const line of lines.slice(0, 2 * rows + 1)) expect(line.length, line).to.be.at.most(40);
    // the same columns, but for the pairs that begin each block
    const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '' && !table.pairs.includes(word)).sort();
    expect(words(comparisonText(table, 40))).to.deep.equal(words(comparisonText(table)));
  });

  it('is a table, a diagram and a page without anything from elsewhere', () => {
    expect(comparisonText(table)).to.match(/^Trials to within 5 % of the optimum: median over seeds \[95 % interval\]\n\s+made up\s+rank\s+relative\s+rank corr\.\s+top recall\ndraft\s+\d+ \[\d+, \d+\]/);
    expect(rankDiagram(table.pairs, table.ranks)).to.match(/^<svg [^]*critical difference[^]*<\/svg>\n$/).and.to.include('&lt;b>draft@32');
    const page = comparisonHtml(table, ['3 seeds']);
    expect(page).to.include('<p>3 seeds</p>').and.not.to.match(/<script|<link|<img|<b>/);
    expect(page.match(/<svg/g)!.length).to.equal(2);
  });

  it('draws a curve that says by itself what it shows: every pair by a look of its own, the unit, and a long title in lines', () => {
    const pairs = Array.from({ length: 24 }, (_, i) => `strategy-${i}+model`), title = 'conv2d 3x3 512→512 g512 @14 +relu after relu 1x512x14x14 +reshape +transpose +multiply';
    const picture = curvePlot(title, pairs, pairs.map(() => table.cells[0]![0]!));
    const looks = [...picture.matchAll(/<line [^>]* (stroke="#\w+" stroke-width="1.6"[^>]*)\/><text [^>]*>([^<]*)</g)];
    expect(looks.map(([, , name]) => name)).to.deep.equal(pairs);
    expect(new Set(looks.map(([, look]) => look)).size).to.equal(24);
    const bold = [...picture.matchAll(/font-weight="bold">([^<]*)</g)].map(([, line]) => line!);
    expect([bold.length, bold.join(' ')]).to.deep.equal([2, title]);
    expect(picture).to.include('>trials</text>').and.to.include('in times of the optimum');
    const [, height] = /viewBox="0 0 \d+ (\d+)"/.exec(picture)!.map(Number), lowest = Math.max(...[...picture.matchAll(/<text [^>]*y="([\d.]+)"/g)].map(([, y]) => Number(y)));
    expect(lowest).to.be.lessThan(height!);
  });

  it('keeps a critical difference within the picture that is more than ranks can be apart', () => {
    const text = rankDiagram(['a', 'b'], compareRanks([[1, 2]]));
    expect(text).to.include('critical difference 1.96, more than first and last can be apart').and.to.include('<line x1="150" x2="610" y1="18" y2="18"');
    expect(rankDiagram(['a', 'b'], compareRanks(Array.from({ length: 30 }, () => [1, 2])))).to.match(/critical difference 0\.\d\d</);
  });

  it('breaks text at spaces, and lets no two of thirty lines look alike', () => {
    expect([linesOf('one two three', 7), linesOf('incomprehensible or not', 6), linesOf('', 5)]).to.deep.equal([['one two', 'three'], ['incomprehensible', 'or not'], ['']]);
    expect(new Set(Array.from({ length: 30 }, (_, i) => `${colourOf(i)}${dashOf(i)}`)).size).to.equal(30);
  });
});
