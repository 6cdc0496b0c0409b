/** What a broker refuses before anything of it is started. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.js';
import { startBroker } from './start-broker.js';

describe('a broker', () => {
  it('is not started where another process listens, which would answer in its place', async () => {
    const server = createServer(), folder = mkdtempSync(join(tmpdir(), 'loopsmith-broker-'));
    const taken = await new Promise<number>((resolve) => { server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)); });
    const [free = 0] = await freePorts(1), artifacts = { java: 'no-java-is-started', jars: folder, archive: join(folder, 'archive') };
    for (const [port, controllerPort] of [[taken, free], [free, taken]] as const) {
      const place = { node: 1, port, controllerPort, data: join(folder, 'data') };
      expect(await startBroker(artifacts, join(folder, 'broker'), { host: '127.0.0.1', place, all: [place] }))
        .to.deep.equal({ ok: false, failure: { code: 'broker-start', stage: 'broker', message: `another process listens on 127.0.0.1:${taken}; stop it, or choose another --port` } });
    }
    expect(existsSync(join(folder, 'broker'))).to.equal(false);
    await new Promise((resolve) => { server.close(resolve); });
    rmSync(folder, { recursive: true });
  });
});
