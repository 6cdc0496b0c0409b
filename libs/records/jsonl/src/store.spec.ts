/** The record file under use and abuse: what survives, what is left as it is, what is said. */
import type { RecordStore, TuningRecord } from '@loopsmith/contracts';
import { recordStoreChecks } from '@loopsmith/kits';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import fs, { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jsonlRecords } from './index.js';

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
  const write = (text: string): void => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, text); };
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

  it('writes the name of a new file down, and of the folders that it makes', async () => {
    const store = await open(), { open: openFile } = fs.promises, synced: string[] = [];
    fs.promises.open = async (file, ...more) => {
      const handle = await openFile(file, ...more), sync = handle.sync.bind(handle);
      handle.sync = () => { synced.push(String(file)); return sync(); };
      return handle;
    };
    syncBuiltinESMExports();
    try {
      await store.append(record('1'));
      await store.append(record('2'));
      await store.close();
    } finally {
      fs.promises.open = openFile;
      syncBuiltinESMExports();
    }
    expect(synced).to.deep.equal([dirname(path), folder]);
  });

  const torn = `${JSON.stringify(record('1'))}\n${JSON.stringify(record('2')).slice(0, 40)}`;

  it('ignores a torn last line, says so, leaves it there, and goes on with whole lines', async () => {
    write(torn);
    const store = await open();
    expect(ids(store)).to.deep.equal(['1']);
    expect(store.faults).to.deep.equal([`${path}:2: the last line is not whole: a run was ended while it wrote it, or writes it now; it is ignored, and its candidate will be measured again`]);
    await store.append(record('3'));
    await store.append(record('4'));
    await store.close();
    expect(readFileSync(path, 'utf8')).to.equal(`${torn}\n${JSON.stringify(record('3'))}\n${JSON.stringify(record('4'))}\n`);
    const again = await open();
    expect(ids(again)).to.deep.equal(['1', '3', '4']);
    expect(again.faults).to.deep.equal([`${path}:2: not JSON; the line is kept and ignored`]);
  });

  it('takes nothing from a run that is just writing when it looks', async () => {
    write(torn);
    const looking = await open();
    appendFileSync(path, `${JSON.stringify(record('2')).slice(40)}\n${JSON.stringify(record('3'))}\n`);
    await looking.close();
    expect(ids(await open())).to.deep.equal(['1', '2', '3']);
  });

  it('makes no file, and no folder, before there is a record', async () => {
    await (await open()).close();
    expect(existsSync(dirname(path))).to.equal(false);
  });

  it('reads where nothing may be written', async () => {
    write(`${JSON.stringify(record('1'))}\n`);
    chmodSync(folder, 0o755);
    chmodSync(path, 0o444);
    chmodSync(dirname(path), 0o555);
    // who may do everything is refused nothing, and is somebody else meanwhile
    const user = process.geteuid!();
    if (user === 0) process.seteuid!(65534);
    try {
      expect(() => appendFileSync(path, '')).to.throw(/EACCES/);
      expect(ids(await open())).to.deep.equal(['1']);
    } finally {
      process.seteuid!(user);
      chmodSync(dirname(path), 0o700);
    }
  });

  it('goes on with a whole line after one that the disk took in part', async () => {
    // a limit on the size of files stands for a full disk, and cutting the file for somebody who makes room
    const script = `import { truncateSync } from 'node:fs';
      import { jsonlRecords } from '${new URL('store.js', import.meta.url).href}';
      const [text, path] = process.argv.slice(1), record = JSON.parse(text), { value: store } = await jsonlRecords.open(path);
      await store.append({ ...record, id: 'long', label: 'x'.repeat(9000) }).catch(({ failure }) => console.log(failure.code));
      truncateSync(path, 100);
      await store.append(record);
      await store.close();`;
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', 'ulimit -f 8; exec "$0" --input-type=module -e "$@"', process.execPath, script, JSON.stringify(record('1')), path], { encoding: 'utf8' });
    expect([stdout, stderr]).to.deep.equal(['file-unwritable\n', '']);
    expect(ids(await open())).to.deep.equal(['1']);
  });

  it('says of a write that failed, to whoever appends and to whoever closes, and lets go of the file', async () => {
    write('');
    const store = await open();
    rmSync(path);
    mkdirSync(path);
    const why = `record file ${path} cannot be written (EISDIR); name a file you may write with --records`;
    expect(await store.append(record('1')).then(() => 'written', (error: Error) => error.message)).to.equal(why);
    expect(await store.close().then(() => 'closed', (error: Error) => error.message)).to.equal(why);
  });

  it('keeps a whole last line without its newline', async () => {
    write(JSON.stringify(record('1')));
    const store = await open();
    await store.append(record('2'));
    await store.close();
    const again = await open();
    expect(ids(again)).to.deep.equal(['1', '2']);
    await again.close();
  });

  it('keeps and reports lines it does not know', async () => {
    const strange = ['{"v":2,"id":"9"}', 'gibberish', '[]', JSON.stringify({ ...record('4'), outcome: { ok: true, samplesNs: [] } }), JSON.stringify({ ...record('4'), outcome: { ok: true, kind: 'measured', samplesNs: [], error: 0 } }), JSON.stringify({ ...record('5'), seed: 'x' })];
    write(`${[JSON.stringify(record('1')), ...strange].join('\n')}\n`);
    const store = await open();
    expect(ids(store)).to.deep.equal(['1']);
    expect(store.faults).to.deep.equal([
      `${path}:2: record version 2; this Loopsmith reads version 1; the line is kept and ignored`,
      `${path}:3: not JSON; the line is kept and ignored`,
      `${path}:4: not a JSON object; the line is kept and ignored`,
      `${path}:5: outcome.kind: "measured" or "emulated" or "modelled" was expected; the line is kept and ignored`,
      `${path}:6: outcome.samplesNs: a list of at least one was expected; the line is kept and ignored`,
      `${path}:7: seed: a number was expected; the line is kept and ignored`,
    ]);
    await store.append(record('2'));
    await store.close();
    expect(readFileSync(path, 'utf8')).to.include(strange.join('\n'));
  });

  it('refuses a path that is no file, with the way out', async () => {
    const refused = await jsonlRecords.open(folder);
    expect(refused.ok ? 'opened' : refused.failure.message).to.equal(`record file ${folder} cannot be read (EISDIR); name a file you may read with --records`);
  });
});
