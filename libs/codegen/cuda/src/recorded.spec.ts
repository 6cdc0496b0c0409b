/** What an H100 measured is still what the space says: the best schedules of every eighth task are legal, and are those of their points. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { TuningRecord } from '@loopsmith/contracts';
import { flopsOf, parseSchedule, parseWorkload, printSchedule } from '@loopsmith/ir';
import { repository } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { cuda } from './plugin.js';

const fastest = ({ outcome }: TuningRecord): number => (outcome.ok ? Math.min(...outcome.samplesNs) : Infinity);

describe('records of an H100', () => {
  it('hold schedules that their points make, legal on their target', async () => {
    const best = new Map<string, TuningRecord>();
    for (const line of gunzipSync(readFileSync(repository('test', 'data', 'benchmarks', 'cuda-h100.jsonl.gz'))).toString().trimEnd().split('\n')) {
      const record = JSON.parse(line) as TuningRecord, other = best.get(record.task);
      if (record.outcome.ok && (!other || fastest(record) < fastest(other))) best.set(record.task, record);
    }
    expect(best.size).to.equal(75);
    const target = unwrap(await cuda.resolve('sm_90'));
    // the space of a task takes a while to make
    for (const { task: key, workload, label, point, space: id, schedule, environment, protocol } of [...best.values()].filter((_, i) => i % 8 === 0)) {
      expect([environment.cpu, protocol]).to.deep.equal(['NVIDIA H100 80GB HBM3 (sm_90)', '1 weights-warm device-clock']);
      const { definition, layouts, inPlace } = unwrap(parseWorkload(workload)), task = { key, workload, label, definition, layouts, inPlace, target, threads: 1, flops: flopsOf(definition) }, space = cuda.space(task);
      expect(space.id).to.equal(id);
      expect(printSchedule(unwrap(space.schedule(point))), label).to.equal(schedule);
      expect(cuda.lower(task, unwrap(parseSchedule(schedule))).ok, label).to.equal(true);
    }
  });
});
