/** What a file that no front end reads turns out to be, by its first bytes, and the way from there to a model. Reads no format: front ends do. */

interface Foreign { readonly begins: string | RegExp; readonly is: string }

/** As Latin-1 text, of a file's first bytes. Names of formats lie at byte 4 of a FlatBuffer. */
const foreign: readonly Foreign[] = [
  { begins: '\x1f\x8b', is: 'packed with gzip; unpack it with `gunzip`, or with `tar xzf` if it is an archive, and give the model' },
  { begins: 'version https://git-lfs.github.com/', is: 'a pointer that stands for the file in Git LFS; fetch the file itself with `git lfs pull`' },
  // behind 30 bytes the name of its first entry, such as `resnet18/data.pkl`
  { begins: /^PK\x03\x04.{26}[^\0]*?\/(?:data\.pkl|data\/\d|archive_format)/s, is: 'PyTorch\'s, as torch.save, torch.jit.save and torch.export.save write (.pt, .pth, .pt2); export the model as ONNX with torch.onnx.export' },
  { begins: 'PK\x03\x04', is: 'a ZIP archive, as Keras (.keras) writes too; unpack it if it holds a model, export it as ONNX with tf2onnx if it is one' },
  // a number that PyTorch pickles first, by protocol 2 unless it was told otherwise
  { begins: /^\x80[\x02-\x05](?:\x95.{8})?\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19\./s, is: 'PyTorch\'s, as torch.save wrote before 1.6 (.pt, .pth); export the model as ONNX with torch.onnx.export' },
  // by protocol 0 and 1 it has no mark of its own: a dictionary, a list, or the name of a class
  { begins: /^(?:\x80[\x02-\x05]|\((?:[dl]p\d+\n|i[\w.]+\n\w+\n)|c[a-z_][\w.]*\n[A-Za-z_]\w*\n|[}\]]q\0)/, is: 'a Python pickle, as scikit-learn\'s models and PyTorch\'s parameters are kept in; export the model as ONNX, with torch.onnx.export or skl2onnx' },
  { begins: '\x89HDF\r\n\x1a\n', is: 'HDF5, as Keras writes (.h5); save it as a SavedModel with model.export, or as ONNX with tf2onnx' },
  { begins: /^.{4}TFL3/s, is: 'a TensorFlow Lite model; convert it to ONNX with tf2onnx --tflite, or give the model that it was made from' },
  { begins: '\x93NUMPY', is: 'an array of NumPy and no model; give the model, and the array to `loopsmith run`' },
  { begins: /^\s*<(?:!doctype html|html)/i, is: 'a page of HTML, as a download that failed leaves; download the model again' },
];

/** Names of files in an archive may be as long as the model's own. */
const LOOKED_AT = 512;

/** To stand behind the name of the file and `is`; null where the bytes tell nothing. */
export const foreignFile = (bytes: Uint8Array): string | null => {
  const start = Buffer.from(bytes.subarray(0, LOOKED_AT)).toString('latin1');
  return foreign.find(({ begins }) => (typeof begins === 'string' ? start.startsWith(begins) : begins.test(start)))?.is ?? null;
};
