// The mocha reporter of tools/test.mjs: one of mocha's own on screen, and the counts and failures in a file for the closing lines.
// It decides nothing about passing or failing.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

export default class CountingReporter {
  constructor(runner, options) {
    const { screen, counts } = options.reporterOptions;
    this.shown = new Mocha.reporters[screen](runner, options);
    this.counts = counts;
    this.result = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [] };
    runner.on('pass', () => this.result.passed++);
    runner.on('fail', (test, error) => {
      this.result.failed++;
      this.result.failures.push({ title: test.fullTitle(), error: error?.stack ?? String(error) });
    });
    runner.on('pending', (test) => {
      this.result.skipped++;
      this.result.skips.push(test.fullTitle());
    });
  }

  done(failures, callback) {
    writeFileSync(this.counts, JSON.stringify(this.result));
    if (this.shown.done === undefined) callback(failures);
    else this.shown.done(failures, callback);
  }
}
