/**
 * The sockets of one Kafka client, so that closing it closes them all. kafkajs 2.2.4 drops its note of a broker whose connection
 * broke without closing the broker's other connection, and a socket that nobody knows keeps the process alive for ever.
 */
import type { ISocketFactory } from 'kafkajs';
import { isIP, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Sockets {
  readonly factory: ISocketFactory;
  /** Ends every socket there is, and every one that is still asked for. */
  close(): void;
}

const KEEP_ALIVE_MS = 60_000;

export const trackSockets = (): Sockets => {
  const open = new Set<Socket>();
  let closed = false;
  // an error is what the client's connection listens for: it lets go of its timers then
  const end = (socket: Socket): void => { socket.destroy(new Error('this client was closed')); };
  return {
    factory: ({ host, port, ssl, onConnect }) => {
      const socket = (ssl as unknown) ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect) : connectTcp({ host, port }, onConnect);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        // the client says good-bye to a closed one again and again, and Node would remember each time for when it is connected
        socket.unref = () => socket;
      });
      // after this call, when the client has its listeners on it
      if (closed) setImmediate(end, socket);
      return socket;
    },
    close: () => {
      closed = true;
      for (const socket of open) end(socket);
    },
  };
};
