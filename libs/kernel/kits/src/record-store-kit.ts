/** What every record store keeps: all that was appended, once per id, in order, after it was closed and opened again. */
import type { RecordStore, RecordStoreFactory, TuningRecord } from '@loopsmith/contracts';
import { demand, demandSame, type Check } from './check.js';

/** A record as runs write them; `id` and `task` tell it from others. */
export const exampleRecord = (id: string, task = 't1'): TuningRecord => ({
  v: 1,
  id,
  task,
  label: 'conv2d 3x3 64→64 @56',
  workload: 'conv',
  schedule: 'inline P',
  point: { rows: 2, algorithm: 'direct' },
  space: 'convolution 1',
  purpose: 'search',
  repeat: 0,
  outcome: { ok: true, kind: 'measured', samplesNs: [1000.5, 1001], error: 0.25 },
  artifact: 'a',
  report: null,
  environment: { cpu: 'c', isa: 'avx2', compiler: 'gcc 12', os: 'linux', threads: 1, loopsmith: '0.1.0' },
  protocol: '1',
  strategy: 'random',
  model: 'analytical',
  seed: 1,
  time: '2026-01-01T00:00:00.000Z',
});

const failedRecord: TuningRecord = {
  ...exampleRecord('failed', 't2'),
  artifact: null,
  report: {
    hotLoopInstructions: 51,
    hotLoopStackAccesses: 0,
    sourceBytes: 5000,
    resources: [
      { registers: 40, spilledBytes: 0, sharedBytes: 10496 },
      { registers: 24, scalarRegisters: 16, spilledBytes: 8, sharedBytes: 0 },
    ],
  },
  outcome: {
    ok: false,
    failure: { code: 'build-failed', stage: 'build', message: 'gcc: “error”', text: 'line one\nline two\ttab \u2028 \ud83d\ude00' },
  },
};

/** `newPath` names a place where no store is yet, a new one at every call. */
export const recordStoreChecks = (factory: RecordStoreFactory, newPath: () => string): readonly Check[] => {
  const open = async (path: string): Promise<RecordStore> => {
    const opened = await factory.open(path);
    demand(opened.ok, `${path} could not be opened: ${opened.ok ? '' : opened.failure.message}`);
    return opened.value;
  };
  const ids = (records: readonly TuningRecord[]): readonly string[] => records.map(({ id }) => id);
  return [
    {
      name: 'starts empty and without faults',
      run: async () => {
        const store = await open(newPath());
        demandSame([store.all(), store.ofTask('t1'), store.faults], [[], [], []], 'a new store');
        await store.close();
      },
    },
    {
      name: 'keeps every kind of record whole, in order, over a close and an open',
      run: async () => {
        const path = newPath(), records = [exampleRecord('1'), failedRecord, exampleRecord('3', 't2')];
        const store = await open(path);
        for (const record of records) await store.append(record);
        demandSame(store.all(), records, 'records before the close');
        await store.close();
        const again = await open(path);
        demandSame(again.all(), records, 'records after the open');
        demandSame(ids(again.ofTask('t2')), ['failed', '3'], 'records of one task');
        demandSame(again.faults, [], 'faults of a store that was closed well');
        await again.close();
      },
    },
    {
      name: 'writes an id once, whoever appends it and however often',
      run: async () => {
        const path = newPath(), store = await open(path);
        await Promise.all([store.append(exampleRecord('1')), store.append(exampleRecord('2')), store.append(exampleRecord('1'))]);
        await store.close();
        const again = await open(path);
        await again.append(exampleRecord('2'));
        demandSame(ids(again.all()), ['1', '2'], 'records after the same ones were appended twice');
        await again.close();
      },
    },
    {
      name: 'keeps many appends that are not waited for one by one',
      run: async () => {
        const path = newPath(), store = await open(path), names = Array.from({ length: 200 }, (_, i) => `record ${i}`);
        await Promise.all(names.map((name) => store.append(exampleRecord(name))));
        await store.close();
        const again = await open(path);
        demandSame(ids(again.all()), names, 'records after 200 appends at once');
        await again.close();
      },
    },
    {
      name: 'answers an open that cannot be with a failure, not with an exception',
      run: async () => {
        const path = newPath(), store = await open(path);
        await store.append(exampleRecord('1'));
        await store.close();
        const opened = await factory.open(`${path}/below`);
        demand(!opened.ok, 'a store below the file of another could be opened');
        demand(opened.failure.message.includes(path), `the failure does not name the path: ${opened.failure.message}`);
      },
    },
  ];
};
