/** What a file that is no model is recognized as. */
import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import { foreignFile } from './foreign-file.js';

describe('a file that no front end reads', () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [gzipSync('model'), /^packed with gzip; .*gunzip/],
    [Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'), /^a pointer .* Git LFS; .*`git lfs pull`$/],
    [Buffer.from('PK\x03\x04archive'), /^a ZIP archive, .*torch\.onnx\.export/],
    [Buffer.from('8002 7d 71 00'.replaceAll(' ', ''), 'hex'), /^a Python pickle, .*torch\.onnx\.export$/],
    [Buffer.from('894844460d0a1a0a00', 'hex'), /^HDF5, .*tf2onnx$/],
    [Buffer.from('\x1c\n\0\0TFL3'), /^a TensorFlow Lite model; .*tf2onnx --tflite/],
    [Buffer.from('934e554d5059', 'hex'), /^an array of NumPy .*`loopsmith run`$/],
    [Buffer.from('\n<!DOCTYPE html><title>404'), /^a page of HTML, .*download the model again$/],
  ];
  for (const [bytes, says] of cases) it(`is ${says.source.slice(1, 20)}`, () => expect(foreignFile(bytes)).to.match(says));

  it('is nothing in particular where its first bytes are nobody\'s', () => {
    for (const text of ['', 'noise', 'TFL3', 'P', 'version 1'] as const) expect(foreignFile(Buffer.from(text))).to.equal(null);
  });
});
