/** Behind the fence there is no network, no core file, no memory and no process beyond the limit, and where it can be, another user. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { findFence } from './fence.js';

const GB = 1e9;
describe('the fence around code from the network', () => {
  const fence = (): ReturnType<typeof findFence> => findFence(fileURLToPath(import.meta.url), { memory: GB, processes: 1234 });
  const asRoot = process.getuid?.() === 0;
  /** What a program prints behind the fence. */
  const behind = (script: string): string => {
    const { command: [program, ...args] } = fence();
    const { stdout, stderr } = spawnSync(program!, [...args, process.execPath, '-e', script], { encoding: 'utf8' });
    return `${stdout}${stderr}`.trim();
  };
  before(function () {
    needs(this, command('unshare'), command('prlimit'), command('setpriv'));
  });

  it('says what it does', () => {
    expect(fence().text).to.equal(`no network, no core files, at most 1 GB each${asRoot ? ', user nobody, at most 1234 processes' : ''}`);
    expect(fence().works).to.equal(true);
  });

  it('shuts out the network, this machine\'s own addresses too', async () => {
    const server = createServer((socket) => socket.end('reached'));
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    try {
      const { port } = server.address() as AddressInfo;
      expect(behind(`require('node:net').connect(${port}, '127.0.0.1').on('data', (data) => console.log(String(data))).on('error', ({ code }) => console.log(code))`)).to.equal('ENETUNREACH');
      expect(behind('console.log(Object.keys(require("node:os").networkInterfaces()).length)')).to.equal('0');
    } finally {
      server.close();
    }
  });

  it('refuses more memory than the limit', () => {
    const take = (bytes: number): string => behind(`try { Buffer.alloc(${bytes}, 1); console.log('taken'); } catch ({ message }) { console.log(message); }`);
    expect(take(GB / 4)).to.equal('taken');
    expect(take(1.2 * GB)).to.be.oneOf(['Array buffer allocation failed', 'Failed to allocate memory'], 'the words of Node 20 and of 24');
  });

  it('limits core files and processes, and runs as nobody where it may', () => {
    const limits = behind('process.stdout.write(require("node:fs").readFileSync("/proc/self/limits", "utf8"))');
    expect(limits).to.match(/^Max core file size\s+0\s+0 /m);
    if (asRoot) expect(limits).to.match(/^Max processes\s+1234\s+1234 /m);
    expect(behind('console.log(process.getuid())')).to.equal(String(asRoot ? 65_534 : process.getuid?.()));
  });
});
