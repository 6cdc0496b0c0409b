/** The `run` program of a deployed folder: .npy in, .npy out, and a sentence for every mistake. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columns, expectedSums, rows, writeToyNetwork } from './testing/toy-network.js';

/** A version 1 .npy file as numpy.save writes it. */
const npy = (descr: string, shape: string, values: ArrayBufferView, order = 'False'): Uint8Array => {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const length = Math.ceil((text.length + 1 + 10) / 64) * 64 - 10;
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, length & 255, length >> 8]);
  return Buffer.concat([start, Buffer.from(`${text.padEnd(length - 1)}\n`), Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
};

describe('the run program', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-run-'));
  const image = Float32Array.from({ length: rows * columns }, (_, i) => (i % 5) - 2), good = join(directory, 'image.npy');
  const run = (...words: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
    spawnSync(join(directory, 'run'), words, { encoding: 'utf8', cwd: tmpdir() });
  before(() => {
    // Written elsewhere first: a folder can be moved.
    writeToyNetwork(`${directory}-before`);
    rmSync(directory, { recursive: true });
    renameSync(`${directory}-before`, directory);
    writeFileSync(good, npy('<f4', `(1, ${rows}, ${columns})`, image));
  });
  after(() => rmSync(directory, { recursive: true }));

  it('writes every output, on any number of threads', () => {
    for (const threads of ['1', '2', '3']) {
      const out = join(directory, `out${threads}`);
      expect(run('--input', `image=${good}`, '--output-dir', out, '--threads', threads)).to.deep.include({ status: 0, stderr: '', stdout: `output sums/0: ${out}/sums_0.npy\noutput copy: ${out}/copy.npy\n` });
      const sums = readFileSync(join(out, 'sums_0.npy'));
      expect(sums).to.deep.equal(Buffer.from(npy('<f4', `(${rows},)`, Float32Array.from(expectedSums(image)))));
      expect(readFileSync(join(out, 'copy.npy'))).to.deep.equal(readFileSync(good));
    }
  });

  it('lists what the network takes and gives', () => {
    expect(run().stdout).to.equal('input image: f32 [1, 6, 16]\noutput sums/0: f32 [6]\noutput copy: f32 [1, 6, 16]\n');
  });

  it('writes into the folder it is run in where none is named', () => {
    const { status, stdout } = spawnSync(join(directory, 'run'), ['--input', `image=${good}`], { encoding: 'utf8', cwd: directory });
    expect([status, stdout]).to.deep.equal([0, 'output sums/0: ./sums_0.npy\noutput copy: ./copy.npy\n']);
    expect(readFileSync(join(directory, 'copy.npy'))).to.deep.equal(readFileSync(good));
  });

  it('says how it is called, and names every option that it knows', () => {
    for (const word of ['--help', '-h']) {
      const { status, stdout, stderr } = run('--threads', '2', word);
      expect([status, stderr]).to.deep.equal([0, '']);
      expect(stdout).to.match(/^Usage: run \[options\]\n\nRuns the network .*\n(?:.*\n)*Options:\n/);
      for (const option of ['--input NAME=FILE.npy', '--output-dir FOLDER', '--threads N', '--bench N', '--weights FILE', '-h, --help']) expect(stdout).to.include(`\n  ${option} `);
      for (const line of stdout.split('\n')) expect(line.length, line).to.be.at.most(110);
    }
  });

  it('times runs', () => {
    expect(run('--input', `image=${good}`, '--bench', '20').stdout).to.match(/^20 runs on 2 threads: fastest \d+\.\d{4} ms, median \d+\.\d{4} ms\n$/);
  });

  it('times nothing without its inputs, and says which one is missing', () => {
    expect(run('--bench', '3')).to.deep.include({ status: 1, stdout: '', stderr: 'run: no file is given for input image; add --input image=FILE.npy\n' });
  });

  it('says what is wrong with a file', () => {
    const bad = join(directory, 'bad.npy');
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [npy('<f8', '(1, 6, 16)', new Float64Array(96)), `${bad} holds dtype '<f8'; input image needs f32, as written by array.astype('<f4')`],
      [npy('<f4', '(6, 16)', image), `${bad} has shape (6, 16); input image needs (1, 6, 16)`],
      [npy('<f4', '(1, 6, 16)', image, 'True'), `${bad} is stored in Fortran order; save it with numpy.ascontiguousarray`],
      [npy('<f4', '(1, 6, 16)', image.subarray(1)), `${bad} is truncated: its header promises 384 bytes`],
      [Buffer.concat([npy('<f4', '(1, 6, 16)', image), Buffer.from('x')]), `${bad} holds more than the 384 bytes that its header promises; write it again with numpy.save`],
      [Buffer.from('text'), `${bad} is not a .npy file`],
    ];
    for (const [bytes, message] of cases) {
      writeFileSync(bad, bytes);
      expect(run('--input', `image=${bad}`)).to.deep.include({ status: 1, stderr: `run: ${message}\n` });
    }
    expect(run('--input', 'image=/nowhere.npy').stderr).to.equal('run: cannot open /nowhere.npy: No such file or directory\n');
    expect(run('--output-dir', directory, '--input', `imgae=${good}`).stderr).to.equal(`run: --input imgae=${good} names no input of the network; the inputs are image\n`);
    expect(run('--input', good).stderr).to.equal(`run: --input ${good} is not of the form NAME=FILE.npy; the inputs are image\n`);
    expect(run('--input', `image=${good}`, '--input', `more=${good}`).stderr).to.equal(`run: --input more=${good} names no input of the network; the inputs are image\n`);
    expect(run('--input', `image=${good}`, '--input', `image=${good}`).stderr).to.equal('run: one input is given more than once; give each one file\n');
  });

  it('says what is wrong with the command line', () => {
    const usage = '(add --help for what it takes)\n';
    expect(run('--thread', '2')).to.deep.include({ status: 2, stderr: `run: unknown option --thread\n${usage}` });
    expect(run('--threads')).to.deep.include({ status: 2, stderr: `run: a value is missing after --threads\n${usage}` });
    expect(run('--threads', 'two')).to.deep.include({ status: 2, stderr: `run: --threads needs a positive whole number, not two\n${usage}` });
    expect(run('image.npy')).to.deep.include({ status: 2, stderr: `run: unexpected argument image.npy\n${usage}` });
  });
});
