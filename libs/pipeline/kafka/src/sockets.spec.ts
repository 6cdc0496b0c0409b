/** What is left of a client's sockets once it is closed: none, also of those that come late. */
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { trackSockets } from './sockets.js';

describe('the sockets of a client', () => {
  let server: Server, port: number;
  before(async () => {
    server = createServer((socket) => { socket.on('error', () => undefined).resume(); }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => { server.close(); });

  const connect = (factory: ReturnType<typeof trackSockets>['factory']): Promise<Socket> => {
    return new Promise((resolve) => {
      const socket = factory({ host: '127.0.0.1', port, ssl: undefined as never, onConnect: () => { resolve(socket); } });
    });
  };
  const endOf = (socket: Socket): Promise<string> => new Promise((resolve) => { socket.once('error', ({ message }) => { resolve(message); }); });

  it('are all ended, and their users hear of it', async () => {
    const { factory, close } = trackSockets(), sockets = [await connect(factory), await connect(factory)], ends = sockets.map(endOf);
    close();
    expect(await Promise.all(ends)).to.deep.equal(['this client was closed', 'this client was closed']);
    expect(sockets.map(({ destroyed }) => destroyed)).to.deep.equal([true, true]);
  });

  it('remember nothing for a time when they are connected, once they are closed', async () => {
    const { factory, close } = trackSockets(), socket = await connect(factory), listeners = socket.listenerCount('connect');
    const closed = new Promise((resolve) => { socket.on('error', () => undefined).once('close', resolve); });
    close();
    await closed;
    for (let i = 0; i < 20; i++) socket.unref();
    expect(socket.listenerCount('connect')).to.equal(listeners);
  });

  it('are ended also when they are asked for afterwards', async () => {
    const { factory, close } = trackSockets();
    close();
    const late = factory({ host: '127.0.0.1', port, ssl: undefined as never, onConnect: () => undefined });
    expect(await endOf(late)).to.equal('this client was closed');
  });
});
