/** A folder through its own run program: the answers of the library itself, and a sentence for what goes wrong. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TensorData } from '@loopsmith/ir';
import { FailureError, unwrap } from '@loopsmith/util';
import { openProgramSession, type ProgramRunner } from './program-session.js';
import { readManifest } from './folder.js';
import { columns, expectedSums, rows, writeToyNetwork } from './testing/toy-network.js';

const image = Float32Array.from({ length: rows * columns }, (_, i) => (i % 5) - 2);
const plain: ProgramRunner = { kind: 'emulated', how: 'nothing', command: [] };

describe('a session of the run program', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-session-'));
  const manifest = { v: 1, target: 'toy:plain', threads: 2, inputs: [{ name: 'image', dtype: 'f32', shape: [1, rows, columns] }], outputs: [{ name: 'sums/0', dtype: 'f32', shape: [rows] }, { name: 'copy', dtype: 'f32', shape: [1, rows, columns] }] };
  const writeManifest = (value: unknown): void => writeFileSync(join(directory, 'manifest.json'), typeof value === 'string' ? value : JSON.stringify(value));
  const feeds = new Map<string, TensorData>([['image', { dtype: 'f32', shape: [1, rows, columns], values: image }]]);
  before(() => { writeToyNetwork(directory); });
  beforeEach(() => writeManifest(manifest));
  after(() => rmSync(directory, { recursive: true }));

  it('gives the outputs by name, on the number of threads asked for', async () => {
    for (const threads of [0, 1, 3]) {
      const session = unwrap(await openProgramSession(directory, threads, plain));
      expect([session.kind, session.how, session.threads]).to.deep.equal(['emulated', 'nothing', threads || 2]);
      const outputs = await session.run(feeds);
      expect([...outputs.get('sums/0')!.values as Float32Array]).to.deep.equal(expectedSums(image));
      expect(outputs.get('copy')).to.deep.equal(feeds.get('image'));
      await session.close();
    }
  });

  it('says what the program said when it fails, and when it does not start', async () => {
    const failing = async (runner: ProgramRunner): Promise<string> => {
      try { await unwrap(await openProgramSession(directory, 1, runner)).run(feeds); } catch (error) { if (error instanceof FailureError) return error.message; throw error; }
      return 'it ran';
    };
    expect(await failing({ ...plain, how: 'sh', command: ['sh', '-c', 'echo no such luck >&2; exit 3'] })).to.equal('the run program ended with status 3 under sh: no such luck');
    expect(await failing({ ...plain, how: 'sh', command: ['sh', '-c', 'kill -ILL $$'] })).to.equal('the run program was ended by SIGILL under sh: it said nothing');
    expect(await failing({ ...plain, how: 'qemu', command: ['no-such-emulator'] })).to.equal('the run program did not start under qemu: spawn no-such-emulator ENOENT');
  });

  it('refuses a folder that is none', async () => {
    const message = async (): Promise<string> => { const read = await readManifest(directory); return read.ok ? 'read' : read.failure.message; };
    writeManifest('{');
    expect(await message()).to.match(/^\/\S+\/manifest\.json is no JSON; write \S+ anew with `loopsmith compile`$/);
    writeManifest({ v: 2 });
    expect(await message()).to.match(/manifest\.json is no manifest of version 1; write \S+ anew with `loopsmith compile`$/);
    rmSync(join(directory, 'manifest.json'));
    expect(await message()).to.equal(`${directory} holds no manifest.json; give a folder that \`loopsmith compile\` wrote`);
  });

  it('refuses outputs whose files would be one', async () => {
    writeManifest({ ...manifest, outputs: [{ name: 'a/b', dtype: 'f32', shape: [1] }, { name: 'a_b', dtype: 'f32', shape: [1] }] });
    const refused = await openProgramSession(directory, 1, plain);
    expect(refused.ok ? '' : refused.failure.message).to.equal(`outputs a/b and a_b of ${directory} would be the same file a_b.npy; rename one in the model`);
  });
});
