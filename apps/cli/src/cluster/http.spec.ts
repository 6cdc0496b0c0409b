/** What /healthz, /readyz and /metrics answer, and what every other path does. */
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { connect } from 'node:net';
import { serveHttp, type HttpState } from './http.js';

describe('the health of a worker', () => {
  it('is told by status and in words', async () => {
    let fault: string | null = null, ready = false;
    const server = unwrap(await serveHttp('127.0.0.1', 0, { unhealthy: () => fault, notReady: () => (ready ? fault : 'not serving'), metrics: () => 'loopsmith_messages_total{worker="a"} 3\n' }));
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

  const well: HttpState = { unhealthy: () => null, notReady: () => null, metrics: () => '' };

  it('is told after requests for what is no address', async () => {
    const server = unwrap(await serveHttp('127.0.0.1', 0, well));
    try {
      const ask = (path: string): Promise<string> => new Promise((resolve, reject) => {
        let said = '';
        const socket = connect(server.port, '127.0.0.1', () => { socket.end(`GET ${path} HTTP/1.1\r\nHost: worker\r\nConnection: close\r\n\r\n`); });
        socket.setEncoding('utf8').on('data', (text: string) => { said += text; }).on('end', () => resolve(said.split('\r\n')[0]!)).on('error', reject);
      });
      for (const path of ['//', '///', '//[', 'http://[', '/%', '*']) expect(await ask(path), path).to.equal('HTTP/1.1 404 Not Found');
      for (const path of ['/healthz', '/healthz?verbose']) expect(await ask(path), path).to.equal('HTTP/1.1 200 OK');
    } finally {
      await server.close();
    }
  });

  it('is refused where nobody can listen, with the way out', async () => {
    const server = unwrap(await serveHttp('127.0.0.1', 0, well));
    try {
      const refusal = async (host: string, port: number): Promise<string> => {
        const second = await serveHttp(host, port, well);
        return second.ok ? 'it listens' : `${second.failure.code}: ${second.failure.message}`;
      };
      const wayOut = 'give another port with --http, 0 for any that is free, or another address with --http-host';
      expect(await refusal('127.0.0.1', server.port)).to.equal(`port-refused: health and metrics cannot be served at 127.0.0.1:${server.port} (EADDRINUSE): another program listens there; ${wayOut}`);
      // an address for documents, which no machine has
      expect(await refusal('192.0.2.1', 0)).to.equal(`port-refused: health and metrics cannot be served at 192.0.2.1:0 (EADDRNOTAVAIL): this machine has no such address; ${wayOut}`);
    } finally {
      await server.close();
    }
  });
});
