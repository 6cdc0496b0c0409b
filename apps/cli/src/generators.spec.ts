/** `nx g loopsmith:…` by the real Nx: found in this workspace, where nothing is written, and in a workspace of its own the files of `loopsmith new`. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '@loopsmith/testing';
import { expect } from 'chai';
import * as generators from './generators.js';
import { pluginKinds } from './scaffolds/plugin-kinds.js';

const nx = repository('node_modules', 'nx', 'dist', 'bin', 'nx.js');
const generate = async (folder: string, ...options: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [nx, 'generate', ...options, '--no-interactive'], { cwd: folder, env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NO_COLOR: '1', FORCE_COLOR: '0' } });
  return stdout;
};

describe('nx g loopsmith', function () {
  // Nx makes its graph of the workspace first, beside whatever else runs
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-nx-'));
  after(() => { rmSync(folder, { recursive: true }); });

  it('is found in this workspace', async () => {
    const out = await generate(repository(), 'loopsmith:hardware-plugin', 'not-written', '--dry-run');
    for (const file of ['package.json', 'index.js', 'index.test.js']) expect(out).to.include(`CREATE not-written/${file}`);
    expect(existsSync(repository('not-written'))).to.equal(false);
  });

  it('writes what `loopsmith new` writes, in the folder it is started in, and refuses as it does', async () => {
    mkdirSync(join(folder, 'plugins'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(repository('apps', 'cli'), join(folder, 'node_modules', 'loopsmith'));
    symlinkSync(repository('node_modules', 'nx'), join(folder, 'node_modules', 'nx'));
    writeFileSync(join(folder, 'package.json'), '{ "name": "elsewhere", "private": true }\n');
    writeFileSync(join(folder, 'nx.json'), '{ "neverConnectToCloud": true, "analytics": false, "useDaemonProcess": false }\n');
    cpSync(repository('package-lock.json'), join(folder, 'package-lock.json'));
    const { name: kind, files, next } = pluginKinds.find(({ name }) => name === 'search-strategy')!;
    const name = `my-${kind}`, out = await generate(join(folder, 'plugins'), `loopsmith:${kind}`, name);
    for (const [file, text] of Object.entries(await files(name))) expect(readFileSync(join(folder, 'plugins', name, file), 'utf8')).to.equal(text);
    expect(out).to.include(`Go on with:\n  $ ${next(name)[0]}\n`);
    const refused = async (name: string): Promise<string> => { try { return await generate(join(folder, 'plugins'), 'loopsmith:search-strategy', name); } catch (error) { const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string }; return stdout + stderr; } };
    expect(await refused('My Search')).to.include('"My Search" cannot name a plugin; give lower-case words with dashes between, such as hill-climbing');
  });

  // every process of Nx takes seconds, so what does not need it is seen without
  it('has a generator for every kind of plugin, which refuses a folder that is there already', async () => {
    const { generators: listed } = JSON.parse(readFileSync(repository('apps', 'cli', 'generators.json'), 'utf8')) as { readonly generators: Readonly<Record<string, { readonly factory: string }>> };
    expect(Object.keys(listed)).to.have.members(pluginKinds.map(({ name }) => name));
    for (const { name: kind, files } of pluginKinds) {
      const written = new Map<string, string>(), name = `my-${kind}`;
      const tree = { exists: (path: string) => path === 'plugins/there', write: (path: string, content: string) => { written.set(path, content); } };
      const [file, factory] = listed[kind]!.factory.split('#') as [string, keyof typeof generators];
      expect(file).to.equal('./dist/generators.js');
      await generators[factory](tree, { name, directory: 'plugins' });
      expect(Object.fromEntries(written)).to.deep.equal(Object.fromEntries(Object.entries(await files(name)).map(([path, text]) => [`plugins/${name}/${path}`, text])));
      const refusal: unknown = await generators[factory](tree, { name: 'there', directory: 'plugins' }).then(() => null, (error: unknown) => error);
      expect(refusal).to.be.an('error').with.property('message', 'there is something called there here already; choose another name or remove it');
      expect(written.has('plugins/there/package.json')).to.equal(false);
    }
  });
});
