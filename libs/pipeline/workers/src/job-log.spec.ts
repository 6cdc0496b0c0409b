/** What the log says of a job: the story of its last owner, each part of it once, whoever tells it again. */
import { memoryTransport } from '@loopsmith/transport-memory';
import { expect } from 'chai';
import { followJob } from './job-log.js';

describe('the log of a job', () => {
  it('passes over what a former owner tells after another claimed the job, and over what is told again', async () => {
    const transport = memoryTransport(), heard: number[] = [];
    const log = await followJob(transport, 'job', false, { event: (event) => { if (event.event === 'forecast') heard.push(event.seconds); } });
    const claim = (worker: string): Promise<number> => transport.sendAlone({ topic: 'runs', message: { v: 1, job: 'job', kind: 'claim', worker } });
    const tell = (epoch: number, seconds: number): Promise<void> =>
      transport.send([{ topic: 'runs', message: { v: 1, job: 'job', kind: 'event', epoch, id: `forecast ${seconds}`, event: { event: 'forecast', seconds, expected: 0 } } }]);
    const first = await claim('first');
    await tell(first, 1);
    const second = await claim('second');
    await tell(first, 2);
    await tell(second, 1);
    await tell(second, 3);
    expect([heard, [...log.told], log.epoch]).to.deep.equal([[1, 3], ['forecast 1', 'forecast 3'], second]);
    await log.close();
  });
});
