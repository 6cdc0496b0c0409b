/** /healthz, /readyz and /metrics of a worker, for whoever keeps it running. Decides nothing: it asks. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpState {
  /** Null when all is well, else why it is not. */
  unhealthy(): string | null;
  notReady(): string | null;
  /** Prometheus' text format. */
  metrics(): string;
}

/** Answers the port, which differs from a `port` of 0. */
export const serveHttp = async (host: string, port: number, { unhealthy, notReady, metrics }: HttpState): Promise<{ readonly port: number; close(): Promise<void> }> => {
  const server: Server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => { response.writeHead(status, { 'content-type': type }).end(`${text}\n`); };
    const state = (fault: string | null): void => answer(fault === null ? 200 : 503, fault ?? 'ok');
    switch (new URL(request.url ?? '/', 'http://worker').pathname) {
      case '/healthz': return state(unhealthy());
      case '/readyz': return state(notReady());
      case '/metrics': return answer(200, metrics().trimEnd(), 'text/plain; version=0.0.4; charset=utf-8');
      default: return answer(404, 'there are /healthz, /readyz and /metrics');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }) };
};
