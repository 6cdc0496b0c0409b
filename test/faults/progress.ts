/**
 * Watches a cluster under test: a wait ends when what it waits for comes, or when for long nothing has gone on at all, however
 * slow the machine is. What went wrong is told with the story so far and the last words of every process. Judges no results.
 */
import { readFileSync } from 'node:fs';
import type { Site } from './cluster.js';

/** Far above the slowest single step: a group that waits for a dead member (8 s), a broker that starts (seconds), on a machine ten times slower. */
const STALLED_SECONDS = 150;

export class Progress {
  readonly #site: Site;
  readonly #began = performance.now();
  readonly #notes: string[] = [];
  readonly #failed: Promise<never>;
  #reject: (error: Error) => void = () => undefined;
  readonly #timer: NodeJS.Timeout;
  #over = false;

  constructor(site: Site) {
    this.#site = site;
    this.#failed = new Promise((_, reject) => { this.#reject = reject; });
    this.#failed.catch(() => undefined);
    let last = '', still = 0;
    // counted, not computed from the clock: on a machine that stood still nothing can have gone on
    this.#timer = setInterval(() => {
      const now = `${this.begun()} ${this.#notes.length}`;
      still = now === last ? still + 1 : 0;
      last = now;
      if (still > STALLED_SECONDS) this.fail(`nothing has gone on for ${STALLED_SECONDS} s`);
    }, 1000);
  }

  /** Measurements that were begun, by the device's own ledger. */
  begun(): number {
    try { return readFileSync(this.#site.ledger, 'utf8').split('\n').length - 1; } catch { return 0; }
  }
  note(text: string): void { this.#notes.push(`${((performance.now() - this.#began) / 1000).toFixed(1)} s, ${this.begun()} begun: ${text}`); }
  notes(): string { return this.#notes.join(' · '); }
  fail(why: string): void { this.#reject(new Error(why)); }
  during<T>(work: Promise<T>): Promise<T> { return Promise.race([work, this.#failed]); }
  /** The same error, with the story in its stack, which is what a runner prints. */
  told(error: unknown): unknown {
    if (error instanceof Error) error.stack = `${error.message}\n  ${this.notes()}\n${this.#site.report()}\n${error.stack ?? ''}`;
    return error;
  }
  /** For loops that wait for a point of the run. */
  get over(): boolean { return this.#over; }
  end(): void {
    this.#over = true;
    clearInterval(this.#timer);
  }
}
