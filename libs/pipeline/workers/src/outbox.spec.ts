/** The outbox: what it knows after a crash, how tries are counted, and that it does not grow with what is told. */
import type { Outgoing } from '@loopsmith/wire';
import { expect } from 'chai';
import fs, { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOutbox } from './outbox.js';

const answer = (id: string): readonly Outgoing[] => [{ topic: 'fitted', message: { v: 1, id, job: 'job', worker: 'w', at: 0, outcome: { ok: true, value: null } } }];

describe('the outbox', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-outbox-')); });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

  it('knows after a crash what is still to be sent, and what was sent', async () => {
    const before = openOutbox(folder);
    for (const id of ['a', 'b']) before.begin(id);
    await Promise.all(['a', 'b'].map((id) => before.done(id, answer(id))));
    before.sent('a');
    // a crash in the middle of a line
    appendFileSync(join(folder, 'outbox.jsonl'), '{"done":"c","mess');
    const after = openOutbox(folder);
    expect(after.unsent()).to.deep.equal(['b']);
    expect(after.find('b')).to.deep.equal({ messages: answer('b'), sent: false });
    expect(after.find('a')).to.deep.equal({ messages: [], sent: true });
    expect(after.find('c')).to.equal(undefined);
    before.close();
    after.close();
  });

  it('counts what was begun until it is told, over crashes', async () => {
    const before = openOutbox(folder);
    expect(before.begin('a')).to.equal(1);
    await before.done('a', answer('a'));
    expect(before.begin('a')).to.equal(2);
    before.close();
    const after = openOutbox(folder);
    expect(after.begin('a')).to.equal(3);
    after.sent('a');
    expect(after.begin('a')).to.equal(1);
    after.close();
  });

  it('is written anew when it has grown long, with what is still to be sent', async () => {
    const longest = 20_000, outbox = openOutbox(folder, longest);
    outbox.begin('kept');
    await outbox.done('kept', answer('kept'));
    let largest = 0;
    for (let n = 0; n < 500; n++) {
      const id = `answer ${n}`;
      outbox.begin(id);
      await outbox.done(id, answer(id));
      outbox.sent(id);
      largest = Math.max(largest, statSync(join(folder, 'outbox.jsonl')).size);
    }
    outbox.close();
    // what is sent is remembered by its id alone: these 500 take some 30 kB, and some 150 kB were written
    expect(largest).to.be.within(longest, 60_000);
    const after = openOutbox(folder);
    expect(after.unsent()).to.deep.equal(['kept']);
    expect(after.find('answer 499')).to.deep.equal({ messages: [], sent: true });
    after.close();
  });

  it('forgets the oldest of what was sent, and nothing that is still to be sent', async () => {
    const outbox = openOutbox(folder), sent = Array.from({ length: 2100 }, (_, i) => `sent ${i}`);
    await Promise.all(['unsent', ...sent].map((id) => outbox.done(id, answer(id))));
    sent.forEach((id) => outbox.sent(id));
    await outbox.done('last', []);
    expect(outbox.unsent()).to.deep.equal(['unsent', 'last']);
    expect([outbox.find('sent 0'), outbox.find('sent 2099')]).to.deep.equal([undefined, { messages: [], sent: true }]);
    outbox.close();
  });

  it('loses nothing but the line that a full disk cut off, and says so', async () => {
    const outbox = openOutbox(folder), { writeSync } = fs;
    let calls = 0;
    // a part of what is asked for, then nothing
    fs.writeSync = ((file: number, text: string | Buffer) => {
      if (calls++ > 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return writeSync(file, Buffer.from(text).subarray(0, 5));
    }) as typeof writeSync;
    syncBuiltinESMExports();
    try {
      expect(() => outbox.begin('cut')).to.throw('no space left on device');
    } finally {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    }
    await outbox.done('whole', []);
    outbox.close();
    const again = openOutbox(folder);
    expect([again.begin('cut'), again.unsent()]).to.deep.equal([1, ['whole']]);
    again.close();
  });
});
