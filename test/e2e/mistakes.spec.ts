/** What the program says to each mistake of its users: the whole message and the exit code. Some from the real program, in a process of its own; the others from its command line as a function, which is the same but for that process. */
import { writeNpy } from '@loopsmith/npy';
import { command, cpu, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { program, Workplace, type Ended } from './program.js';
import { foreignModel, inputShape, numbers, openModel, pooledModel } from './models.js';

const usage = '(add --help for what it takes)\n', more = '(add --verbose for the full text)\n';

/** What was typed, the exit code, and all of standard error. */
type Mistake = readonly [what: string, typed: string, code: number, message: string];

/** One of each way to an exit code: commander's words, a refusal, one that was found late, the system's, a plugin's, the loader's. */
const inProcesses: readonly Mistake[] = [
  ['a command that is none', 'retune', 2, `error: unknown command 'retune'\n(Did you mean tune?)\n${usage}`],
  ['a model that is not there', 'tune absent.onnx', 3, 'loopsmith: there is no model file absent.onnx; give the path of an .onnx file, or make one with `loopsmith zoo resnet18 -o resnet18.onnx`\n'],
  ['an operator nobody knows', 'compile foreign.onnx --untuned -o out', 3, 'loopsmith: the model uses an operator that Loopsmith does not import: Frobnicate (node y); export the model without it\n'],
  ['a full disk', 'zoo squeezenet1.1 -o /dev/full', 3, `loopsmith: /dev/full cannot be written (ENOSPC); the disk is full: make room there, or name a place on another one\n${more}`],
  ['a plugin that throws', 'tune good.onnx --plugin ./throws.mjs', 3, `loopsmith: plugin ./throws.mjs could not be loaded: I am broken; mend it or leave it out\n${more}`],
  ['a library that is none', 'run torn', 3, 'loopsmith: FOLDER/torn/network.so cannot be loaded on this machine: Failed to load shared library: file too short\n'],
];

const mistakes: readonly Mistake[] = [
  ['no model', 'tune', 2, `error: missing required argument 'model'\n${usage}`],
  ['no output folder', 'compile good.onnx', 2, `error: required option '-o, --output <folder>' not specified\n${usage}`],
  ['an option that is none', 'tune good.onnx --trails 5', 2, `error: unknown option '--trails'\n(Did you mean --trials?)\n${usage}`],
  ['a time without a unit', 'tune good.onnx --budget 5', 2, `error: option '--budget <time>' argument '5' is invalid. Give a number and a unit, such as 90s, 2m or 1h.\n${usage}`],
  ['a time of a bench without a unit', 'bench library --time 2', 2, `error: option '--time <time>' argument '2' is invalid. Give a number and a unit, such as 90s, 2m or 1h.\n${usage}`],
  ['no trials', 'tune good.onnx --trials 0', 2, `error: option '--trials <n>' argument '0' is invalid. Give a whole number from 1 up.\n${usage}`],
  ['threads that are no number', 'start good.onnx --threads two', 2, `error: option '--threads <n>' argument 'two' is invalid. Give a whole number from 1 to 256.\n${usage}`],
  ['two budgets', 'tune good.onnx --budget 5m --trials 5', 2, `error: option '--budget <time>' cannot be used with option '--trials <n>'\n${usage}`],
  ['a target without an ISA', 'tune good.onnx --target x86-avx:', 2, `error: option '--target <plugin:isa>' argument 'x86-avx:' is invalid. Give a hardware plugin and an ISA, such as x86-avx:host or x86-avx:avx2.\n${usage}`],
  ['a shape without a name', 'tune good.onnx --shape 1,3', 2, `error: option '--shape <name=1,3,224,224>' argument '1,3' is invalid. Give the name of the input and its shape, such as data=1,3,224,224.\n${usage}`],
  ['an input without a file', 'run library --input x', 2, `error: option '--input <name=file.npy>' argument 'x' is invalid. Give the name of the input and a file, such as data=image.npy.\n${usage}`],

  ['a file that is no model', 'tune text.onnx', 3, 'loopsmith: text.onnx is in no format that is known here (onnx, mxnet, tensorflow); export it as ONNX\n'],
  ['an empty file', 'tune empty.onnx', 3, 'loopsmith: empty.onnx is empty (0 bytes); download or export it again\n'],
  ['a model cut off by a download', 'start cut.onnx', 3, 'loopsmith: cut.onnx ends in the middle of a field that starts at byte 19 of 300; the file is cut off or is not ONNX, so download or export it again\n'],
  ['a folder that is no model', 'tune plain', 3, "loopsmith: folder plain is no model and no compiled library: it has no model.onnx, no *-symbol.json, no saved_model.pb, no model.json, no frozen.pb; give the model's file or its folder\n"],
  ['an open dimension', 'tune open.onnx', 3, 'loopsmith: input x has an open dimension batch (axis 0) in its shape [batch,4]; give it a size with --shape x=1,4\n'],
  ['the shape of another input', 'tune open.onnx --shape z=1', 3, 'loopsmith: --shape names the input z, which the model does not have; its inputs are x\n'],
  ['a shape that does not fit', 'tune open.onnx --shape x=1,5', 3, 'loopsmith: --shape x=1,5 does not fit the input x of shape [batch,4]: only open dimensions can be given, and their number is fixed\n'],

  ['hardware without a plugin', 'tune good.onnx --target tpu:host', 3, 'loopsmith: there is no hardware plugin "tpu"; there are x86-avx, arm-neon, opencl, mali-opencl, cuda, rocm\n'],
  ['an ISA without code', 'compile good.onnx --untuned -o out --target x86-avx:mmx', 3, 'loopsmith: x86-avx has no instruction set "mmx"; choose host, avx512, avx2, sse2\n'],
  ['a typing error in hardware', 'tune good.onnx --target x86-axv:host', 3, 'loopsmith: there is no hardware plugin "x86-axv" (did you mean x86-avx?); there are x86-avx, arm-neon, opencl, mali-opencl, cuda, rocm\n'],
  ['a typing error in an ISA', 'tune good.onnx --target x86-avx:avx-512', 3, 'loopsmith: x86-avx has no instruction set "avx-512" (did you mean avx512?); choose host, avx512, avx2, sse2\n'],
  ['a typing error in a processor', 'compile good.onnx --untuned -o out --target arm-neon:cortexa72', 3, 'loopsmith: arm-neon has no processor "cortexa72" (did you mean cortex-a72?); choose host, aarch64, cortex-a53, cortex-a55, cortex-a72, cortex-a76, neoverse-n1, armv7, cortex-a7, cortex-a9, cortex-a15\n'],
  ['a typing error in an architecture', 'compile good.onnx --untuned -o out --target cuda:sm90', 3, 'loopsmith: cuda has no architecture "sm90" (did you mean sm_90?); choose host, sm_61, sm_75, sm_80, sm_86, sm_90\n'],
  ['a typing error in a device', 'compile good.onnx --untuned -o out --target mali-opencl:midgart', 3, 'loopsmith: mali-opencl has no device "midgart" (did you mean midgard?); choose host, midgard, bifrost\n'],
  ['a typing error in a strategy', 'tune good.onnx --strategy anealing', 3, 'loopsmith: there is no search strategy "anealing" (did you mean annealing?); there are best-first, annealing, autotvm, random, grid, genetic, evolutionary, droplet, portfolio, warm-start\n'],
  ['a typing error in a cost model', 'tune good.onnx --model gtb', 3, 'loopsmith: there is no cost model "gtb" (did you mean gbt?); there are analytical, gbt, gbt-plain, neural, ensemble\n'],
  ['a typing error in a network', 'zoo resnet', 3, 'loopsmith: the zoo has no network "resnet" (did you mean resnet18 or resnet50?); it has densenet121, inception_v3, mobilenet, mobilenet_v2, resnet18, resnet50, squeezenet1.0, squeezenet1.1, vgg16, vgg19\n'],
  ['a typing error in a code', 'explain-error wrong-anser', 3, 'loopsmith: there is no failure code "wrong-anser" (did you mean wrong-answer?); `loopsmith explain-error` lists all CODES\n'],
  ['a typing error in a pass', 'inspect good.onnx --print-ir after=fuze', 3, 'loopsmith: there is no pass "fuze" (did you mean fuse?) to print after; there are PASSES\n'],
  ['a typing error in a file', 'tune god.onnx', 3, 'loopsmith: there is no model file god.onnx (did you mean good.onnx?); give the path of an .onnx file, or make one with `loopsmith zoo resnet18 -o resnet18.onnx`\n'],
  ['a typing error in a tensor', 'inspect good.onnx --outputs yy', 3, 'loopsmith: --outputs names the tensor yy (did you mean y?), which no node of the model makes; its inputs are x, its outputs y\n'],
  ['a search strategy that is none', 'tune good.onnx --strategy luck', 3, 'loopsmith: there is no search strategy "luck"; there are best-first, annealing, autotvm, random, grid, genetic, evolutionary, droplet, portfolio, warm-start\n'],
  ['a cost model that is none', 'tune good.onnx --model crystal', 3, 'loopsmith: there is no cost model "crystal"; there are analytical, gbt, gbt-plain, neural, ensemble\n'],
  ['a plugin that is no plugin', 'tune good.onnx --plugin ./mine.mjs', 3, 'loopsmith: plugin ./mine.mjs has no ContainerModule as its default export; end it with `export default new ContainerModule(({ bind }) => { … })`\n'],
  ['records in a folder', 'tune good.onnx --records plain', 3, `loopsmith: record file FOLDER/plain cannot be read (EISDIR); name a file you may read with --records\n${more}`],
  ['a network the zoo does not have', 'zoo alexnet', 3, 'loopsmith: the zoo has no network "alexnet"; it has densenet121, inception_v3, mobilenet, mobilenet_v2, resnet18, resnet50, squeezenet1.0, squeezenet1.1, vgg16, vgg19\n'],
  ['a file where a folder is to be written', 'compile good.onnx --untuned -o text.onnx', 3, `loopsmith: FOLDER/text.onnx is a file; give a folder\n${more}`],
  ['a folder below a file', 'compile good.onnx --untuned -o text.onnx/out', 3, `loopsmith: FOLDER/text.onnx/out cannot be written (ENOTDIR); name a place that exists and that you may write\n${more}`],
  ['a folder that takes no folder', 'compile good.onnx --untuned -o /proc/out', 3, `loopsmith: /proc/out cannot be written (ENOENT); name a place that exists and that you may write\n${more}`],

  ['a place for a space that is not there', 'space record good.onnx conv2d -o absent/space.jsonl', 3, `loopsmith: absent/space.jsonl cannot be written (ENOENT); name a place that exists and that you may write\n${more}`],
  ['a report of records that are not there', 'report good.onnx --records absent.jsonl', 3, 'loopsmith: there is no record file absent.jsonl; make one with `loopsmith tune MODEL.onnx --records absent.jsonl`, or name another with --records\n'],
  ['records that were named and are not there', 'compile good.onnx --records absent.jsonl -o out', 3, 'loopsmith: there is no record file absent.jsonl; make one with `loopsmith tune MODEL.onnx --records absent.jsonl`, or name another with --records\n'],
  ['a library in place of a model', 'tune library', 3, 'loopsmith: folder library is a compiled library, which runs with `loopsmith run library`; give the model it was made from\n'],
  ['a log that is not there', 'replay absent.log', 3, 'loopsmith: there is no log absent.log; write one with `loopsmith tune --log absent.log`\n'],
  ['no brokers', 'jobs list', 3, 'loopsmith: no brokers are named; give --brokers host:port, set LOOPSMITH_BROKERS, or start one with `loopsmith broker`\n'],
  ['a pair that is none', 'compare-strategies --pair annealing', 3, 'loopsmith: "annealing" is no pair of a strategy and a cost model; write it like annealing+gbt, or autotvm+gbt@64 for batches of 64\n'],

  ['a folder that is no compiled library', 'bench plain', 3, 'loopsmith: FOLDER/plain holds no manifest.json; give a folder that `loopsmith compile` wrote\n'],
  ['a folder that is not there', 'run absent', 3, 'loopsmith: there is no folder FOLDER/absent; give a folder that `loopsmith compile` wrote\n'],
  ['a model in place of its folder', 'run good.onnx', 3, 'loopsmith: FOLDER/good.onnx is a file; give a folder that `loopsmith compile` wrote\n'],
  ['an input without a value', 'run library', 3, 'loopsmith: input "x" (f32 [1,3,10,10]) has no value; give one with --input x=F.npy\n'],
  ['an input of another name', 'run library --input data=x.npy', 3, 'loopsmith: the network has no input "data"; its inputs are x\n'],
  ['an input of another shape', 'run library --input x=short.npy', 3, 'loopsmith: input "x" is f32 [3]; f32 [1,3,10,10] was expected; sizes were fixed when the model was compiled\n'],
  ['an input of another type', 'run library --input x=double.npy', 3, 'loopsmith: input "x" is f64 [1,3,10,10]; f32 [1,3,10,10] was expected; convert it with array.astype\n'],
  ['an input file that is not there', 'run library --input x=absent.npy', 3, 'loopsmith: there is no file absent.npy; write the input with numpy.save\n'],
  ['a folder in place of an input', 'run library --input x=plain', 3, `loopsmith: plain is a folder; give a file\n${more}`],
  ['a case that is not there', 'verify library absent', 3, 'loopsmith: there is no case folder absent; give a folder that holds test_data_set_0/input_0.pb and output_0.pb\n'],
  ['a folder that is no case', 'verify library plain', 3, "loopsmith: plain holds no test_data_set_0; give a folder in the layout of ONNX's backend tests\n"],
];

describe('a user\'s mistake', function () {
  const place = new Workplace();
  before(async function () {
    needs(this, command('gcc'));
    place.write('good.onnx', pooledModel());
    place.write('cut.onnx', pooledModel().subarray(0, 300));
    place.write('open.onnx', openModel());
    place.write('foreign.onnx', foreignModel());
    place.write('empty.onnx', '');
    place.write('text.onnx', 'this is a text');
    place.write('mine.mjs', 'export const id = "mine";\n');
    place.write('throws.mjs', 'throw new Error("I am broken");\n');
    mkdirSync(place.path('plain'));
    mkdirSync(place.path('torn'));
    place.write('torn/network.so', 'no elf');
    place.write('torn/manifest.json', '{"v":1,"target":"x86-avx:avx2","threads":1,"inputs":[],"outputs":[]}');
    place.write('x.npy', writeNpy({ dtype: 'f32', shape: inputShape, values: numbers(inputShape) }));
    place.write('short.npy', writeNpy({ dtype: 'f32', shape: [3], values: numbers([3]) }));
    place.write('double.npy', writeNpy({ dtype: 'f64', shape: inputShape, values: Float64Array.from(numbers(inputShape)) }));
    const { code, err } = await place.command('compile', 'good.onnx', '--untuned', '-o', 'library');
    expect(code, err).to.equal(0);
  });
  after(() => place.remove());

  for (const [what, typed, code, message] of inProcesses)
    it(`${what}, in a process: ${typed}`, async () => {
      expect(await place.loopsmith(...typed.split(' '))).to.deep.equal({ code, out: '', err: message });
    });
  for (const [what, typed, code, message] of mistakes)
    it(`${what}: ${typed}`, async () => {
      const { code: ended, out, err } = await place.command(...typed.split(' '));
      // how many there are, and which, is said elsewhere
      const shown = err.replace(/lists all \d+\n$/, 'lists all CODES\n').replace(/(to print after; there are ).*\n$/, '$1PASSES\n');
      expect({ code: ended, out, err: shown }).to.deep.equal({ code, out: '', err: message });
    });

  it('open dimensions: what can be shown is, and the command that completes it', async () => {
    const inspected = await place.command('inspect', 'open.onnx');
    const refusal = 'loopsmith: input x has an open dimension batch (axis 0) in its shape [batch,4]; give it a size with --shape x=1,4\n';
    const shown = (command: string): string =>
      `1 node of a model that leaves sizes open\ninput x: f32 [batch,4]\nnodes  state     operator\n    1  imported  Relu\nThe whole report, with sizes that are examples: loopsmith ${command} open.onnx --shape x=1,4\n`;
    expect(inspected).to.deep.equal({ code: 3, out: shown('inspect'), err: refusal });
    expect(await place.command('extract', 'open.onnx')).to.deep.equal({ code: 3, out: shown('extract'), err: refusal });
    const [, ...pasted] = inspected.out.trimEnd().split('examples: ')[1]!.split(' ');
    expect(await place.command(...pasted)).to.deep.include({ code: 0, err: '' });

    const { code, out } = await place.command('inspect', 'open.onnx', '--json');
    expect([code, JSON.parse(out)]).to.deep.equal([3, {
      inputs: [{ name: 'x', dtype: 'f32', shape: ['batch', 4] }], operators: [{ operator: 'Relu', nodes: 1 }], missing: [], complete: 'loopsmith inspect open.onnx --shape x=1,4',
    }]);
    expect((await place.command('extract', 'open.onnx', '--json')).out).to.equal('{"name":"x","dtype":"f32","shape":["batch",4],"status":"open"}\n');
  });

  it('a plugin that is not there', async () => {
    const { code, err } = await place.command('tune', 'good.onnx', '--plugin', './none.mjs');
    expect(code).to.equal(3);
    expect(err).to.equal(`loopsmith: plugin ./none.mjs could not be loaded: Cannot find module './none.mjs'; mend it or leave it out\n${more}`);
  });

  it('no compiler on PATH: for `tune` and for `compile`', async () => {
    const without = (...args: readonly string[]): Promise<Ended> => place.start(process.execPath, [program, ...args], { ...process.env, PATH: place.path('plain') }).ended;
    for (const args of [['tune', 'good.onnx', '--trials', '2'], ['compile', 'good.onnx', '--untuned', '-o', 'none']])
      expect((await without(...args)).err.replace(more, ''), args.join(' ')).to.equal('loopsmith: gcc is not installed or not on PATH; install it (Debian: apt-get install gcc libc6-dev)\n');
  });

  it('a record file that can grow no further', async () => {
    const tuned = await place.loopsmith('tune', 'good.onnx', '--trials', '4', '--records', 'whole.jsonl');
    expect(tuned.code, tuned.err).to.equal(0);
    const { code, err } = await place.start('/bin/sh', ['-c', `ulimit -f 1; exec "${process.execPath}" "${program}" records merge small.jsonl whole.jsonl`]).ended;
    expect([code, err]).to.deep.equal([3, `loopsmith: record file FOLDER/small.jsonl cannot be written (EFBIG); name a file you may write with --records\n${more}`]);
  });

  it('a file that takes no more: nothing half written stays behind', async () => {
    const limited = (blocks: number, line: string): Promise<Ended> => place.start('/bin/sh', ['-c', `ulimit -f ${blocks}; exec "${process.execPath}" "${program}" ${line}`]).ended;
    const zoo = await limited(1, 'zoo squeezenet1.1 -o cut-off.onnx');
    expect([zoo.code, zoo.err]).to.deep.equal([3, `loopsmith: cut-off.onnx cannot be written (EFBIG); name a place that exists and that you may write\n${more}`]);
    const merged = await limited(0, 'records merge unmerged.jsonl whole.jsonl');
    expect([merged.code, merged.err]).to.deep.equal([3, `loopsmith: FOLDER/unmerged.jsonl cannot be written (EFBIG); name a place that exists and that you may write\n${more}`]);
    expect(readdirSync(place.folder).filter((file) => /^(?:cut-off|unmerged)/.test(file))).to.deep.equal([]);
  });

  it('weights that are cut off or gone', async () => {
    const said = async (): Promise<string> => { const { code, err } = await place.command('run', 'maimed', '--input', 'x=x.npy'); return `${code} ${err}`; };
    cpSync(place.path('library'), place.path('maimed'), { recursive: true });
    const weights = place.path('maimed', 'network.weights'), whole = readFileSync(weights);
    writeFileSync(weights, whole.subarray(0, whole.length - 8));
    const short = await said();
    rmSync(weights);
    const gone = await said();
    expect(short).to.equal(`3 loopsmith: FOLDER/maimed/network.weights is truncated: it has ${whole.length - 8} bytes where ${whole.length} are expected; copy it again\n`);
    expect(gone).to.equal('3 loopsmith: cannot open the weights file FOLDER/maimed/network.weights: No such file or directory; it is written beside the library, and both move together\n');
  });

  it('a damaged line among records: it is named and ignored, and stays in the file', async () => {
    const tune = (): Promise<{ readonly code: number | string | null; readonly err: string }> => place.command('tune', 'good.onnx', '--trials', '3', '--records', 'damaged.jsonl');
    expect((await tune()).code).to.equal(0);
    const file = place.path('damaged.jsonl');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    writeFileSync(file, `${[...lines, '{"v":1,', '{"v":7}', '{"v":1,"id":"a"}'].join('\n')}\n`);
    const { code, err } = await tune();
    expect([code, err.split('\n').slice(0, 3)]).to.deep.equal([0, [
      `FOLDER/damaged.jsonl:${lines.length + 1}: not JSON; the line is kept and ignored`,
      `FOLDER/damaged.jsonl:${lines.length + 2}: record version 7; this Loopsmith reads version 1; the line is kept and ignored`,
      `FOLDER/damaged.jsonl:${lines.length + 3}: task: a text was expected; the line is kept and ignored`,
    ]]);
    expect(readFileSync(file, 'utf8').split('\n')).to.include('{"v":7}');

    appendFileSync(file, '{"v":1,"id":"torn');
    const torn = await tune();
    expect([torn.code, torn.err.split('\n')[3]]).to.deep.equal([0, `FOLDER/damaged.jsonl:${lines.length + 4}: the last line is not whole: a run was ended while it wrote it, or writes it now; it is ignored, and its candidate will be measured again`]);
  });

  // where the CPU has everything that a target asks for, nobody can make this mistake
  if (!cpu('avx512f').met) it('a library for a CPU with more than this one has', async () => {
    expect((await place.command('compile', 'good.onnx', '--target', 'x86-avx:avx512', '-o', 'wide')).out).to.include('\nTune the rest where x86-avx:avx512 runs with: loopsmith tune good.onnx --target x86-avx:avx512\n');
    const { code, err } = await place.command('run', 'wide', '--input', 'x=x.npy');
    expect([code, err]).to.deep.equal([3, 'loopsmith: this library needs the CPU feature avx512f, which this CPU does not have; compile the model for this machine\n']);
    const tuned = await place.command('tune', 'good.onnx', '--target', 'x86-avx:avx512');
    expect(tuned.code).to.equal(3);
    expect(tuned.err).to.match(/^loopsmith: this CPU \(.*\) lacks avx512f, avx512vl, avx512dq, avx512bw, so x86-avx:avx512 cannot be measured here; choose --target x86-avx:host\n$/);
  });
});
