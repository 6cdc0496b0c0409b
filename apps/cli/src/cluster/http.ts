/** /healthz, /readyz and /metrics of a worker, for whoever keeps it running. Decides nothing: it asks. No request ends the process. */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpState {
  /** Null when all is well, else why it is not. */
  unhealthy(): string | null;
  notReady(): string | null;
  /** Prometheus' text format. */
  metrics(): string;
}

export interface HttpServer { /** Differs from one that was asked for as 0. */ readonly port: number; close(): Promise<void> }

/** What a code of the system means for whoever chose the port. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there', EACCES: 'this user may not listen there', EADDRNOTAVAIL: 'this machine has no such address', ENOTFOUND: 'there is no such host',
};

/** A Failure of code `port-refused` where nobody can listen. */
export const serveHttp = async (host: string, port: number, { unhealthy, notReady, metrics }: HttpState): Promise<Outcome<HttpServer>> => {
  const server: Server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => { response.writeHead(status, { 'content-type': type }).end(`${text}\n`); };
    const state = (fault: string | null): void => answer(fault === null ? 200 : 503, fault ?? 'ok');
    // as it stands before the question: not every text that comes here is an address
    switch ((request.url ?? '/').split('?')[0]) {
      case '/healthz': return state(unhealthy());
      case '/readyz': return state(notReady());
      case '/metrics': return answer(200, metrics().trimEnd(), 'text/plain; version=0.0.4; charset=utf-8');
      default: return answer(404, 'there are /healthz, /readyz and /metrics');
    }
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = reasons[code] ?? String(error);
    return fail({
      code: 'port-refused',
      stage: 'cluster',
      message: `health and metrics cannot be served at ${host}:${port} (${code}): ${reason}; give another port with --http, 0 for any that is free, or another address with --http-host`,
    });
  }
  return succeed({ port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }) });
};
