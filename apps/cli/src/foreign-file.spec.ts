/** What a file that is no model is recognized as. */
import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import { foreignFile } from './foreign-file.js';

/** The first bytes of an archive whose first entry has this name. */
const zipOf = (name: string): Uint8Array => {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04');
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), Buffer.alloc(600)]);
};

describe('a file that no front end reads', () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [gzipSync('model'), /^packed with gzip; .*gunzip/],
    [Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'), /^a pointer .* Git LFS; .*`git lfs pull`$/],
    [zipOf('metadata.json'), /^a ZIP archive, as Keras \(\.keras\) writes too; .*with tf2onnx/],
    [Buffer.from('894844460d0a1a0a00', 'hex'), /^HDF5, .*tf2onnx$/],
    [Buffer.from('\x1c\n\0\0TFL3'), /^a TensorFlow Lite model; .*tf2onnx --tflite/],
    [Buffer.from('934e554d5059', 'hex'), /^an array of NumPy .*`loopsmith run`$/],
    [Buffer.from('\n<!DOCTYPE html><title>404'), /^a page of HTML, .*download the model again$/],
  ];
  for (const [bytes, says] of cases) it(`is ${says.source.slice(1, 20)}`, () => expect(foreignFile(bytes)).to.match(says));

  // as Python's pickle and zipfile write them
  const torchZip = "PyTorch's, as torch.save, torch.jit.save and torch.export.save write (.pt, .pth, .pt2); export the model as ONNX with torch.onnx.export";
  const torchPickle = "PyTorch's, as torch.save wrote before 1.6 (.pt, .pth); export the model as ONNX with torch.onnx.export";
  const pickle = "a Python pickle, as scikit-learn's models and PyTorch's parameters are kept in; export the model as ONNX, with torch.onnx.export or skl2onnx";
  const pickled: readonly (readonly [what: string, bytes: Uint8Array, is: string])[] = [
    ['an archive of torch.save', zipOf('resnet18/data.pkl'), torchZip],
    ['one of a model with a long name', zipOf(`${'long'.repeat(60)}/data.pkl`), torchZip],
    ['an archive of torch.jit.save', zipOf('model/data/0'), torchZip],
    ['an archive of torch.export.save', zipOf('model/archive_format'), torchZip],
    ['what torch.save wrote once', Buffer.from('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1'), torchPickle],
    ['the same by protocol 4', Buffer.from('\x80\x04\x95\r\0\0\0\0\0\0\0\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1'), torchPickle],
    ...['(dp0\nVa\np1\nI1\ns.', '(lp0\nI1\na.', 'ccollections\nOrderedDict\np0\n', '}q\0X', ']q\0K', '\x80\x02}q\0', '\x80\x03}q\0', '\x80\x04}\x94', '\x80\x05\x95\n\0'].map(
      (bytes) => [`a pickle that begins with ${JSON.stringify(bytes)}`, Buffer.from(bytes, 'latin1'), pickle] as const),
  ];
  for (const [what, bytes, is] of pickled) it(`is ${what}`, () => expect(foreignFile(bytes)).to.equal(is));

  it('is nothing in particular where its first bytes are nobody\'s', () => {
    for (const text of ['', 'noise', 'TFL3', 'P', 'version 1', 'char\nc', '(draft)', '}'] as const) expect(foreignFile(Buffer.from(text))).to.equal(null);
  });
});
