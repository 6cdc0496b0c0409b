/** What pruning keeps: whatever the finals of several runs compared, the same is chosen before and after. */
import type { HardwarePlugin, TuningRecord } from '@loopsmith/contracts';
import type { Host } from '@loopsmith/host';
import { outputOf, plainLayout, shapeOf, workloadText } from '@loopsmith/ir';
import { bestSchedules } from '@loopsmith/stages';
import { taskKey } from '@loopsmith/stages/tasks';
import { fakeEnvironment, fakeHardware, fakeTask } from '@loopsmith/stages/testing';
import { succeed } from '@loopsmith/util';
import { expect } from 'chai';
import { appliesTo } from './compiler.js';
import { decidingRecords, groupRecords, taskOfRecord } from './recorded-tasks.js';
import { prunedGroup } from './recorded.js';

// every schedule is legal there
const hardware: HardwarePlugin = { ...fakeHardware().plugin, lower: () => succeed({ plan: {} as never, program: {} as never }) };
const host = { hardware: { ids: ['fake'], get: () => Promise.resolve(succeed(hardware)) } } as unknown as Host;
const { definition } = fakeTask(4).task, tensors = [...definition.inputs, outputOf(definition)];
const workload = workloadText(definition, Object.fromEntries(tensors.map((tensor) => [tensor.name, plainLayout(shapeOf(tensor))])));
let next = 0;
const record = (schedule: string, ns: number, change: Partial<TuningRecord> = {}): TuningRecord => ({
  v: 1, id: String(next++), task: taskKey(workload, 'fake:plain', 1), label: 'double', workload, schedule, point: {}, space: 'fake 1', purpose: 'search', repeat: 0,
  outcome: { ok: true, kind: 'measured', samplesNs: [ns, ns, ns], error: 0 }, artifact: null, report: null, environment: { ...fakeEnvironment, isa: 'plain' }, protocol: 'l3', strategy: 's', model: 'm', seed: 1, time: '', ...change,
});
const final = (schedule: string, ns: number, repeat: number, change: Partial<TuningRecord> = {}): TuningRecord => record(schedule, ns, { purpose: 'final', repeat, ...change });
const winograd = 'algorithm winograd 4', tiled = 'split Y.i by 4 into o n', plain = 'split Y.i by 1 into o n';

const histories: Readonly<Record<string, readonly TuningRecord[]>> = {
  'tuned, then tuned exactly': [
    record(plain, 100, { purpose: 'untuned' }), record(winograd, 20), record(tiled, 50), final(plain, 100, 0), final(winograd, 22, 0), final(tiled, 55, 0), final(plain, 100, 1), final(tiled, 50, 1),
  ],
  'a protocol after another, the second with slower times': [
    record(plain, 90, { purpose: 'untuned' }), record(tiled, 10), record(winograd, 12), final(plain, 90, 0), final(tiled, 10, 0),
    ...[record(plain, 190, { purpose: 'untuned' }), record(winograd, 70), record(tiled, 80), final(plain, 190, 1), final(winograd, 70, 1)].map((one) => ({ ...one, protocol: 'memory' })),
  ],
  'two versions whose finals share a number': [
    record(plain, 100, { purpose: 'untuned' }), record(tiled, 40), final(plain, 30, 0, { environment: { ...fakeEnvironment, isa: 'plain', loopsmith: '0.0.1' } }), final(plain, 100, 0), final(tiled, 40, 0),
  ],
  'the newest of another protocol, and slow': [record(plain, 100, { purpose: 'untuned' }), record(tiled, 40), record(winograd, 30), record(tiled, 900, { protocol: 'memory' }), record(winograd, 1000, { protocol: 'memory' })],
  'modelled beside measured': [record(plain, 100, { purpose: 'untuned' }), record(tiled, 40), ...[plain, winograd, tiled].map((schedule, i): TuningRecord => record(schedule, 3 + i, { outcome: { ok: true, kind: 'modelled', samplesNs: [3 + i], error: 0 } }))],
};

describe('pruning', () => {
  const choices = async (records: readonly TuningRecord[]): Promise<readonly (string | undefined)[]> => {
    const known = await taskOfRecord(records[0]!, host);
    if (!known.ok) throw new Error(known.failure.message);
    return [true, false].flatMap((exact) => (['measured', 'modelled'] as const).flatMap((kind) => [records[0]!.environment, null].flatMap((environment) => [null, 'memory', records[0]!.protocol].map((protocol) =>
      bestSchedules(records, [known.value.task], { environment, protocol, kind, applies: (of, text) => appliesTo(hardware, of, text, exact) })[0]!.found?.record.id))));
  };
  for (const [what, records] of Object.entries(histories)) it(`keeps what is chosen: ${what}`, async () => {
    const filler = Array.from({ length: 20 }, (_, i) => record(`split Y.i by ${i + 5} into o n`, 500 + i)), all = [...filler, ...records];
    const groups = groupRecords(all), because = await decidingRecords(groups, host), kept = groups.flatMap((group) => prunedGroup(group, 1, because));
    expect(await choices(kept)).to.deep.equal(await choices(all));
    expect(kept.length).to.be.at.most(records.length + 1);
  });

  it('keeps the untuned baseline, however slow and whatever rests on it', () => {
    const untuned = record(plain, 1000, { purpose: 'untuned' }), fast = record(tiled, 10), slower = record(winograd, 20), [group] = groupRecords([untuned, fast, slower]);
    expect(prunedGroup(group!, 1, new Set())).to.deep.equal([untuned, fast]);
  });
  it('drops nothing of a task whose plugin is not there', async () => {
    const foreign = [record(plain, 1, { task: 'other' }), record(tiled, 2, { task: 'other' })];
    expect([...await decidingRecords(groupRecords(foreign), host)]).to.deep.equal(foreign);
  });
});
