/** Tuning events as lines: AutoTVM's manner, live and plain. */
import type { TuningEvent } from '@loopsmith/contracts';
import { expect } from 'chai';
import { progressPrinter } from './progress.js';

const base = { task: 'k', position: 3, of: 11, label: 'conv2d 3x3 64→128 s2 @56' } as const;
const trial = (trials: number, current: number | null, best: number | null, seconds: number): TuningEvent =>
  ({ ...base, event: 'trial', purpose: 'search', trials, planned: 128, currentGflops: current, bestGflops: best, seconds, failure: current === null ? { code: 'wrong-answer', stage: 'measure', message: 'NaN' } : null });
const started: TuningEvent = { event: 'run-started', tasks: [{ key: 'k', label: base.label, calls: 1, flops: 1 }], threads: 2, budget: '2 min' };
const finished: TuningEvent = { ...base, event: 'task-finished', trials: 128, failures: 3, bestGflops: 402, untunedGflops: 231.42, seconds: 12.44, reason: 'budget spent' };

const printed = (columns: number | null, events: readonly (readonly [second: number, event: TuningEvent])[]): string => {
  let text = '', now = 0;
  const print = progressPrinter({ write: (part) => { text += part; }, columns }, { seconds: () => now, verbose: false });
  for (const [second, event] of events) { now = second; print(event); }
  return text;
};

describe('progress', () => {
  it('says what the finals came to, and how well the model ranked', () => {
    const finals = { compared: 5, tied: 2, untunedWon: false, winnerNs: 1000, untunedNs: 1737, speedup: 1.737, speedupInterval: [1.7, 1.761], flipRate: 0.1, regret: 0.001 } as const;
    const legend = 'Schedules compared by turns: [95 % interval]; tie: they cannot be told apart; model ranks: 1 if the cost model foretold the order, 0 if it guessed';
    const line = (event: TuningEvent): string => printed(null, [[0, started], [1, event]]).split('\n')[2]!.split(' s | ')[1]!;
    // its words are explained once, and where there are any
    expect(printed(null, [[0, started], [1, { ...finished, finals }], [2, { ...finished, finals }]]).split('\n').map((text) => text === legend)).to.deep.equal([false, true, false, false, false]);
    expect(printed(null, [[0, started], [1, finished]])).not.to.include('tie:');
    expect(line({ ...finished, finals, model: { results: 40, rankCorrelation: 0.812, topRecall: 0.5 } })).to.equal('1.74 [1.70, 1.76] times untuned, tie of 2 | model ranks 0.81');
    expect(line({ ...finished, finals: { ...finals, untunedWon: true, tied: 1 } })).to.equal('nothing faster than untuned');
  });

  it('prints a line per finished task and one every five seconds where there is no terminal', () => {
    expect(printed(null, [
      [0, started], [1, trial(1, 100, 100, 1)], [4.9, trial(2, 50, 100, 4.9)], [5, trial(64, 231.4, 402, 12.4)], [6, trial(65, 1, 402, 13)], [10, trial(66, null, 4.02, 17)], [11, finished],
      [12, { ...base, event: 'task-failed', failure: { code: 'c', stage: 's', message: 'all 4 candidates failed, the first so: NaN' } }],
      [13, { event: 'run-finished', trials: 128, failures: 3, seconds: 120.04, interrupted: false }],
    ])).to.equal([
      'Tuning 1 task for 2 threads, budget 2 min',
      '[Task  3/11] conv2d 3x3 64→128 s2 @56  Current/Best 231.4/402.0 GFLOPS | Progress (64/128) | 12.4 s',
      '[Task  3/11] conv2d 3x3 64→128 s2 @56  Current/Best -/4.02 GFLOPS | Progress (66/128) | 17.0 s',
      '[Task  3/11] conv2d 3x3 64→128 s2 @56  Best 402.0 GFLOPS, untuned 231.4 | 128 trials, 3 failed | 12.4 s',
      '[Task  3/11] conv2d 3x3 64→128 s2 @56  all 4 candidates failed, the first so: NaN',
      'Finished 128 trials (3 failed) in 120.0 s', '',
    ].join('\n'));
  });

  it('says what ending now would lose, and afterwards whether that was right', () => {
    expect(printed(null, [
      [0, started], [31, { event: 'forecast', seconds: 31.4, expected: 0.0412 }],
      [99, { event: 'run-finished', trials: 900, failures: 0, seconds: 170, interrupted: false, stopped: 0.0061, forecasts: [{ seconds: 31.4, expected: 0.0412, found: 0.0352 }, { seconds: 120, expected: 0.006, found: null }] }],
    ]).split('\n').slice(1)).to.deep.equal([
      'After 0.5 min: stopping now would lose 4.1 %, what another minute is expected to save of the sum of kernel times',
      'After 0.5 min another minute was expected to save 4.1 %; by the search\'s own times it saved 3.5 %',
      'The search ended: another minute is expected to save 0.6 % of the sum of kernel times',
      'Finished 900 trials in 170.0 s', '',
    ]);
  });

  it('keeps the figures where a terminal is narrow: first the words go, then the end of the label', () => {
    const live = (columns: number): string => printed(columns, [[0, started], [1, trial(64, 231.4, 402, 12.4)]]).split('\r')[1]!.replace('\u001b[K', '');
    expect([120, 80, 61, 40].map(live)).to.deep.equal([
      '[Task  3/11] conv2d 3x3 64→128 s2 @56  Current/Best 231.4/402.0 GFLOPS | Progress (64/128) | 12.4 s',
      '[Task  3/11] conv2d 3x3 64→128 s2 @56  231.4/402.0 GFLOPS | 64/128 | 12.4 s',
      '[Task  3/11] conv2d 3…  231.4/402.0 GFLOPS | 64/128 | 12.4 s',
      '[Task  3/11] conv2d …  231.4/402.0 GFL…',
    ]);
  });

  it('says which tasks the budget did not reach', () => {
    expect(printed(null, [[0, started], [1, { ...finished, trials: 0, failures: 0, bestGflops: null, untunedGflops: null, seconds: 0 }]]).split('\n')[1]).to.equal('[Task  3/11] conv2d 3x3 64→128 s2 @56  not reached, budget spent');
  });

  it('rewrites one line on a terminal, never longer than it is wide', () => {
    expect(printed(60, [[0, started], [1, trial(64, 231.4, 402, 12.4)], [1.01, trial(65, 1, 402, 13)], [2, finished], [3, { event: 'run-finished', trials: 1, failures: 0, seconds: 3, interrupted: true }]])).to.equal([
      'Tuning 1 task for 2 threads, budget 2 min\n',
      '\r[Task  3/11] conv2d …  231.4/402.0 GFLOPS | 64/128 | 12.4 s\u001b[K',
      '\r\u001b[K[Task  3/11] conv2d 3x3 64→128 s2 @56  Best 402.0 GFLOPS, untuned 231.4 | 128 trials, 3 failed | 12.4 s\n',
      'Interrupted after 1 trial in 3.0 s\n',
    ].join(''));
  });
});
