/** A mocha suite over conformance cases: one test per case, all run before the first; the counts as a table line at the end. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { expect } from 'chai';
import { command, file, needs, repository } from '@loopsmith/testing';
import type { ConformanceCase } from './case-list.js';
import { faultOf, refusalsText, type KnownRefusals } from './check-refusals.js';
import { runCases, type CaseResult } from './run-cases.js';

export interface SuiteOptions {
  readonly title: string;
  readonly cases: readonly ConformanceCase[];
  /** Without it there are no cases on this machine. */
  readonly folder: string;
  /** File of `test/data/conformance` with the known refusals; UPDATE_REFUSALS=1 writes it anew. */
  readonly refusals: string;
  readonly batch: number;
  /** The share of cases that must pass. */
  readonly least: number;
  readonly limitMs: number;
}

export const conformanceSuite = ({ title, cases, folder, refusals, batch, least, limitMs }: SuiteOptions): void => {
  describe(title, function () {
    this.timeout(limitMs);
    const results = new Map<string, CaseResult>();
    const list = repository('test', 'data', 'conformance', refusals);
    let known: KnownRefusals = {};
    let tookMs = 0;
    before(async function () {
      needs(this, file(folder), command('gcc'));
      const began = Date.now();
      const all = await runCases(cases, { isa: 'host', workers: cpus().length, batch, timeoutMs: 120_000 });
      tookMs = Date.now() - began;
      for (const result of all) results.set(result.name, result);
      if (process.env['UPDATE_REFUSALS'] === '1') writeFileSync(list, refusalsText(all));
      known = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) as KnownRefusals : {};
    });

    it('the cases are there, and the list names no other', function () {
      needs(this, file(folder));
      expect(cases.length).to.be.greaterThan(0);
      const names = new Set(cases.map(({ name }) => name));
      expect(Object.keys(known).filter((name) => !names.has(name))).to.deep.equal([]);
    });
    for (const { name } of cases) {
      it(name, () => {
        const fault = faultOf(results.get(name)!, known);
        if (fault !== undefined) expect.fail(`${name} ${fault}`);
      });
    }
    it(`at least ${Math.round(least * 100)} % pass, none is wrong, none crashes`, () => {
      const count = (verdict: CaseResult['verdict']): number => [...results.values()].filter((result) => result.verdict === verdict).length;
      process.stdout.write(`      ${count('pass')} of ${results.size} pass, ${count('refused')} refused, ${count('wrong')} wrong, ${count('crashed')} crashed in ${(tookMs / 1000).toFixed(0)} s\n`);
      expect({ wrong: count('wrong'), crashed: count('crashed') }).to.deep.equal({ wrong: 0, crashed: 0 });
      expect(count('pass') / results.size).to.be.at.least(least);
    });
  });
};
