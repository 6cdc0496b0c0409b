/** Messages go out and come back as they were; what is none is refused by the name of its field; the store gives back what it was given, or says that it cannot. */
import { build, type Definition } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { repository } from '@loopsmith/testing';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode, openArtifactStore, readTask, taskText, type BuildRequest, type Presence } from './index.js';
import { topicTable } from './topics.js';

const request: BuildRequest = { v: 1, id: 'r', job: 'j', epoch: 3, task: 'a'.repeat(64), again: 0, candidates: [{ id: 'c', point: { rows: 2, order: 'ab' }, schedule: 'inline P' }] };
const presence: Presence = { v: 1, worker: 'w', stages: ['build'], at: 1, leaving: false, device: null };

describe('messages', () => {
  it('come back as they were', () => {
    expect(unwrap(decode('build', encode('build', request)))).to.deep.equal(request);
    expect(unwrap(decode('workers', encode('workers', presence)))).to.deep.equal(presence);
  });

  const refusal = (text: string): string => {
    const read = decode('build', text);
    return read.ok ? 'read' : read.failure.message;
  };
  const around = (why: string): string => `a message of build is not of version 1 as this Loopsmith knows it: ${why}; use the same release for all workers of a cluster`;

  it('are refused by the first field that is wrong', () => {
    expect(refusal('{')).to.equal(around('it is no JSON'));
    expect(refusal('[]')).to.equal(around('the whole: an object was expected'));
    expect(refusal(JSON.stringify({ ...request, v: 2 }))).to.equal(around('v: 1 was expected'));
    expect(refusal(JSON.stringify({ ...request, task: '../../etc/passwd' }))).to.equal(around('task: a SHA-256 was expected'));
    expect(refusal(JSON.stringify({ ...request, candidates: [request.candidates[0], { ...request.candidates[0], schedule: 7 }] }))).to.equal(around('candidates[1].schedule: a text was expected'));
  });

  it('take fields of a newer version with them', () => {
    expect(decode('build', JSON.stringify({ ...request, later: true })).ok).to.equal(true);
  });

  it('are refused when they are too large to send', () => {
    expect(() => encode('build', { ...request, candidates: [{ id: 'c', point: {}, schedule: 'x'.repeat(600_000) }] }))
      .to.throw(/^a message for build has 600\d\d\d bytes, 524288 are the most; ask for smaller batches$/);
  });

  it('have their table in the docs', () => {
    expect(readFileSync(repository('docs', 'topics.md'), 'utf8')).to.contain(topicTable());
  });

  it('carry tasks by their text', () => {
    const X = build.input('X', 'f32', [4]), [{ i }, axes] = build.axesOf({ i: 4 });
    const definition: Definition = { name: 'double', inputs: [X], tables: [], stages: [build.stage('Y', 'f32', axes, build.binary('add', build.load(X, i), build.load(X, i)))] };
    const task = { key: 'k', workload: 'w', label: 'double', definition, layouts: {}, inPlace: null, target: { id: 'a:b' } as never, threads: 1, exact: false, flops: 4 };
    expect(unwrap(readTask(taskText(task)))).to.deep.equal(task);
  });
});

describe('the artifact store', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-store-')); });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gives back what it was given, by hash, and takes the same twice', async () => {
    const store = openArtifactStore(folder), name = await store.put('words');
    expect(await store.put('words')).to.equal(name);
    expect(unwrap(await store.getText(name))).to.equal('words');
  });

  it('gives no bytes that are not those of the name, and mends them when it is given the right ones', async () => {
    const store = openArtifactStore(folder), name = await store.put('words'), path = join(folder, name.slice(0, 2), name);
    writeFileSync(path, 'swords');
    const read = await store.get(name);
    expect(read).to.deep.equal({ ok: false, failure: { code: 'artifact-damaged', stage: 'store', message: `${path} does not hold what its name says; remove it, and it will be made again` } });
    await store.put('words');
    expect((await store.get(name)).ok).to.equal(true);
  });

  it('leaves nothing half written behind: not when the disk refuses, not when the name is taken', async () => {
    // a limit on the size of files stands for a full disk; it holds for a process and can only be lowered, so for one of its own
    const put = `import { openArtifactStore } from '${new URL('index.js', import.meta.url).href}'; await openArtifactStore(process.argv[1]).put('x'.repeat(1 << 20)).catch(({ code }) => console.log(code));`;
    const { stdout } = spawnSync('/bin/sh', ['-c', 'ulimit -f 1; exec "$0" --input-type=module -e "$1" "$2"', process.execPath, put, folder], { encoding: 'utf8' });
    expect(stdout).to.equal('EFBIG\n');
    const store = openArtifactStore(folder), name = await store.put('words'), path = join(folder, name.slice(0, 2), name);
    rmSync(path);
    mkdirSync(path);
    const refused = await store.put('words').then(() => 'taken', ({ code }: NodeJS.ErrnoException) => code);
    expect(refused).to.equal('EISDIR');
    expect(readdirSync(folder, { recursive: true }).filter((one) => /\.\d+-\d+$/.test(String(one)))).to.deep.equal([]);
  });

  it('says what is missing and where', async () => {
    const name = 'b'.repeat(64), read = await openArtifactStore(folder).get(name);
    expect(read).to.deep.equal({ ok: false, failure: { code: 'artifact-missing', stage: 'store', message: `${name} is not in the artifact store ${folder} (ENOENT); every worker and every \`tune --brokers\` must name the same store with --store` } });
  });
});
