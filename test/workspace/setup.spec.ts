// What tools/setup.mjs does on a machine without a C compiler, seen with a PATH that has none and an apt-get that only
// takes notes. The rest of the set-up is done already when tests run, and is seen by every fresh checkout in CI.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { repository } from '@loopsmith/testing';

/** Any user that is not root; tests in CI run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

describe('tools/setup.mjs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'setup-'));
    mkdirSync(join(folder, 'bin'));
    chmodSync(folder, 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function program(name: string, text: string): void {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}`, { mode: 0o755 });
  }
  function run(script: string, ci: boolean, { tests, ...user }: { uid?: number; gid?: number; tests?: boolean }): { status: number | null; text: string } {
    const env = { PATH: join(folder, 'bin'), CI: ci ? 'true' : '' };
    const { status, stderr } = spawnSync(process.execPath, [script, ...(tests ? ['--tests'] : [])], { encoding: 'utf8', env, cwd: folder, ...user });
    return { status, text: stderr };
  }
  /** A copy of the script: it stops before it looks at the checkout, which another user may not be able to read. */
  function copy(): string {
    mkdirSync(join(folder, 'tools'));
    copyFileSync(repository('tools', 'setup.mjs'), join(folder, 'tools', 'setup.mjs'));
    return join(folder, 'tools', 'setup.mjs');
  }
  const notes = (): string => (existsSync(join(folder, 'notes')) ? readFileSync(join(folder, 'notes'), 'utf8') : '');
  const takeNotes = (): string => `echo "$@" >> '${folder}/notes'\n`;

  it('installs the compiler by itself in CI, after one apt-get update', () => {
    const gcc = join(folder, 'bin', 'gcc');
    program('apt-get', `${takeNotes()}if [ "$1" = install ]; then echo '#!/bin/sh' > '${gcc}'; /bin/chmod 755 '${gcc}'; fi\n`);
    program('sudo', '[ "$1" = -n ] && shift && exec "$@"\n');
    const { status, text } = run(repository('tools', 'setup.mjs'), true, {});
    expect(text).to.include('installing gcc libc6-dev');
    expect(status).to.equal(0);
    expect(notes()).to.equal('update -q\ninstall -y -q --no-install-recommends gcc libc6-dev\n');
  });

  it('names the command and stops with 2 when the installation fails', () => {
    program('apt-get', 'exit 100\n');
    program('sudo', 'exit 1\n');
    const { status, text } = run(copy(), true, {});
    expect(status).to.equal(2);
    expect(text).to.match(/Install it with:\n {2}(sudo )?apt-get install -y gcc libc6-dev\n$/);
  });

  it('brings what tests need when asked, and only names it to a user who is not root', () => {
    program('gcc', 'exit 0\n');
    program('apt-get', takeNotes());
    const { status, text } = run(copy(), false, { ...NOBODY, tests: true });
    expect(text).to.match(/^setup: Missing: a compiler for 64-bit Arm, .*\n {2}sudo apt-get install -y gcc-aarch64-linux-gnu .* qemu-user\n/);
    expect(status).to.not.equal(0);
    expect(text).to.match(/ENOENT.*package-lock\.json/);
    expect(notes()).to.equal('');
  });

  describe('while it builds', () => {
    /** A checkout of two packages in which everything is there but what is built of them. */
    const checkout = (second: string): void => {
      copy();
      program('gcc', 'exit 0\n');
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(repository('node_modules', '@typescript'), join(folder, 'node_modules', '@typescript'));
      const file = (path: string, content: unknown): void => {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
      };
      file('package-lock.json', {});
      file('node_modules/.package-lock.json', {});
      file('tsconfig.base.json', {});
      file('tsconfig.json', { files: [], references: [{ path: 'libs/one' }, { path: 'libs/two' }] });
      for (const [name, source] of [['one', 'export const one = 1;\n'], ['two', second]] as const) {
        file(`libs/${name}/tsconfig.json`, { compilerOptions: { composite: true, outDir: 'dist', rootDir: 'src', tsBuildInfoFile: 'dist/tsconfig.tsbuildinfo', types: [], lib: ['es5'], skipLibCheck: true }, include: ['src'] });
        file(`libs/${name}/src/${name}.ts`, source);
      }
    };

    it('says what it does and what it did; a second time it has nothing to say', () => {
      checkout('export const two = 2;\n');
      const { status, text } = run(join(folder, 'tools', 'setup.mjs'), false, {});
      expect([status, text.replace(/\d+ s\n$/, 'N s\n')]).to.deep.equal([0, 'setup: building 2 packages\nsetup: built in N s\n']);
      expect(run(join(folder, 'tools', 'setup.mjs'), false, {})).to.deep.equal({ status: 0, text: '' });
    });

    it('passes on what the compiler complains of', () => {
      checkout('export const two: string = 2;\n');
      const { status, text } = run(join(folder, 'tools', 'setup.mjs'), false, {});
      expect(status).to.equal(1);
      expect(text).to.match(/^setup: building 2 packages.*\nlibs\/two\/src\/two\.ts\(1,14\): error TS2322: .*\nsetup: the build failed; the compiler's message is above\.\n$/);
    });
  });

  it('only names the command to a user who is not root', () => {
    program('apt-get', takeNotes());
    program('sudo', takeNotes());
    const { status, text } = run(copy(), false, NOBODY);
    expect(text).to.match(/Missing: a C compiler.*\n {2}sudo apt-get install -y gcc libc6-dev\n$/);
    expect(status).to.equal(2);
    expect(notes()).to.equal('');
  });
});
