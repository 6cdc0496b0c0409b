/** The whole way of a model with the real program: tuned, compiled, run, timed, checked, each command a process of its own. */
import { readNpy, writeNpy } from '@loopsmith/npy';
import { command, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { Workplace, type Ended } from './program.js';
import { caseFile, inputShape, numbers, outputShape, residualAnswer, residualModel } from './models.js';

const image = numbers(inputShape), answer = residualAnswer(image);

/** Largest difference, relative to the largest expected value. */
const largestError = (got: ArrayLike<number | bigint>, expected: Float32Array): number =>
  expected.reduce((worst, value, i) => Math.max(worst, Math.abs(Number(got[i]) - value)), 0) / Math.max(...expected.map(Math.abs));

describe('the whole way', function () {
  const place = new Workplace();
  const tune = (...more: readonly string[]): Promise<Ended> => place.loopsmith('tune', 'residual.onnx', '--trials', '10', ...more);
  const readAnswer = (...path: readonly string[]): ArrayLike<number | bigint> => {
    const array = unwrap(readNpy(readFileSync(place.path(...path)), path.join('/')));
    expect(array.shape).to.deep.equal(outputShape);
    return array.values;
  };
  const writeCase = (name: string, x: Float32Array, shape: readonly number[], y: Float32Array): void => {
    mkdirSync(place.path(name, 'test_data_set_0'), { recursive: true });
    place.write(`${name}/test_data_set_0/input_0.pb`, caseFile('x', shape, x));
    place.write(`${name}/test_data_set_0/output_0.pb`, caseFile('y', outputShape, y));
  };

  before(function () {
    needs(this, command('gcc'));
    place.write('residual.onnx', residualModel());
    place.write('x.npy', writeNpy({ dtype: 'f32', shape: inputShape, values: image }));
    writeCase('right', image, inputShape, answer);
    writeCase('wrong', image, inputShape, answer.map((value) => value * 1.01));
    writeCase('misfit', numbers([5]), [5], answer);
  });
  after(() => place.remove());

  it('tunes, and says where the measurements are', async () => {
    const { code, out, err } = await tune();
    expect(code, err).to.equal(0);
    expect(out).to.match(/^Sum of kernel times: [\d.]+ ms, untuned [\d.]+ ms\nReport: \.loopsmith\/residual\.html, to look at in a browser\nRecords: FOLDER\/\.loopsmith\/records\.jsonl\n$/);
    expect(err).to.match(/^Tuning \d tasks for 1 thread, budget 10 trials\n(?:(?:\[Task \d\/\d\]|Schedules compared by turns:) .*\n)+Finished 10 trials in [\d.]+ s\n$/);
  });

  it('measures nothing again: the same command adds no record', async () => {
    const before = readFileSync(place.path('.loopsmith', 'records.jsonl'), 'utf8');
    const { code, err } = await tune();
    expect(code).to.equal(0);
    expect(err).to.match(/\d earlier measurements? known\n/);
    expect(readFileSync(place.path('.loopsmith', 'records.jsonl'), 'utf8')).to.equal(before);
  });

  /** What `compile` says behind the number of tuned tasks, which are those that the records have a search of; in ten trials it may have come to some of them. */
  const tunedOf = (out: string, file: string): string => {
    const [, tuned, tasks, reasons, rest] = /^(\d) of (\d) tasks found tuned\n((?: {2}untuned: .*: only its untuned schedule was tried so far\n)*)(?:Tune the rest with: .*\n)?([^]*)$/.exec(out) ?? [];
    const records = readFileSync(place.path(file), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { readonly task: string; readonly purpose: string });
    expect(Number(tuned), out).to.equal(new Set(records.flatMap(({ task, purpose }) => (purpose === 'search' ? [task] : []))).size).and.to.be.greaterThan(0);
    expect(reasons!.split('\n').length - 1).to.equal(Number(tasks) - Number(tuned));
    return rest!;
  };

  it('keeps records where --records says', async () => {
    const { code, out } = await tune('--records', 'elsewhere/mine.jsonl', '--strategy', 'random', '--seed', '7');
    expect([code, out.split('\n')[2]]).to.deep.equal([0, 'Records: FOLDER/elsewhere/mine.jsonl']);
    const compiled = await place.loopsmith('compile', 'residual.onnx', '--records', 'elsewhere/mine.jsonl', '-o', 'mine');
    expect(compiled).to.deep.include({ code: 0, err: '' });
    expect(tunedOf(compiled.out, 'elsewhere/mine.jsonl')).to.match(/^Wrote mine: /);
  });

  it('compiles with what it found and says how many tasks that are', async () => {
    const { code, out, err } = await place.loopsmith('compile', 'residual.onnx', '-o', 'library');
    expect([code, err]).to.deep.equal([0, '']);
    expect(tunedOf(out, '.loopsmith/records.jsonl')).to.match(/^Wrote library: library [\d.]+ KiB, weights [\d.]+ KiB, arena [\d.]+ KiB\n$/);
  });

  it('compiles for another number of threads untuned, task by task with the reason, and names the command', async () => {
    const { code, out } = await place.loopsmith('compile', 'residual.onnx', '--threads', '2', '-o', 'two-threads');
    expect(code).to.equal(0);
    expect(out).to.match(/^0 of (\d) tasks found tuned\n(?: {2}untuned: .*: there is no record of it\n)+Tune the rest with: loopsmith tune residual\.onnx --threads 2\nWrote two-threads: /);
  });

  it('runs on .npy files and gives the answer of the formula', async () => {
    expect(await place.loopsmith('run', 'library', '--input', 'x=x.npy', '--output-dir', 'answers')).to.deep.equal({ code: 0, out: 'y: f32 [1,8,10,10] in answers/y.npy\n', err: '' });
    expect(largestError(readAnswer('answers', 'y.npy'), answer)).to.be.lessThan(1e-5);
  });

  it('runs on two threads what was compiled for one, with the same answer', async () => {
    expect((await place.loopsmith('run', 'library', '--threads', '2', '--input', 'x=x.npy', '--output-dir', 'on-two')).code).to.equal(0);
    expect(largestError(readAnswer('on-two', 'y.npy'), answer)).to.be.lessThan(1e-5);
  });

  it('runs with ./run alone, in another place and with nothing on the PATH', async () => {
    renameSync(place.path('mine'), place.path('moved'));
    rmSync(place.path('elsewhere'), { recursive: true });
    const { code, out, err } = await place.start('./moved/run', ['--input', 'x=x.npy', '--output-dir', 'alone'], { PATH: '' }).ended;
    expect([code, out, err]).to.deep.equal([0, 'output y: alone/y.npy\n', '']);
    expect(largestError(readAnswer('alone', 'y.npy'), answer)).to.be.lessThan(1e-5);
    expect((await place.start('./moved/run', [], { PATH: '' }).ended).out).to.equal('input x: f32 [1, 3, 10, 10]\noutput y: f32 [1, 8, 10, 10]\n');
  });

  it('times, for people and for programs', async () => {
    const { code, out } = await place.loopsmith('bench', 'library', '--time', '0.2s', '--runs', '5');
    expect(code).to.equal(0);
    expect(out).to.match(/^Mean inference time \(std dev\): [\d.]+ ms \([\d.]+ ms\)\nmedian [\d.]+ ms, min [\d.]+ ms, \d+ runs, 1 thread\n$/);
    const json = await place.loopsmith('bench', 'library', '--time', '0.2s', '--json');
    const timing = JSON.parse(json.out) as Readonly<Record<string, number>>;
    expect(Object.keys(timing)).to.deep.equal(['meanMs', 'stdMs', 'minMs', 'medianMs', 'runs', 'threads']);
    expect(timing['minMs']).to.be.greaterThan(0).and.at.most(timing['medianMs']!);
  });

  it('verifies a folder and a model against cases: 0 right, 1 wrong, 3 when it cannot tell', async () => {
    const right = await place.loopsmith('verify', 'library', 'right');
    expect([right.code, right.err]).to.deep.equal([0, '']);
    expect(right.out).to.match(/^agrees {2}right: y relative error \d\.\de-\d\n$/);
    const model = await place.loopsmith('verify', 'residual.onnx', 'right', 'wrong');
    expect(model.code).to.equal(1);
    expect(model.out).to.match(/^agrees {2}right: y relative error \d\.\de-\d\nDIFFERS wrong: y relative error 9\.9e-3, allowed 1\.0e-4\n$/);
    expect(await place.loopsmith('verify', 'library', 'misfit')).to.deep.equal({ code: 3, out: '', err: 'loopsmith: input "x" is f32 [5]; f32 [1,3,10,10] was expected; sizes were fixed when the model was compiled\n' });
  });

  it('does it all with one command in a small budget', async () => {
    const { code, out, err } = await place.loopsmith('start', 'residual.onnx', '--budget', '2s', '--records', 'start.jsonl', '--output', 'started');
    expect(code, `${out}${err}`).to.equal(0);
    // a slow machine may not get to every task in so short a time, and then says so
    expect(out).to.match(/^residual: \d kernel calls, (\d) tasks for x86-avx:\w+\n\d of \1 tasks found tuned\n(?: {2}untuned: .*: (?:there is no record of it|only its untuned schedule was tried so far)\n)*Right answer y: relative error \S+ against the untuned library\nMean inference time \(std dev\): .*\n(?:Untuned: .* (?:times as long|no slower beyond noise)|The untuned library was faster than the tuned one \(.* ms\), and is what was written)\n[\d.]+ GFLOPS, \d+ % of the \d+ GFLOPS that 1 core .*\nReport: \.loopsmith\/residual\.html, to look at in a browser\nLibrary: started\n$/);
    expect(existsSync(place.path('started', 'manifest.json'))).to.equal(true);
  });

  it('writes a network of the zoo', async () => {
    const { code, out } = await place.loopsmith('zoo', 'squeezenet1.1', '-o', 'zoo.onnx');
    expect([code, out]).to.deep.equal([0, 'Wrote zoo.onnx (4.7 MiB)\n']);
    const listed = await place.loopsmith('zoo');
    expect(listed.out.split('\n')).to.include.members(['resnet18', 'squeezenet1.1', 'vgg19']);
  });

  it('examines the machine and finds it well', async () => {
    const { code, out } = await place.loopsmith('doctor');
    expect(code, out).to.equal(0);
    expect(out.match(/^ok {4}\w+/gm)).to.deep.equal(['node', 'gcc', 'plugins', 'cpu', 'targets', 'cores', 'locks', 'state'].map((name) => `ok    ${name}`));
  });
});
