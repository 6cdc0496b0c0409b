/**
 * Tuning events as text, in AutoTVM's manner: one line that is rewritten on a terminal, else a line per finished task and one
 * every few seconds. Keeps the last known state of the run and nothing else.
 */
import type { FinalsReport, TuningEvent } from '@loopsmith/contracts';
import type { Failure } from '@loopsmith/util';
import { clipped } from './table.js';
import type { Screen } from './world.js';

const PLAIN_EVERY = 5, LIVE_EVERY = 0.05, LEAST_LABEL = 8;

export interface ProgressOptions {
  /** Seconds that never go back. */
  readonly seconds: () => number;
  /** Prints every failed candidate with its full text. */
  readonly verbose: boolean;
}

export const progressPrinter = (screen: Screen, { seconds, verbose }: ProgressOptions): ((event: TuningEvent) => void) => {
  const live = screen.columns;
  let last = -Infinity, shown = false, explained = false;
  const line = (text: string): void => {
    screen.write(`${shown ? '\r\u001b[K' : ''}${text}\n`);
    shown = false;
  };
  const passing = (event: Extract<TuningEvent, { event: 'trial' }>): void => {
    const every = live === null ? PLAIN_EVERY : LIVE_EVERY, now = seconds();
    if (now - last < every) return;
    last = now;
    if (live === null) line(trialLine(event));
    else {
      screen.write(`\r${fitted(event, live - 1)}\u001b[K`);
      shown = true;
    }
  };
  return (event) => {
    switch (event.event) {
      case 'run-started':
        // a terminal shows the first trial at once, a log waits a while
        if (live === null) last = seconds();
        return line(`Tuning ${count(event.tasks.length, 'task')} for ${count(event.threads, 'thread')}, budget ${event.budget}`);
      case 'task-started':
        return event.resumed > 0 && live === null ? line(`${head(event)}  ${count(event.resumed, 'earlier measurement')} known`) : undefined;
      case 'trial':
        if (verbose && event.failure) line(`${head(event)}  ${fullText(event.failure)}`);
        return passing(event);
      case 'task-finished':
        if (event.trials === 0 && event.bestGflops === null) return line(`${head(event)}  not reached, ${event.reason}`);
        if (event.finals && !explained) {
          explained = true;
          line('Schedules compared by turns: [95 % interval]; tie: they cannot be told apart; model ranks: 1 if the cost model foretold the order, 0 if it guessed');
        }
        return line(`${head(event)}  ${taskText(event)}`);
      case 'task-failed':
        return line(`${head(event)}  ${event.failure.message}`);
      case 'run-finished':
        for (const text of endTexts(event)) line(text);
        return;
      case 'forecast':
        return line(`After ${minutes(event.seconds)}: stopping now would lose ${share(event.expected)}, what another minute is expected to save of the sum of kernel times`);
      default: return event satisfies never;
    }
  };
};

const trialLine = (event: Extract<TuningEvent, { event: 'trial' }>): string =>
  `${head(event)}  Current/Best ${figure(event.currentGflops)}/${figure(event.bestGflops)} GFLOPS | Progress (${event.trials}/${event.planned}) | ${event.seconds.toFixed(1)} s`;

/** The figures, whatever the width: words go first, then the end of the label. */
const fitted = (event: Extract<TuningEvent, { event: 'trial' }>, columns: number): string => {
  const whole = trialLine(event);
  if ([...whole].length <= columns) return whole;
  const short = (label: string): string =>
    `${head({ ...event, label })}  ${figure(event.currentGflops)}/${figure(event.bestGflops)} GFLOPS | ${event.trials}/${event.planned} | ${event.seconds.toFixed(1)} s`;
  return clipped(short(clipped(event.label, Math.max(LEAST_LABEL, columns - [...short('')].length))), columns);
};

const head = ({ position, of, label }: { readonly position: number; readonly of: number; readonly label: string }): string =>
  `[Task ${String(position).padStart(String(of).length)}/${of}] ${label}`;

const fullText = ({ code, message, text }: Failure): string => `${code}: ${message}${text === undefined ? '' : `\n${text.trimEnd()}`}`;

/** What came of a task, in parts: its speed, its trials, the time, the finals, how well the model ranked. */
const taskText = ({ bestGflops, untunedGflops, trials, failures, seconds, finals, model }: Extract<TuningEvent, { event: 'task-finished' }>): string => [
  `Best ${figure(bestGflops)} GFLOPS, untuned ${figure(untunedGflops)}`,
  `${count(trials, 'trial')}${failures > 0 ? `, ${failures} failed` : ''}`,
  `${seconds.toFixed(1)} s`,
  ...(finals ? [finalsText(finals)] : []),
  ...(model ? [`model ranks ${model.rankCorrelation.toFixed(2)}`] : []),
].join(' | ');

/** The last lines of a run: what became of its forecasts, why the search ended, what it took. */
const endTexts = ({ forecasts = [], stopped, interrupted, trials, failures, seconds }: Extract<TuningEvent, { event: 'run-finished' }>): readonly string[] => {
  const kept = forecasts.flatMap(({ seconds: at, expected, found }) =>
    found === null ? [] : [`After ${minutes(at)} another minute was expected to save ${share(expected)}; by the search's own times it saved ${share(found)}`],
  );
  const failed = failures > 0 ? ` (${failures} failed)` : '';
  return [
    ...kept,
    ...(typeof stopped === 'number' ? [`The search ended: another minute is expected to save ${share(stopped)} of the sum of kernel times`] : []),
    `${interrupted ? 'Interrupted after' : 'Finished'} ${count(trials, 'trial')}${failed} in ${seconds.toFixed(1)} s`,
  ];
};

/** `1.82 [1.79, 1.85] times untuned, tie of 2`: the ratio with its 95 % interval. */
const finalsText = ({ untunedWon, tied, speedup, speedupInterval: [low, high] }: FinalsReport): string =>
  `${untunedWon ? 'nothing faster than untuned' : `${speedup.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] times untuned`}${tied > 1 ? `, tie of ${tied}` : ''}`;

/** One decimal, two for what is slow; a dash for a candidate that failed. */
const figure = (gflops: number | null): string => (gflops === null ? '-' : gflops.toFixed(gflops < 10 ? 2 : 1));

const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`;
const share = (of: number): string => `${(100 * of).toFixed(1)} %`;

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
