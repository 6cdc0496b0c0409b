/** The page of a tuning: that of a run, that of a file, what it shows, what it refuses. On fake hardware. */
import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportPage } from './report-page.js';
import { fakeWorld, smallModel, type FakeWorld } from './testing/fake-world.js';
import type { PlaceReport } from './tuning-report.js';

describe('the page of a tuning', () => {
  let world: FakeWorld;
  const text = (file: string): string => readFileSync(join(world.folder, file), 'utf8');
  const refusal = async (...args: string[]): Promise<string> => { const { code, out, err } = await world.cli(...args); return `${code} ${out}${err}`; };
  const dots = (picture: string, colour: string): number => [...new RegExp(`<path d="([^"]*)" stroke="${colour}"`).exec(picture)![1]!.matchAll(/h0/g)].length;
  before(async () => {
    world = fakeWorld({ failure: (_, point) => (point['outer'] === 2 ? { code: 'wrong-answer', stage: 'measure', message: 'element 3 is 7, expected 8' } : undefined) });
    writeFileSync(join(world.folder, 'small.graph'), smallModel);
    expect((await world.cli('tune', 'small.graph', '--trials', '60')).code).to.equal(0);
  });
  after(() => world.remove());

  it('is left by a run, and `report` writes the same from the records', async () => {
    const tasks = new Set(world.records().map(({ task }) => task)).size;
    expect(await refusal('report', 'small.graph')).to.equal(`0 Wrote report.html: ${tasks} tasks, ${world.records().length} records\n`);
    expect(text('report.html')).to.equal(text('.loopsmith/small.html'));
  });

  it('shows every task with its times as `records best` has them, each candidate as a dot, and what failed', async () => {
    const page = text('.loopsmith/small.html');
    expect(page).to.match(/<h1>Tuning of small<\/h1>\n<h2>fake, plain, 1 thread<\/h2>\n<p>Sum of kernel times: <b>[\d.]+ ms<\/b>, untuned [\d.]+ ms, <b>[\d.]+ times<\/b> as long\.<br>/);
    const best = (await world.cli('records', 'best', '--json')).out.trim().split('\n').map((line) => JSON.parse(line) as { task: string; label: string; record: string; medianNs: number });
    const pictures = page.match(/<svg[\s\S]*?<\/svg>/g)!;
    expect(pictures).to.have.length(1 + best.length);
    for (const { task, label, record, medianNs } of best) {
      const measured = world.records().filter((one) => one.task === task && one.purpose !== 'final'), failed = measured.filter(({ outcome }) => !outcome.ok).length;
      expect(page).to.match(new RegExp(`<tr><td>${label.replaceAll('+', '\\+')}</td><td>1</td><td>${measured.length}</td><td>${failed}</td><td>[\\d.]+ us</td><td>${(medianNs / 1000).toFixed(medianNs < 10_000 ? 2 : 1)} us</td>.*<code>${record}</code></td></tr>`));
      const picture = page.split('<figure>').find((one) => one.includes(`>${label}</figcaption>`))!;
      expect([dots(picture, '#999'), dots(picture, '#d62728')]).to.deep.equal([measured.length - failed, failed]);
    }
    const failures = world.records().filter(({ outcome }) => !outcome.ok).length;
    expect(failures).to.be.greaterThan(0);
    expect(page).to.include(`<td>wrong-answer</td><td>${failures}</td>`).and.to.include('<td>compiler</td><td>none 1</td>');
  });

  it('needs nothing from elsewhere, runs no scripts, and takes no name as markup', () => {
    const page = text('.loopsmith/small.html');
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.to.match(/https?:|<script|<link|src=/);
    const place: PlaceReport = {
      environment: { cpu: '<u>', isa: 'plain', compiler: 'c & d', os: 'none', threads: 1, loopsmith: '0.1.0' }, kind: 'modelled', protocols: ['1'], strategies: [], from: '2026-01-02T03:04:05Z', to: '2026-01-02T03:05:05Z', records: 1, failures: [],
      tasks: [{ key: 'k', label: '<script>', calls: null, trials: [null, null], untunedNs: null, bestNs: null, best: null, reason: 'no & none', gflops: null, shareOfLimit: null }],
    };
    const hostile = reportPage('<i>', [place]);
    expect(hostile).not.to.match(/<script>|<i>|<u>|c & d|no & none/);
    expect(hostile).to.include('&lt;u>, plain, 1 thread (modelled, not measured)').and.to.include('none: no &amp; none');
  });

  it('draws the search of tasks that were searched, and shares too small to see', () => {
    const task = (label: string, ns: number, trials: readonly number[]): PlaceReport['tasks'][number] => ({ key: label, label, calls: 1, trials, untunedNs: ns, bestNs: ns, best: null, reason: null, gflops: 1, shareOfLimit: 0.5 });
    const place: PlaceReport = { environment: { cpu: 'c', isa: 'plain', compiler: 'c', os: 'none', threads: 1, loopsmith: '0.1.0' }, kind: 'measured', protocols: ['1'], strategies: [], from: '2026-01-02T03:04:05Z', to: '2026-01-02T03:05:05Z', records: 3, failures: [], tasks: [task('long', 997, [1100, 997]), task('short', 3, [3])] };
    const page = reportPage('two', [place]);
    expect([...page.matchAll(/>(\w+)<\/figcaption>/g)].map(([, label]) => label)).to.deep.equal(['long']);
    expect(reportPage('one', [{ ...place, tasks: [task('short', 3, [3])] }])).to.include('<p>Nothing was searched: of each task one schedule was tried. Where a task has others, a larger budget goes on from there.</p>');
    expect(page).not.to.include('Nothing was searched');
    // the axis says that its left end is trial 1 and its right end trial 2: there the two dots are
    expect(/<path d="([^"]*)" stroke="#999"/.exec(page)![1]).to.match(/^M58\.0 [\d.]+h0M350\.0 [\d.]+h0$/);
    expect(page).to.include('<text x="58" y="176">1</text><text x="350" y="176" text-anchor="end">2 trials</text>');
    expect(page).to.include('1.00 us, 100 %</text>').and.to.include('0.00 us, 0.3 %</text>');
  });

  it('of a file without a model shows what is there', async () => {
    expect((await world.cli('report', '-o', 'all.html')).code).to.equal(0);
    expect(text('all.html')).to.include('<h1>What was tuned</h1>').and.not.to.include('<th>calls</th>');
  });

  it('refuses what has no records', async () => {
    expect(await refusal('report', '--records', 'none.jsonl')).to.equal('3 loopsmith: there is no record file none.jsonl; make one with `loopsmith tune MODEL.onnx --records none.jsonl`, or name another with --records\n');
    writeFileSync(join(world.folder, 'empty.jsonl'), '');
    expect(await refusal('report', '--records', 'empty.jsonl')).to.equal('3 loopsmith: empty.jsonl has no record of anything; make some with `loopsmith tune MODEL.onnx --records empty.jsonl`, or name another file with --records\n');
    expect(await refusal('report', 'small.graph', '--threads', '2', '-o', 'two.html')).to.equal('3 loopsmith: FOLDER/.loopsmith/records.jsonl has no record of a task of small for x86-avx:host with 2 threads (what it has is for plain with 1 thread: `report` takes the --target, --threads and --shape that `tune` had); make some with `loopsmith tune small.graph --threads 2`, or name another file with --records\n');
    expect(existsSync(join(world.folder, 'two.html'))).to.equal(false);
    expect(await refusal('report', '-o', 'no/such/report.html')).to.equal('3 loopsmith: no/such/report.html cannot be written (ENOENT); name a place that exists and that you may write\n(add --verbose for the full text)\n');
  });
});
