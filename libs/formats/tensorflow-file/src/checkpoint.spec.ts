/** Checkpoints: real ones, plain and Snappy, and every way in which a file can be wrong. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { file, needs, shared } from '@loopsmith/testing';
import { attempt, unwrap } from '@loopsmith/util';
import { readCheckpoint, type Checkpoint, type ReadShard, type TfTensor } from './index.js';
import { storedChecksum } from './stored-checksum.js';
import { message, shape, type EncodedField } from './testing/encode.js';

const folder = (name: string): string => shared('models', 'tf', 'savedmodel', name, 'variables');
/** Of files that are read whole. */
const partsOf = (read: (file: string) => Uint8Array | undefined): ReadShard => (file, parts) => {
  const bytes = read(file);
  return bytes && parts.map(({ begin, length }) => bytes.subarray(begin, begin + length));
};
const open = (name: string): Checkpoint =>
  unwrap(readCheckpoint(readFileSync(`${folder(name)}/variables.index`), 'variables', partsOf((shard) => readFileSync(`${folder(name)}/${shard}`))));
const readOne = (checkpoint: Checkpoint, key: string): TfTensor => checkpoint.read([key])[0]!;

/** A number as a table has it, least bits first. */
const varint = (value: number): readonly number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
/** Entries as they stand in a block: how many bytes of the key before, what follows those, and the value. */
type Entries = readonly (readonly [shared: number, rest: string, value: Uint8Array])[];
const wholeKeys = (entries: Readonly<Record<string, Uint8Array>>): Entries => Object.entries(entries).map(([key, value]) => [0, key, value]);

/** A table of one block with one restart point, which the index names `times` times. */
const tableOf = (entries: Entries, compression = 0, times = 1): Uint8Array => {
  const block = (all: Entries): Uint8Array => Uint8Array.from([
    ...all.flatMap(([sharedBytes, rest, value]) => { const name = new TextEncoder().encode(rest); return [...varint(sharedBytes), ...varint(name.length), ...varint(value.length), ...name, ...value]; }), 0, 0, 0, 0, 1, 0, 0, 0,
  ]);
  const sealed = (content: Uint8Array): Uint8Array => {
    const typed = Uint8Array.from([...content, compression]), sum = storedChecksum(typed);
    return Uint8Array.from([...typed, sum & 255, (sum >>> 8) & 255, (sum >>> 16) & 255, sum >>> 24]);
  };
  const data = block(entries), first = sealed(data), place = Uint8Array.of(0, ...varint(data.length));
  const index = block(Array.from({ length: times }, () => [0, 'zzz', place])), footer = new Uint8Array(48);
  footer.set([0, 0, ...varint(first.length), ...varint(index.length)]);
  new DataView(footer.buffer).setBigUint64(40, 0xdb4775248b80fb57n, true);
  return Uint8Array.from([...first, ...sealed(index), ...footer]);
};
const table = (entries: Readonly<Record<string, Uint8Array>>, compression = 0): Uint8Array => tableOf(wholeKeys(entries), compression);
const values = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
const variable = (fields: readonly EncodedField[] = []): Uint8Array => message([1, 1], [2, shape(3)], [5, 12], ...fields);
const header = message([1, 1]);
const readV = (entries: Readonly<Record<string, Uint8Array>>, shard: Uint8Array | undefined = values): string => {
  const read = attempt(() => [...readOne(unwrap(readCheckpoint(table(entries), 'v', partsOf(() => shard))), 'a').values].join());
  return read.ok ? read.value : read.failure.message;
};

