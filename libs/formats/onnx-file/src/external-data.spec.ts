/** Weights in a file beside the model: what is read, and what never is. */
import { expect } from 'chai';
import onnxProto from 'onnx-proto';
import type { ReadBeside } from './external-data.js';
import { readModel } from './index.js';

const { onnx } = onnxProto;

/** A model with one weight of two floats in a file. */
const model = (entries: Readonly<Record<string, string>>): Uint8Array => onnx.ModelProto.encode({
  irVersion: 8,
  graph: { initializer: [{ name: 'w', dataType: 1, dims: [2], dataLocation: 1, externalData: Object.entries(entries).map(([key, value]) => ({ key, value })) }] },
}).finish();
const file = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
const beside: ReadBeside = (path) => (path === 'sub/w.bin' ? file : undefined);
const read = (entries: Readonly<Record<string, string>>, readBeside: ReadBeside | undefined = beside): string => {
  const outcome = readModel(model(entries), readBeside);
  return outcome.ok ? [...outcome.value.graph.initializers[0]!.values].join() : outcome.failure.message;
};

describe('external data', () => {
  it('reads offset and length, ignores other keys', () => {
    expect(read({ location: 'sub/w.bin', offset: '4', length: '8', checksum: '0', basepath: '/' })).to.equal('2,3');
  });
  it('reads to the end of the file without a length', () => expect(read({ location: 'sub/w.bin', offset: '4' })).to.equal('2,3'));

  const outside = (path: string, words: string): readonly [string, string] => [path, `tensor w: the path of its external data ${JSON.stringify(path)} ${words}; only files in the model's own folder are read`];
  const paths = [
    outside('../w.bin', 'leaves the folder of the model'), outside('sub/../../w.bin', 'leaves the folder of the model'), outside('..\\w.bin', 'leaves the folder of the model'),
    outside('/etc/passwd', 'is absolute'), outside('\\\\host\\share', 'is absolute'), outside('C:\\w.bin', 'is absolute'), outside('c:w.bin', 'is absolute'),
    outside('w\0.bin', 'holds a NUL byte'), outside('', 'is empty'),
  ];
  for (const [path, message] of paths) {
    it(`never asks for ${JSON.stringify(path)}`, () => {
      const asked: string[] = [];
      expect(read({ location: path }, (wanted) => { asked.push(wanted); return file; })).to.equal(message);
      expect(asked).to.deep.equal([]);
    });
  }

  const refusals: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ location: 'gone.bin' }, 'tensor w lies in the file gone.bin beside the model, which is not there; put it back or export the model with its weights inside'],
    [{ location: 'sub/w.bin', offset: '8', length: '8' }, 'tensor w: bytes 8 to 16 of sub/w.bin were expected, and the file has 12; fetch the whole file again'],
    [{ location: 'sub/w.bin', offset: '13' }, 'tensor w: bytes 13 to 13 of sub/w.bin were expected, and the file has 12; fetch the whole file again'],
    [{ location: 'sub/w.bin', offset: '-4' }, 'tensor w: its external data has offset "-4"; a whole number of bytes was expected'],
    [{ location: 'sub/w.bin', length: '99999999999999999999' }, 'tensor w: its external data has length "99999999999999999999"; a whole number of bytes was expected'],
    [{ location: 'sub/w.bin', offset: '8', length: '4' }, 'tensor w of 2 f32 has 4 bytes of data; 8 were expected'],
  ];
  for (const [entries, message] of refusals) it(`refuses ${JSON.stringify(entries)}`, () => expect(read(entries)).to.equal(message));
  it('asks for a path when the model came as bytes alone', () => {
    const outcome = readModel(model({ location: 'sub/w.bin' }));
    expect(outcome.ok ? '' : outcome.failure.message).to.equal('tensor w lies in the file sub/w.bin beside the model, and this model was handed over as bytes alone; import it by its path');
  });
});
