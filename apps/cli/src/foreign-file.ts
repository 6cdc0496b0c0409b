/** What a file that no front end reads turns out to be, by its first bytes, and the way from there to a model. Reads no format: front ends do. */

interface Foreign { readonly begins: string | RegExp; readonly is: string }

/** As Latin-1 text, of a file's first bytes. Names of formats lie at byte 4 of a FlatBuffer. */
const foreign: readonly Foreign[] = [
  { begins: '\x1f\x8b', is: 'packed with gzip; unpack it with `gunzip`, or with `tar xzf` if it is an archive, and give the model' },
  { begins: 'version https://git-lfs.github.com/', is: 'a pointer that stands for the file in Git LFS; fetch the file itself with `git lfs pull`' },
  { begins: 'PK\x03\x04', is: 'a ZIP archive, as torch.save and Keras (.keras) write too; unpack it if it holds a model, export it as ONNX (torch.onnx.export, tf2onnx) if it is one' },
  { begins: '\x80\x02', is: 'a Python pickle, as torch.save writes; export the model as ONNX with torch.onnx.export' },
  { begins: '\x89HDF\r\n\x1a\n', is: 'HDF5, as Keras writes (.h5); save it as a SavedModel with model.export, or as ONNX with tf2onnx' },
  { begins: /^.{4}TFL3/s, is: 'a TensorFlow Lite model; convert it to ONNX with tf2onnx --tflite, or give the model that it was made from' },
  { begins: '\x93NUMPY', is: 'an array of NumPy and no model; give the model, and the array to `loopsmith run`' },
  { begins: /^\s*<(?:!doctype html|html)/i, is: 'a page of HTML, as a download that failed leaves; download the model again' },
];

/** To stand behind the name of the file and `is`; null where the bytes tell nothing. */
export const foreignFile = (bytes: Uint8Array): string | null => {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  return foreign.find(({ begins }) => (typeof begins === 'string' ? start.startsWith(begins) : begins.test(start)))?.is ?? null;
};
