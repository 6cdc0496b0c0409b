/** The draft model of GPUs beside what an H100 measured of random points: it orders them, also those of tasks that its figures were not fitted on. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { TuningRecord } from '@loopsmith/contracts';
import { parseSchedule, parseWorkload } from '@loopsmith/ir';
import { applySchedule } from '@loopsmith/lowering';
import { repository } from '@loopsmith/testing';
import { rankCorrelation, unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { draftGpuPlan } from './draft.js';
import { gpuTarget } from './target.js';

const h100 = gpuTarget('cuda', 'sm_90', {
  warp: 32, threadsPerBlock: 1024, threads: [1024, 1024, 64], blocks: [2 ** 31 - 1, 65535, 65535], sharedBytes: 48 << 10, registersPerThread: 128, units: 132, lanesPerUnit: 128,
}, { clock: 1.83e9, bytesPerSecond: 3350e9, l1: 48 << 10, l2: 50 * 2 ** 20 });

describe('the draft model of GPUs', () => {
  it('orders random points as an H100 does', function () {
    this.timeout(120_000);
    const tasks = new Map<string, Map<string, { readonly measured: number; readonly drafted: number }>>();
    for (const line of gunzipSync(readFileSync(repository('test', 'data', 'benchmarks', 'cuda-h100-random.jsonl.gz'))).toString().trimEnd().split('\n')) {
      const { task, workload, schedule, purpose, outcome } = JSON.parse(line) as TuningRecord, points = tasks.get(task) ?? new Map<string, { readonly measured: number; readonly drafted: number }>();
      if (purpose !== 'search' || !outcome.ok || points.has(schedule)) continue;
      const { definition, layouts } = unwrap(parseWorkload(workload)), plan = unwrap(applySchedule(definition, layouts, unwrap(parseSchedule(schedule))));
      tasks.set(task, points.set(schedule, { measured: Math.min(...outcome.samplesNs), drafted: draftGpuPlan(plan, h100).milliseconds }));
    }
    const ranks = [...tasks].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([task, points]) => {
      const each = [...points.values()];
      return each.length < 6 ? [] : [{ task, rank: rankCorrelation(each.map(({ drafted }) => drafted), each.map(({ measured }) => measured)) }];
    });
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    // 0.51 by the model before, which knew neither what a warp's addresses touch nor how many blocks a unit holds
    expect(ranks.length).to.equal(40);
    expect(mean(ranks.map(({ rank }) => rank))).to.be.greaterThan(0.56);
  });
});
