/** Snappy streams by hand: literals, copies that overlap themselves, and streams that lie. */
import { expect } from 'chai';
import { unpackSnappy } from './snappy.js';

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);
const letters = (word: string): readonly number[] => [...new TextEncoder().encode(word)];

describe('unpackSnappy', () => {
  const streams: readonly (readonly [string, readonly number[], string | undefined])[] = [
    ['nothing', [0], ''],
    ['a literal', [3, 2 << 2, ...letters('abc')], 'abc'],
    ['a long literal, its length in a byte of its own', [61, 60 << 2, 60, ...letters('x'.repeat(61))], 'x'.repeat(61)],
    ['a copy of bytes it has just written', [9, 0, ...letters('a'), ((8 - 4) << 2) | 1, 1], 'a'.repeat(9)],
    ['a copy with an offset of two bytes', [6, 2 << 2, ...letters('abc'), (2 << 2) | 2, 3, 0], 'abcabc'],
    ['a copy with an offset of four bytes', [6, 2 << 2, ...letters('abc'), (2 << 2) | 3, 3, 0, 0, 0], 'abcabc'],
    ['a copy from before the begin', [5, 0, ...letters('a'), 1, 2], undefined],
    ['a copy from offset 0', [5, 0, ...letters('a'), 1, 0], undefined],
    ['a literal past the end of the stream', [5, 4 << 2, ...letters('abc')], undefined],
    ['more than its length', [2, 2 << 2, ...letters('abc')], undefined],
    ['less than its length', [4, 2 << 2, ...letters('abc')], undefined],
    ['a length that no stream of this size reaches', [0xff, 0xff, 0xff, 0x7f, 0], undefined],
    ['a length without an end', [0x80, 0x80], undefined],
  ];
  for (const [name, bytes, expected] of streams) it(`${expected === undefined ? 'refuses' : 'unpacks'} ${name}`, () => expect(text(unpackSnappy(Uint8Array.from(bytes)))).to.equal(expected));
});
