/** The record file under use and abuse: what survives, what is cut off, what is said. */
import type { RecordStore, TuningRecord } from '@loopsmith/contracts';
import { recordStoreChecks } from '@loopsmith/kits';
import { expect } from 'chai';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonlRecords, printRecord, readRecord } from './index.js';

const record = (id: string, task = 't1'): TuningRecord => ({
  v: 1, id, task, label: 'conv2d 3x3 64→64 @56', workload: 'conv', schedule: 'inline P', point: { rows: 2, algorithm: 'direct' }, space: 'convolution 1',
  purpose: 'search', repeat: 0, outcome: { ok: true, kind: 'measured', samplesNs: [1000.5, 1001], error: 0.25 }, artifact: 'a', report: null,
  environment: { cpu: 'c', isa: 'avx2', compiler: 'gcc 12', os: 'linux', threads: 1, loopsmith: '0.1.0' }, protocol: '1', strategy: 'random', model: 'analytical', seed: 1, time: '2026-01-01T00:00:00.000Z',
});

describe('jsonl records', () => {
  let folder = '', path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loopsmith-records-'));
    path = join(folder, 'deep', 'records.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = async (): Promise<RecordStore> => {
    const store = await jsonlRecords.open(path);
    if (!store.ok) throw new Error(store.failure.message);
    return store.value;
  };
  const ids = (store: RecordStore): readonly string[] => store.all().map(({ id }) => id);

  let stores = 0;
  for (const { name, run } of recordStoreChecks(jsonlRecords, () => join(folder, `store ${stores++}`, 'records.jsonl'))) it(name, run);

  it('keeps what was appended, by task, once per id', async () => {
    const store = await open();
    await Promise.all([store.append(record('1')), store.append(record('2', 't2')), store.append(record('1'))]);
    await store.append(record('3'));
    await store.close();
    const again = await open();
    expect(again.all()).to.deep.equal([record('1'), record('2', 't2'), record('3')]);
    expect(again.ofTask('t1').map(({ id }) => id)).to.deep.equal(['1', '3']);
    expect(again.ofTask('t9')).to.deep.equal([]);
    expect(again.faults).to.deep.equal([]);
    await again.append(record('3'));
    await again.close();
    expect(readFileSync(path, 'utf8').split('\n').length).to.equal(4);
  });

  it('cuts off a torn last line, says so, and goes on writing whole lines', async () => {
    await (await open()).close();
    appendFileSync(path, `${printRecord(record('1'))}\n${printRecord(record('2')).slice(0, 40)}`);
    const store = await open();
    expect(ids(store)).to.deep.equal(['1']);
    expect(store.faults).to.deep.equal([`${path}:2: the last line was cut short, probably by a crash; its 40 bytes were removed and its candidate will be measured again`]);
    await store.append(record('3'));
    await store.close();
    expect(readFileSync(path, 'utf8')).to.equal(`${printRecord(record('1'))}\n${printRecord(record('3'))}\n`);
  });

  it('keeps a whole last line without its newline', async () => {
    await (await open()).close();
    writeFileSync(path, printRecord(record('1')));
    const store = await open();
    await store.append(record('2'));
    await store.close();
    const again = await open();
    expect(ids(again)).to.deep.equal(['1', '2']);
    await again.close();
  });

  it('keeps and reports lines it does not know', async () => {
    await (await open()).close();
    const strange = ['{"v":2,"id":"9"}', 'gibberish', '[]', JSON.stringify({ ...record('4'), outcome: { ok: true, samplesNs: [] } }), JSON.stringify({ ...record('5'), seed: 'x' })];
    writeFileSync(path, `${[printRecord(record('1')), ...strange].join('\n')}\n`);
    const store = await open();
    expect(ids(store)).to.deep.equal(['1']);
    expect(store.faults).to.deep.equal([
      `${path}:2: record version 2; this Loopsmith reads version 1; the line is kept and ignored`,
      `${path}:3: not JSON; the line is kept and ignored`,
      `${path}:4: not a JSON object; the line is kept and ignored`,
      `${path}:5: field "outcome" is missing or of the wrong form; the line is kept and ignored`,
      `${path}:6: field "seed" is missing or of the wrong form; the line is kept and ignored`,
    ]);
    await store.append(record('2'));
    await store.close();
    expect(readFileSync(path, 'utf8')).to.include(strange.join('\n'));
  });

  it('cuts a last line that ends inside a character at the right byte', async () => {
    await (await open()).close();
    const whole = Buffer.from(`${printRecord(record('1'))}\n`), torn = Buffer.from(printRecord(record('2')));
    const arrow = torn.indexOf(Buffer.from('→')) + 1;
    writeFileSync(path, Buffer.concat([whole, torn.subarray(0, arrow)]));
    await (await open()).close();
    expect(readFileSync(path)).to.deep.equal(whole);
  });

  it('refuses a path that is no file, with the way out', async () => {
    const refused = await jsonlRecords.open(folder);
    expect(refused.ok ? 'opened' : refused.failure.message).to.equal(`record file ${folder} cannot be opened (EISDIR); name a file you may write with --records`);
  });

  it('reads every kind of record it prints', () => {
    const failed: TuningRecord = { ...record('6'), purpose: 'final', artifact: null, report: { hotLoopInstructions: 51, hotLoopStackAccesses: 0, sourceBytes: 5000 }, outcome: { ok: false, failure: { code: 'crashed', stage: 'measure', message: 'signal 11', text: 'long\ntext' } } };
    for (const one of [record('1'), failed]) expect(readRecord(printRecord(one))).to.deep.equal(one);
  });
});