describe('checkpoints', () => {
  it('reads a checkpoint whose index is plain', function () {
    needs(this, file(folder('kws-dscnn-mlperf-tiny')));
    const kernel = readOne(open('kws-dscnn-mlperf-tiny'), 'layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE');
    expect([kernel.dtype, kernel.shape, kernel.values[0]]).to.deep.equal(['f32', [10, 4, 1, 64], 0.03190818056464195]);
  });
  it('reads a checkpoint whose index is packed with Snappy', function () {
    needs(this, file(folder('half_plus_two_tf1')));
    const checkpoint = open('half_plus_two_tf1');
    expect([[...checkpoint.keys], ...checkpoint.read(['b', 'a']).map(({ values: [first] }) => first)]).to.deep.equal([['a', 'a2', 'b', 'c', 'c2'], 2, 0.5]);
  });
  it('computes the checksum of its definition, masked', () => { // CRC-32C of these bytes: e3069283 and 8a9136aa (RFC 3720, B.4)
    expect(storedChecksum(new TextEncoder().encode('123456789')).toString(16)).to.equal('c78ab0e5');
    expect(storedChecksum(new Uint8Array(32)).toString(16)).to.equal('fd7fffa');
  });

  it('reads what the specs make', () => expect(readV({ '': header, a: variable() })).to.equal('1,2,3'));
  const refusals: readonly (readonly [string, Parameters<typeof readV>, string])[] = [
    ['no header', [{ a: variable() }], 'v.index has no header; it is no checkpoint\'s index'],
    ['another byte order', [{ '': message([1, 1], [2, 1]), a: variable() }], 'v.index says that its values are big-endian; Loopsmith reads little-endian checkpoints'],
    ['a variable that is not there', [{ '': header }], 'the checkpoint v.index holds no variable a; save the model again'],
    ['a shard that is not there', [{ '': header, a: variable([[3, 4]]) }], 'v.index names shard 4 of 1'],
    ['a place outside of the shard', [{ '': header, a: variable([[4, 4]]) }], 'v.data-00000-of-00001: variable a is bytes 4 to 16, and the file ends before; fetch the whole file again'],
    ['another size than the shape says', [{ '': header, a: message([1, 1], [2, shape(4)], [5, 12]) }], 'v.index: variable a of 4 f32 is said to be bytes 0 to 12 of v.data-00000-of-00001; save the model again'],
    ['another checksum', [{ '': header, a: variable([[6, { float: 1 }]]) }], 'v.data-00000-of-00001: variable a has another checksum than was stored for it; fetch the file again'],
    ['slices', [{ '': header, a: variable([[7, 'slice']]) }], 'variable a is stored in slices of a partitioned variable; save the model again without partitioning'],
    ['texts', [{ '': header, a: message([1, 7]) }], 'variable a is of type string, which Loopsmith does not compute with'],
  ];
  for (const [name, given, expected] of refusals) it(`refuses ${name}`, () => expect(readV(...given)).to.equal(expected));
  it('reads of its files what it is asked for, each variable once', () => {
    const asked: string[] = [];
    const checkpoint = unwrap(readCheckpoint(
      table({ '': message([1, 2]), a: variable(), b: message([1, 1], [2, shape(2)], [3, 1], [4, 4], [5, 8]), c: variable([[3, 1]]) }), 'v',
      (file, parts) => {
        asked.push(`${file} ${parts.map(({ begin, length }) => `${begin}+${length}`).join(' ')}`);
        return partsOf(() => values)(file, parts);
      },
    ));
    const read = (...keys: readonly string[]): readonly string[] => checkpoint.read(keys).map((tensor) => [...tensor.values].join());
    expect(read('b', 'a', 'b')).to.deep.equal(['2,3', '1,2,3', '2,3']);
    expect(read('a', 'c')).to.deep.equal(['1,2,3', '1,2,3']);
    expect(asked).to.deep.equal(['v.data-00001-of-00002 4+8', 'v.data-00000-of-00002 0+12', 'v.data-00001-of-00002 0+12']);
  });
  it('refuses a missing file of values', () => {
    const read = attempt(() => readOne(unwrap(readCheckpoint(table({ '': header, a: variable() }), 'v', () => undefined)), 'a'));
    expect(read.ok ? '' : read.failure.message).to.equal('the checkpoint\'s file v.data-00000-of-00001 is not beside v.index; put it back or save the model again');
  });

  it('reads keys that share their beginnings', () => {
    const read = readCheckpoint(tableOf([[0, '', header], [0, 'ab', variable()], [1, 'c', variable()], [2, 'd', variable()]]), 'v', partsOf(() => values));
    expect([...unwrap(read).keys]).to.deep.equal(['ab', 'ac', 'acd']);
  });
  it('refuses a key that shares more than there was', () => {
    const read = readCheckpoint(tableOf([[0, '', header], [0, 'ab', variable()], [3, 'c', variable()]]), 'v', partsOf(() => values));
    expect(read.ok ? [...read.value.keys] : read.failure.message).to.equal('v.index is damaged: an entry runs past the end of its block; save the model again or fetch the whole file');
  });
  it('refuses a table that is far larger written out, before it is', () => {
    const growing = Array.from({ length: 40_000 }, (_, i): Entries[number] => [i, 'a', new Uint8Array(0)]), wide: Entries = [[0, 'a', new Uint8Array(2 ** 20)]];
    for (const bytes of [tableOf(growing), tableOf(wide, 0, 10_000)]) {
      const began = process.cpuUsage(), read = readCheckpoint(bytes, 'v', () => undefined), { user, system } = process.cpuUsage(began);
      expect(read.ok ? 'read' : read.failure.message).to.equal('v.index is damaged: its blocks and keys take more than 268435456 bytes written out; save the model again or fetch the whole file');
      expect((user + system) / 1e6, 'seconds of this process').to.be.below(20);
    }
  });

  const whole = table({ '': header, a: variable() });
  const damaged = (change: (bytes: Uint8Array) => Uint8Array): string => {
    const read = readCheckpoint(change(Uint8Array.from(whole)), 'v', partsOf(() => values));
    return read.ok ? 'read' : read.failure.message;
  };
  it('refuses a table that is cut off, altered or packed otherwise', () => {
    const end = 'save the model again or fetch the whole file';
    expect(damaged((bytes) => bytes.subarray(0, -1))).to.equal(`v.index is damaged: it does not end as a table of a checkpoint does; ${end}`);
    expect(damaged((bytes) => { bytes[3]! ^= 1; return bytes; })).to.equal(`v.index is damaged: the block at byte 0 has another checksum than was stored for it; ${end}`);
    expect(damaged((bytes) => { bytes[bytes.length - 46] = 200; return bytes; })).to.match(/^v\.index is damaged: /);
    expect(damaged(() => table({ '': header }, 4))).to.match(/^v\.index has a block compressed by method 4; Loopsmith reads plain and Snappy blocks, so save the model again$/);
    expect(damaged(() => table({ '': header }, 1))).to.match(/^v\.index is damaged: the Snappy block at byte \d+ does not unpack; save the model again or fetch the whole file$/);
  });
});
