/** The package as its users get it: packed, installed into an empty folder, used by types, by command line, by plugin, and what it compiles alone. */
import { command, needs, repository } from '@loopsmith/testing';
import { readNpy, writeNpy } from '@loopsmith/npy';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { caseFile, inputShape, numbers, outputShape, pooledAnswer, pooledModel, residualAnswer, residualModel } from './models.js';
import { Workplace, type Ended } from './program.js';

const image = numbers(inputShape);

describe('the package', function () {
  // a machine that others share too may take many times what it takes alone
  this.timeout(600_000);
  const place = new Workplace();
  /** In the folder of the installation, which knows nothing of this checkout. */
  const run = (program: string, ...args: readonly string[]): Promise<Ended> => place.start(program, args).ended;
  const loopsmith = (...args: readonly string[]): Promise<Ended> => run(join('node_modules', '.bin', 'loopsmith'), ...args);
  const succeed = async (running: Promise<Ended>): Promise<string> => {
    const { code, out, err } = await running;
    expect(code, `${out}${err}`).to.equal(0);
    return out;
  };

  before(async function () {
    needs(this, command('gcc'), command('npm'));
    const packed = await succeed(run(process.execPath, repository('tools', 'pack.mjs'), 'packed'));
    place.write('package.json', '{ "private": true, "type": "module" }\n');
    await succeed(run('npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', packed.trim().replace('FOLDER', place.folder)));
    place.write('model.onnx', pooledModel());
    place.write('x.npy', writeNpy({ dtype: 'f32', shape: inputShape, values: image }));
  });
  after(() => place.remove());

  it('is written into no folder that is named like an option', async () => {
    for (const words of [['--help'], ['packed', 'elsewhere']])
      expect(await run(process.execPath, repository('tools', 'pack.mjs'), ...words)).to.deep.equal({ code: 2, out: '', err: 'usage: node tools/pack.mjs [folder]\nWrites loopsmith-VERSION.tgz there (default: build/).\n' });
  });

  it('holds what it needs and nothing of this checkout', () => {
    const installed = place.path('node_modules', 'loopsmith');
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { license: string; os: string[]; cpu: string[] };
    expect(manifest).to.deep.include({ license: 'Apache-2.0', os: ['linux'], cpu: ['x64', 'arm64'] });
    expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).to.include('Apache License');
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /\.spec\.|\.map$|\/src\/|\/testing\//.test(file))).to.deep.equal([]);
    expect(files).to.include(join('node_modules', '@loopsmith', 'runtime', 'native', 'loopsmith_runtime.c'));
    const missing = files.filter((file) => /^node_modules\/@loopsmith\/[^/]+\/package\.json$/.test(file)).flatMap((file) => {
      const { exports: entries } = JSON.parse(readFileSync(join(installed, file), 'utf8')) as { exports: Readonly<Record<string, string | { readonly default: string }>> };
      return Object.entries(entries).flatMap(([entry, to]) => (files.includes(join(dirname(file), typeof to === 'string' ? to : to.default)) ? [] : [`${file} ${entry}`]));
    });
    expect(missing, 'entry points without a file').to.deep.equal([]);
    const links = [...readFileSync(join(installed, 'README.md'), 'utf8').matchAll(/\]\(((?!https?:)[^)#]+)\)/g)].map(([, link]) => link!);
    expect(links).to.include('docs/guides/tune-and-deploy.md');
    expect(links.filter((link) => !files.includes(link))).to.deep.equal([]);
    for (const file of files.filter((one) => /\.(js|d\.ts|json)$/.test(one))) expect(readFileSync(join(installed, file), 'utf8'), file).not.to.include(repository());
  });

  it('names commands as its user typed the one before', async () => {
    const wayOut = async (program: string, ...args: readonly string[]): Promise<string> => (await run(program, ...args, 'tune', 'absent.onnx')).err.trim().replace(/.*`(.*)`$/, '$1');
    expect(await wayOut('npx', '--no-install', 'loopsmith')).to.equal('npx loopsmith zoo resnet18 -o resnet18.onnx');
    const { npm_config_user_agent: _npm, ...environment } = process.env;
    const { err } = await place.start(join('node_modules', '.bin', 'loopsmith'), ['tune', 'absent.onnx'], environment).ended;
    expect(err).to.include('`node_modules/.bin/loopsmith zoo resnet18 -o resnet18.onnx`');
  });

  it('runs as a command', async () => {
    expect(await succeed(loopsmith('--version'))).to.equal('0.1.0\n');
    expect(await succeed(loopsmith('compile', 'model.onnx', '--untuned', '-o', 'model'))).to.match(/^Wrote model: library /);
    expect(await succeed(loopsmith('run', 'model', '--input', 'x=x.npy'))).to.equal('y: f32 [1,8,1,1] in y.npy\n');
  });

  it('is used from TypeScript, its types found by tsc alone', async () => {
    copyFileSync(repository('docs', 'examples', 'typescript', 'deploy.ts'), place.path('deploy.ts'));
    copyFileSync(repository('docs', 'examples', 'typescript', 'expression.ts'), place.path('expression.ts'));
    place.write('mistaken.ts', `
      import { FailureError, tune } from 'loopsmith';
      for (const options of [{ threads: 0 }, { budget: { trials: 0 } }, { budget: { seconds: -1 } }, { budget: { seconds: 1, stopBelow: 2 } }])
        await tune('model.onnx', options).catch((error: unknown) => console.log(error instanceof FailureError ? error.message : error));
    `);
    place.write('tsconfig.json', JSON.stringify({
      compilerOptions: { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, module: 'nodenext', target: 'es2022', types: ['node'], outDir: 'js', skipDefaultLibCheck: true }, files: ['deploy.ts', 'expression.ts', 'mistaken.ts'],
    }));
    await succeed(run(process.execPath, repository('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'));
    expect(await succeed(run(process.execPath, 'js/deploy.js', 'model.onnx'))).to.match(/^(\d) of \1 tasks measured\n(?:untuned: .*: only its untuned schedule was tried so far\n)*y: \[1, 8, 1, 1\] begins with -?\d/);
    expect(await succeed(run(process.execPath, 'js/expression.js'))).to.equal('8x32 Set(1) { 100 }\n');
    expect(await succeed(run(process.execPath, 'js/mistaken.js'))).to.equal([
      'threads is 0; give a whole number from 1 to 256', 'budget.trials is 0; give a whole number from 1 up', 'budget.seconds is -1; give a time above 0', 'budget.stopBelow is 2; give a share between 0 and 1, such as 0.01', '',
    ].join('\n'));
  });

  it('takes a plugin that imports loopsmith/plugin and nothing else', async () => {
    place.write('mine.mjs', `
      import { ContainerModule, SearchStrategy } from 'loopsmith/plugin';
      const first = { id: 'first', start: ({ space }) => {
        let points = space.choices[0].values.map((value) => ({ ...space.untuned(), [space.choices[0].name]: value }));
        return { propose: (n) => points.splice(0, n), observe: () => {} };
      } };
      export default new ContainerModule(({ bind }) => { bind(SearchStrategy).toConstantValue(first); });
    `);
    const { code, err } = await loopsmith('tune', 'model.onnx', '--trials', '4', '--plugin', './mine.mjs', '--strategy', 'first', '--records', 'first.jsonl');
    expect(code, err).to.equal(0);
    expect(readFileSync(place.path('first.jsonl'), 'utf8')).to.include('"strategy":"first"');
  });

  describe('with the RISC-V plugin of the guide, which its author has in a folder of his own,', () => {
    const target = ['--plugin', './riscv-rvv/index.js', '--target', 'riscv-rvv:rv64gcv'];
    before(() => {
      cpSync(repository('docs', 'examples', 'riscv-rvv'), place.path('riscv-rvv'), { recursive: true });
      place.write('residual.onnx', residualModel());
      mkdirSync(place.path('case', 'test_data_set_0'), { recursive: true });
      place.write('case/test_data_set_0/input_0.pb', caseFile('x', inputShape, image));
      place.write('case/test_data_set_0/output_0.pb', caseFile('y', outputShape, residualAnswer(image)));
    });

    it('passes the hardware kit, and is short', async () => {
      expect(readFileSync(place.path('riscv-rvv', 'index.js'), 'utf8').split('\n').length).to.be.lessThan(300);
      expect(await succeed(run(process.execPath, '--test', 'riscv-rvv/index.test.js'))).to.match(/pass 8\b/);
    });

    it('compiles a network whose answers are right under qemu', async function () {
      needs(this, command('clang-19'), command('riscv64-linux-gnu-gcc'), command('qemu-riscv64'));
      await succeed(loopsmith('compile', 'residual.onnx', ...target, '--untuned', '-o', 'for-riscv'));
      expect(await succeed(loopsmith('verify', 'for-riscv', 'case', '--plugin', './riscv-rvv/index.js'))).to.match(/^agrees {2}case: y relative error \d\.\de-\d \(emulated: qemu-riscv64 \S+\)\n$/);
    });

    it('tunes by the draft model what cannot be measured, and keeps both apart', async function () {
      needs(this, command('clang-19'), command('riscv64-linux-gnu-gcc'), command('qemu-riscv64'));
      expect((await loopsmith('tune', 'residual.onnx', ...target, '--trials', '4')).err).to.equal('loopsmith: nothing can be measured here: riscv-rvv:rv64gcv needs a RISC-V processor with vectors; add --modelled to check answers under qemu-riscv64 and rank by the draft model\n');
      expect(await succeed(loopsmith('tune', 'residual.onnx', ...target, '--trials', '4', '--modelled', '--records', 'riscv.jsonl'))).to.match(/^Sum of kernel times \(modelled\): /);
      const compiled = (...options: readonly string[]): Promise<string> => succeed(loopsmith('compile', 'residual.onnx', ...target, '--records', 'riscv.jsonl', '-o', 'again', ...options));
      expect(await compiled()).to.match(/^0 of \d tasks found tuned\n(?: {2}untuned: .*: none of its \d+ recorded candidates gave right answers in time: only emulated or modelled times are there\n)+/);
      expect(await compiled('--modelled')).to.match(/^\d of \d tasks found in modelled records, none measured\n(?: {2}untuned: .*: only its untuned schedule was tried so far\n)*(?:Tune the rest with: .* --modelled\n)?Wrote again: /);
    });
  });

  it('takes a search strategy that `new` wrote: through the kit, compared on the spaces that come with it, and tuned with as a package', async () => {
    await succeed(loopsmith('new', 'search-strategy', 'hill'));
    await succeed(run(process.execPath, '--test', 'hill/index.test.js'));
    const compared = await succeed(loopsmith('compare-strategies', '--plugin', './hill/index.js', '--pair', 'hill+gbt', '--pair', 'random+analytical', '--seeds', '2', '--trials', '24', '--workers', '1'));
    expect(compared).to.match(/^hill\+gbt +\d/m).and.to.match(/^24 runs in /m);
    await succeed(run('npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', './hill'));
    await succeed(loopsmith('tune', 'model.onnx', '--trials', '4', '--plugin', 'loopsmith-search-hill', '--strategy', 'hill', '--records', 'hill.jsonl'));
    expect(readFileSync(place.path('hill.jsonl'), 'utf8')).to.include('"strategy":"hill"');
  });

  it('takes the programs of the guides as they stand, in a folder as `npm init` leaves it', async () => {
    const programOf = (guide: string): string => /^```js\n([^]*?import [^]*?)^```$/m.exec(readFileSync(place.path('node_modules', 'loopsmith', 'docs', 'guides', guide), 'utf8'))![1]!;
    mkdirSync(place.path('plain'));
    place.write('plain/package.json', '{ "type": "commonjs" }\n');
    place.write('plain/layer.mjs', programOf('write-an-operator.md').replace('seconds: 30', 'seconds: 1'));
    expect(await succeed(run(process.execPath, 'plain/layer.mjs'))).to.equal('[ 8, 32 ] 100\n');
    place.write('plain/tabu.mjs', programOf('add-a-search-strategy.md'));
    await succeed(loopsmith('tune', 'model.onnx', '--trials', '4', '--plugin', './plain/tabu.mjs', '--strategy', 'tabu', '--records', 'tabu.jsonl'));
    expect(readFileSync(place.path('tabu.jsonl'), 'utf8')).to.include('"strategy":"tabu"');
  });

  it('says how to add TensorFlow.js where a cost model needs it', async () => {
    const { code, err } = await loopsmith('tune', 'model.onnx', '--trials', '30', '--model', 'neural', '--records', 'neural.jsonl');
    expect([code, err.trim().split('\n').at(-1)]).to.deep.equal([3, 'loopsmith: the cost model neural needs TensorFlow.js, which is not installed with Loopsmith; add it with `npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0`, or take another --model']);
  });

  it('compiles folders that a C program uses by header and library, shared and static', async () => {
    copyFileSync(repository('docs', 'examples', 'c', 'classify.c'), place.path('classify.c'));
    const zeros = pooledAnswer(new Float32Array(image.length)), best = zeros.indexOf(Math.max(...zeros));
    const strict = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-Imodel', 'classify.c'];
    await succeed(run('gcc', ...strict, 'model/network.so', '-Wl,-rpath,$ORIGIN/model', '-o', 'shared'));
    await succeed(run('gcc', ...strict, 'model/network.a', '-pthread', '-lm', '-o', 'static'));
    for (const program of ['./shared', './static']) expect(await succeed(run(program, 'model/network.weights')), program).to.match(new RegExp(`^y: ${best} is the largest, `));
    const { code, err } = await run('./static', 'absent.weights');
    expect([code, err]).to.deep.equal([1, 'cannot open the weights file absent.weights: No such file or directory; it is written beside the library, and both move together\n']);
  });

  it('compiles folders that run where there is nothing but the C library', async () => {
    const jail = place.path('jail');
    cpSync(place.path('model'), join(jail, 'model'), { recursive: true });
    copyFileSync(place.path('x.npy'), join(jail, 'x.npy'));
    // what the dynamic loader needs: itself, libc, libm
    const needed = (await succeed(run('ldd', 'model/run', 'model/network.so'))).match(/(?<=\s)\/\S+(?= \(0x)/g)!, libraries = [...new Set(needed)];
    for (const library of libraries) expect(basename(library)).to.match(/^(ld-linux|libc|libm|libpthread)\b/);
    for (const library of libraries) {
      mkdirSync(join(jail, dirname(library)), { recursive: true });
      copyFileSync(library, join(jail, library));
    }
    const chroot = process.getuid?.() === 0 ? ['chroot'] : ['unshare', '--map-root-user', 'chroot'];
    // not even /proc is there, by which the loader and the program find what lies beside them
    const { code, out, err } = await run('env', '-i', `PATH=${process.env['PATH'] ?? ''}`, 'LD_LIBRARY_PATH=/model', ...chroot, jail, '/model/run', '--weights', '/model/network.weights', '--input', 'x=/x.npy', '--output-dir', '/out');
    expect([code, err]).to.deep.equal([0, '']);
    expect(out).to.equal('output y: /out/y.npy\n');
    const { values } = unwrap(readNpy(readFileSync(join(jail, 'out', 'y.npy')), 'y.npy'));
    pooledAnswer(image).forEach((value, i) => expect(values[i]).to.be.closeTo(value, 1e-5));
  });
});
