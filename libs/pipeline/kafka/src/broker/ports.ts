/** Which ports of this machine nobody listens on, found by listening there for a moment. Holds none of them. */
import { createServer, type AddressInfo, type Server } from 'node:net';

const listening = (port: number, host: string): Promise<Server> => new Promise((resolve, reject) => {
  const server = createServer();
  server.on('error', reject);
  server.listen(port, host, () => resolve(server));
});
const closed = (server: Server): Promise<void> => new Promise((resolve) => { server.close(() => resolve()); });

/** Ports nobody listens on now. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(0, '127.0.0.1')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(closed));
  return ports;
};

/** Whether somebody listens there. What else keeps a port from being taken, such as a missing right, is for whoever takes it to say. */
export const isTaken = async (host: string, port: number): Promise<boolean> => {
  try {
    await closed(await listening(port, host));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  }
};
