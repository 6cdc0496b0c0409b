/** What an owner asks that is answered already: nothing is sent, and the rest of its process has its turns meanwhile. */
import type { Candidate } from '@loopsmith/contracts';
import { parseSchedule } from '@loopsmith/ir';
import { fakeTask } from '@loopsmith/stages/testing';
import { memoryTransport } from '@loopsmith/transport-memory';
import { fail, unwrap } from '@loopsmith/util';
import { openArtifactStore, type BuildAnswer, type Submission } from '@loopsmith/wire';
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answered, JobLog } from './job-log.js';
import { remote } from './remote.js';

describe('a run whose workers are elsewhere', () => {
  it('sends nothing for what is answered, and leaves the others of its process their turns: a group waits for its heartbeats', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-remote-')), transport = memoryTransport(), { task } = fakeTask(100);
    const answer: BuildAnswer = { v: 1, id: 'any', job: 'job', worker: 'w', at: 0, outcome: fail({ code: 'infrastructure', stage: 'build', message: 'as it was' }) };
    const everything = new Map<string, Answered>();
    everything.has = () => true;
    everything.get = () => ({ answer, at: 0 });
    const log: JobLog = { asked: new Set(), answers: everything, told: new Set(), epoch: 0, silent: [], cancelled: false, ended: null, onChange: () => () => undefined, caughtUp: async () => undefined, close: async () => undefined };
    const { builder } = remote({ transport, store: openArtifactStore(folder), log, job: 'job', submission: { environment: { compiler: 'none 1' } } as Submission, epoch: 0, device: 'd', signal: new AbortController().signal, measured: () => undefined, waits: () => undefined });
    let sent = 0;
    await transport.follow(['build'], () => { sent++; });
    const candidate: Candidate = { id: 'c', task: task.key, point: { a: 2 }, schedule: unwrap(parseSchedule('split Y.a by 2 into ao ai')) };
    await builder.build(task, [candidate]);
    let turns = 0, over = false;
    const turn = (): void => { turns++; if (!over) setImmediate(turn); };
    setImmediate(turn);
    for (let n = 0; n < 50; n++) expect(await builder.build(task, [candidate])).to.deep.equal([answer.outcome]);
    over = true;
    expect(sent).to.equal(0);
    expect(turns).to.be.at.least(50);
    rmSync(folder, { recursive: true });
  });
});
