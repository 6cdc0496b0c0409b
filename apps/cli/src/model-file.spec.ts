/** Which model a path means, and what of its folder may be read. Every refusal with its whole message. */
import type { Frontend } from '@loopsmith/contracts';
import { attempt, fail, succeed } from '@loopsmith/util';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { besideOf, detectIn, detectModel, readModelFile } from './model-file.js';

const frontend = (id: string, ...entries: readonly string[]): Frontend =>
  ({ id, entries, detects: (bytes) => Buffer.from(bytes).toString() === id, import: () => fail({ code: 'none', stage: 'import', message: 'none' }) });
const frontends = [frontend('one', 'model.one'), frontend('two', '*-two.json')];

describe('the model that a path means', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-model-')); });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const found = (path: string): string => {
    const outcome = attempt(() => detectModel(readModelFile(path, folder), frontends));
    return outcome.ok ? [outcome.value.name, outcome.value.file, outcome.value.frontend.id].join(' ') : `${outcome.failure.code}: ${outcome.failure.message}`;
  };

  it('is a file, or the file in a folder that a format knows', () => {
    write('a/model.one', 'one');
    write('b/net-two.json', 'two');
    expect([found('a/model.one'), found('a'), found('b'), found('b/net-two.json')]).to.deep.equal(['model model.one one', 'a model.one one', 'b net-two.json two', 'net-two net-two.json two']);
  });

  it('loads front ends until one knows the file, and all to find the file in a folder', async () => {
    write('a/model.one', 'one');
    write('b/net-two.json', 'two');
    write('noise.bin', 'noise');
    const loadedFor = async (path: string): Promise<readonly string[]> => {
      const loaded = new Set<string>(), get = (of: Frontend) => { loaded.add(of.id); return succeed(of); };
      const outcome = await detectIn(readModelFile(path, folder), {
        ids: frontends.map(({ id }) => id),
        get: (id) => Promise.resolve(get(frontends.find((one) => one.id === id)!)), all: () => { frontends.forEach(get); return Promise.resolve(succeed(frontends)); },
      }).then(({ frontend: { id } }) => id, (error: unknown) => (error as Error).message.replace(/;.*/, ''));
      return [outcome, ...loaded];
    };
    expect(await loadedFor('a/model.one')).to.deep.equal(['one', 'one']);
    expect(await loadedFor('b/net-two.json')).to.deep.equal(['two', 'one', 'two']);
    expect(await loadedFor('a')).to.deep.equal(['one', 'one', 'two']);
    expect(await loadedFor('noise.bin')).to.deep.equal(['noise.bin is in no format that is known here (one, two)', 'one', 'two']);
  });

  it('is refused with the reason where there is none', () => {
    write('noise.bin', 'noise');
    write('none/readme.md', '');
    write('empty.onnx', '');
    write('library/manifest.json', '');
    write('library/loopsmith.h', '');
    for (const name of ['a', 'b', 'c', 'd', 'e']) write(`several/${name}-two.json`, 'two');
    expect(found('absent')).to.equal('model-missing: there is no model file absent; give the path of an .onnx file, or make one with `loopsmith zoo resnet18 -o resnet18.onnx`');
    expect(found('noise.bin')).to.equal('model-format: noise.bin is in no format that is known here (one, two); export it as ONNX');
    writeFileSync(join(folder, 'packed.onnx'), gzipSync('one'));
    symlinkSync('nowhere', join(folder, 'link.onnx'));
    expect(found('packed.onnx')).to.match(/^model-format: packed\.onnx is packed with gzip; /);
    expect(found('link.onnx')).to.equal('model-missing: link.onnx is a link that leads to no file; give the path of the model itself');
    expect(found('')).to.equal('model-missing: the name of the model is empty, as an unset variable leaves it; give the path of an .onnx file');
    expect(found('empty.onnx')).to.equal('model-empty: empty.onnx is empty (0 bytes); download or export it again');
    expect(found('none')).to.equal("folder-without-model: folder none is no model and no compiled library: it has no model.one, no *-two.json; give the model's file or its folder");
    expect(found('library')).to.equal('model-is-library: folder library is a compiled library, which runs with `loopsmith run library`; give the model it was made from');
    expect(found('several')).to.equal('folder-of-models: folder several holds 5 models (a-two.json, b-two.json, c-two.json, d-two.json, ..); give one of them');
  });

  const outside = "lies outside the model's folder, or leads out of it by a link; only files in the model's own folder are read, so copy it there";
  it('reads what lies beside it, and nothing outside its folder', () => {
    write('model/weights.bin', 'w');
    write('model/shards/1', '1');
    write('secret', 'no');
    symlinkSync('../secret', join(folder, 'model/link'));
    symlinkSync('..', join(folder, 'model/up'));
    symlinkSync('weights.bin', join(folder, 'model/own'));
    linkSync(join(folder, 'secret'), join(folder, 'model/hard'));
    execFileSync('mkfifo', [join(folder, 'model/pipe')]);
    const { readBeside, readPartsBeside, listBeside } = besideOf(join(folder, 'model'));
    const read = (path: string): string => {
      const outcome = attempt(() => readBeside(path));
      return outcome.ok ? Buffer.from(outcome.value ?? Buffer.from('absent')).toString() : outcome.failure.message;
    };
    expect(['weights.bin', 'shards/1', 'own', 'other'].map(read)).to.deep.equal(['w', '1', 'w', 'absent']);
    for (const path of ['link', 'up/secret', '../secret', join(folder, 'secret')]) expect(read(path)).to.equal(`${path} ${outside}`);
    expect(read('hard')).to.equal("hard has 2 names (hard links), and another may be a file outside the model's folder; copy it in its place");
    write('model/long', 'abcdefgh');
    const parts = (path: string): readonly string[] | undefined =>
      readPartsBeside(path, [{ begin: 2, length: 3 }, { begin: 6, length: 9 }, { begin: 9, length: 2 ** 40 }])?.map((part) => Buffer.from(part).toString());
    expect([parts('long'), parts('absent')]).to.deep.equal([['cde', 'gh', ''], undefined]);
    for (const [path, code] of [['link', 'path-outside'], ['hard', 'path-outside'], ['pipe', 'path-outside']] as const) {
      const outcome = attempt(() => parts(path));
      expect(outcome.ok ? '' : outcome.failure.code, path).to.equal(code);
    }
    rmSync(join(folder, 'model/long'));
    expect(read('pipe')).to.equal('pipe is no plain file; put a plain file beside the model');
    expect([listBeside(''), listBeside('shards'), listBeside('absent')]).to.deep.equal([['hard', 'link', 'own', 'pipe', 'up', 'weights.bin'], ['1'], []]);
    const listed = attempt(() => listBeside('up'));
    expect(listed.ok ? '' : listed.failure.message).to.equal(`up ${outside}`);
  });
});
