/** A worker as whoever keeps it running sees it: its health, its end when the broker falls silent, its next start, its drain. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { Site, type Running } from './cluster.js';

describe('a worker that is supervised', () => {
  const site = new Site();
  before(async function () {
    needs(this, command('java'), command('mvn'));
    await site.startKafka();
  });
  after(() => site.remove());

  const ready = async ({ out, said }: Running): Promise<string> => {
    await said('"ready":true');
    return `http://127.0.0.1:${/health and metrics at port (\d+)/.exec(out())![1]}`;
  };
  const ask = async (url: string): Promise<string> => {
    const answer = await fetch(url);
    return `${answer.status} ${await answer.text()}`;
  };

  it('is refused, and not started again, where its port is taken', async () => {
    const port = site.cluster.brokers[0]!.port;
    const { code, err } = await site.start(['worker', '--supervise', '--stages', 'fit', '--http', String(port), '--brokers', site.brokers]).ended;
    expect([code, err]).to.deep.equal([3, `loopsmith: health and metrics cannot be served at 127.0.0.1:${port} (EADDRINUSE): another program listens there; give another port with --http, 0 for any that is free, or another address with --http-host\n`]);
  });

  it('tells its health, leaves with 75 when the broker is frozen, is started again, and drains at SIGTERM', async () => {
    // on a machine that is very busy a group takes seconds to form
    const worker = site.start(['worker', '--supervise', '--stages', 'extract,fit', '--watchdog', '15', '--http', '0', '--brokers', site.brokers]);
    const url = await ready(worker);
    while (await ask(`${url}/healthz`) !== '200 ok\n') await new Promise((resolve) => { setTimeout(resolve, 50); });
    expect(await ask(`${url}/readyz`)).to.equal('200 ok\n');
    expect(await ask(`${url}/metrics`)).to.match(/^loopsmith_broker_silent_seconds\{worker="[^"]+"\} \d+\.\d{3}$/m).and.to.match(/^loopsmith_memory_bytes\{worker="[^"]+"\} \d{8,}$/m);
    const broker = site.cluster.brokers[0]!.pid!;
    process.kill(broker, 'SIGSTOP');
    try {
      await worker.warned('it is started again');
    } finally {
      process.kill(broker, 'SIGCONT');
    }
    await worker.said('"code":75');
    expect(worker.out()).to.match(/"level":"error".*"text":"leaves: no word from the broker for \d+ s","code":75/);
    expect(worker.err()).to.contain('the worker left with 75; it is started again in 1 s');
    await worker.said('"ready":true', 2);
    worker.process.kill('SIGTERM');
    const { code, out } = await worker.ended;
    expect([code, /"text":"drains"/.test(out), /"text":"gone"\}\n$/.test(out)]).to.deep.equal([0, true, true]);
  });
});
