/** `compile` makes the same bytes of the same model, records and compiler, wherever it runs and writes. */
import { command, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { residualModel } from './models.js';
import { program, Workplace } from './program.js';

describe('compile', function () {
  const place = new Workplace();
  after(() => place.remove());

  it('writes the same bytes again, from another folder, to another folder, with another place for temporary files', async function () {
    needs(this, command('gcc'));
    place.write('residual.onnx', residualModel());
    expect((await place.loopsmith('tune', 'residual.onnx', '--trials', '10')).code).to.equal(0);
    mkdirSync(place.path('else', 'where', 'tmp'), { recursive: true });
    for (const file of ['residual.onnx', '.loopsmith/records.jsonl']) cpSync(place.path(file), place.path('else', 'where', file));
    expect((await place.loopsmith('compile', 'residual.onnx', '-o', 'first')).out).to.match(/^[1-9] of \d tasks found tuned\n/);
    const second = place.start('/bin/sh', ['-c', 'cd else/where && exec "$0" "$1" compile residual.onnx -o ../a/longer/path', process.execPath, program], { ...process.env, TMPDIR: place.path('else', 'where', 'tmp') });
    expect((await second.ended).code).to.equal(0);
    const hashes = (folder: string): Readonly<Record<string, string>> =>
      Object.fromEntries(readdirSync(place.path(folder)).sort().map((file) => [file, createHash('sha256').update(readFileSync(join(place.path(folder), file))).digest('hex')]));
    expect(Object.keys(hashes('first'))).to.deep.equal(['loopsmith.h', 'manifest.json', 'network.a', 'network.so', 'network.weights', 'run']);
    expect(hashes('else/a/longer/path')).to.deep.equal(hashes('first'));
  });
});
