/**
 * Stands between clients and one broker and knows where an answer begins and ends, so that it can break a connection at the
 * worst moments: the broker has done what it was asked, and the client is not told, or told half. Changes no byte.
 */
import { connect, createServer, type Socket } from 'node:net';

/** Kinds of requests by their number in Kafka's protocol. */
export const requests = { produce: 0, fetch: 1, findCoordinator: 10, heartbeat: 12 } as const;

/** What becomes of an answer: it passes, the connection breaks before it, or in the middle of it. */
export type Fate = 'pass' | 'cut' | 'half';

export interface Proxy { readonly port: number; close(): void }

export const openProxy = async (port: number, target: number, fateOf: (request: number) => Fate): Promise<Proxy> => {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(target, '127.0.0.1'), kinds = new Map<number, number>();
    for (const [one, other] of [[client, broker], [broker, client]] as const) {
      sockets.add(one.setNoDelay());
      one.on('error', () => other.destroy());
      one.on('close', () => { sockets.delete(one); other.destroy(); });
    }
    const fromClient = frames((frame) => {
      kinds.set(frame.readInt32BE(8), frame.readInt16BE(4));
      broker.write(frame);
    });
    const fromBroker = frames((frame) => {
      const correlation = frame.readInt32BE(4), fate = fateOf(kinds.get(correlation) ?? -1);
      kinds.delete(correlation);
      if (fate === 'pass') return client.write(frame);
      broker.destroy();
      if (fate === 'cut') return client.destroy();
      return client.end(frame.subarray(0, frame.length >> 1));
    });
    client.on('data', fromClient);
    broker.on('data', fromBroker);
  });
  await new Promise<void>((resolve, reject) => { server.on('error', reject).listen(port, '127.0.0.1', resolve); });
  return { port, close: () => { server.close(); for (const socket of sockets) socket.destroy(); } };
};

/** Puts together what TCP brings in pieces: every frame begins with its length in four bytes. */
const frames = (take: (frame: Buffer) => unknown) => {
  let kept: Buffer = Buffer.alloc(0);
  return (piece: Buffer): void => {
    kept = Buffer.concat([kept, piece]);
    while (kept.length >= 4 && kept.length >= 4 + kept.readInt32BE(0)) {
      const end = 4 + kept.readInt32BE(0);
      take(kept.subarray(0, end));
      kept = kept.subarray(end);
    }
  };
};
