/** What /healthz, /readyz and /metrics answer, and what every other path does. */
import { expect } from 'chai';
import { serveHttp } from './http.js';

describe('the health of a worker', () => {
  it('is told by status and in words', async () => {
    let fault: string | null = null, ready = false;
    const server = await serveHttp('127.0.0.1', 0, { unhealthy: () => fault, notReady: () => (ready ? fault : 'not serving'), metrics: () => 'loopsmith_messages_total{worker="a"} 3\n' });
    try {
      const ask = async (path: string): Promise<string> => {
        const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
        return `${answer.status} ${answer.headers.get('content-type')} ${await answer.text()}`;
      };
      expect(await ask('/healthz')).to.equal('200 text/plain; charset=utf-8 ok\n');
      expect(await ask('/readyz')).to.equal('503 text/plain; charset=utf-8 not serving\n');
      ready = true;
      expect(await ask('/readyz')).to.equal('200 text/plain; charset=utf-8 ok\n');
      fault = 'no word from the broker for 61 s';
      expect(await ask('/healthz')).to.equal('503 text/plain; charset=utf-8 no word from the broker for 61 s\n');
      expect(await ask('/readyz')).to.equal('503 text/plain; charset=utf-8 no word from the broker for 61 s\n');
      expect(await ask('/metrics')).to.equal('200 text/plain; version=0.0.4; charset=utf-8 loopsmith_messages_total{worker="a"} 3\n');
      expect(await ask('/')).to.equal('404 text/plain; charset=utf-8 there are /healthz, /readyz and /metrics\n');
    } finally {
      await server.close();
    }
  });
});
