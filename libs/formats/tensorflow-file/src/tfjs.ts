/**
 * TensorFlow.js's `model.json`: a topology (a graph, or Keras layers) and a manifest of weights in files beside it. Weights
 * come as they are computed with: quantised ones multiplied out, half floats widened. Sharded files are joined as the
 * manifest lists them.
 */
import { attempt, elementBytes, onDemand, product, refuse, shown, type Outcome } from '@loopsmith/util';
import { elementTypeOfJson } from './element-type.js';
import type { TfAttribute, TfEndpoint, TfFunction, TfGraph, TfNode, TfShape, TfSignature, TfTensor } from './graph.js';
import { array, integer, isRecord, record, text, type JsonRecord } from './json.js';
import { refuseFile } from './refusal.js';
import { rawTensor } from './read-tensor.js';

export type TfjsModel =
  | { readonly kind: 'graph'; readonly graph: TfGraph; readonly signature: TfSignature | null; readonly weights: ReadonlyMap<string, TfTensor> }
  /** `topology`: Keras's JSON of the model, whose layers the weights are named after; `version`: what wrote it, such as `2.3.1` or `tfjs-layers 4.22.0`. */
  | { readonly kind: 'layers'; readonly topology: JsonRecord; readonly version: string; readonly weights: ReadonlyMap<string, TfTensor> };

/** `readBeside` is given paths of the manifest, which stay inside the folder. */
export const readTfjsModel = (bytes: Uint8Array, readBeside: (path: string) => Uint8Array | undefined, what = 'model.json'): Outcome<TfjsModel> => attempt(() => {
  const model = jsonOf(bytes, what), topology = record(model['modelTopology'], `${what}: modelTopology`);
  const weights = weightsOf(array(model['weightsManifest'] ?? [], `${what}: weightsManifest`), readBeside, what);
  if (Array.isArray(topology['node'])) return { kind: 'graph', weights, graph: graphOf(topology, what), signature: signatureOf(model, what) };
  if ('model_config' in topology || 'config' in topology)
    return {
      kind: 'layers',
      weights,
      topology: record(topology['model_config'] ?? topology, `${what}: model_config`),
      version: typeof topology['keras_version'] === 'string' ? topology['keras_version'] : '',
    };
  return refuseFile('damaged', `${what} has a topology that is neither a graph nor layers; convert the model again`);
});

/** Whether the bytes are JSON that speaks of a tfjs model: judged by its first bytes and its keys, so that a damaged one is still told what is wrong. */
export const looksLikeTfjs = (bytes: Uint8Array): boolean =>
  /^\s*\{/.test(ascii.decode(bytes.subarray(0, 64))) &&
  ['"modelTopology"', '"weightsManifest"'].some((key) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(key));

const ascii = new TextDecoder('latin1');

const jsonOf = (bytes: Uint8Array, what: string): JsonRecord => {
  try {
    return record(JSON.parse(new TextDecoder().decode(bytes)), what);
  } catch (error) {
    if (error instanceof SyntaxError)
      return refuse({
        code: 'tensorflow-damaged',
        stage: 'import',
        message: `${what} is not JSON; it may be cut off, so download or convert it again`,
        text: String(error),
      });
    throw error;
  }
};

const graphOf = (topology: JsonRecord, what: string): TfGraph => {
  const library = isRecord(topology['library']) ? array(topology['library']['function'] ?? [], `${what}: library`) : [];
  return {
    nodes: array(topology['node'], `${what}: node`).map((node, i) => nodeOf(record(node, `${what}: node ${i}`), what)),
    functions: new Map(library.map((one) => functionOf(record(one, `${what}: function`), what)).map((one) => [one.name, one])),
  };
};

const nodeOf = (node: JsonRecord, what: string): TfNode => {
  const name = text(node['name'], `${what}: the name of a node`), attributes = isRecord(node['attr']) ? node['attr'] : {};
  return {
    name,
    operator: text(node['op'], `${what}: the operator of node ${name}`),
    inputs: array(node['input'] ?? [], `${what}: the inputs of node ${name}`).map((input) => text(input, `${what}: an input of node ${name}`)),
    attributes: new Map(
      Object.entries(attributes).map(([key, value]) => [
        key,
        attributeOf(record(value, `${what}: attribute ${key} of node ${name}`), `${what}: attribute ${key} of node ${name}`),
      ]),
    ),
  };
};

const functionOf = (one: JsonRecord, what: string): TfFunction => {
  const signature = record(one['signature'], `${what}: the signature of a function`), name = text(signature['name'], `${what}: the name of a function`);
  const names = (list: unknown): readonly string[] =>
    array(list ?? [], `${what}: function ${name}`).map((item) =>
      text(record(item, `${what}: function ${name}`)['name'], `${what}: function ${name}`),
    );
  const pairs = (map: unknown): readonly (readonly [string, string])[] =>
    isRecord(map) ? Object.entries(map).map(([key, value]) => [key, text(value, `${what}: function ${name}`)] as const) : [];
  return {
    name, inputs: names(signature['inputArg']), outputs: names(signature['outputArg']),
    nodes: array(one['nodeDef'] ?? [], `${what}: function ${name}`).map((node) => nodeOf(record(node, `${what}: a node of function ${name}`), what)),
    returns: new Map(pairs(one['ret'])),
  };
};

/** AttrValue as protobuf's JSON: 64-bit integers are texts, bytes are base64 (early converters wrote lists of byte values). A tensor's values are in the manifest. */
const attributeOf = (attribute: JsonRecord, what: string): TfAttribute => {
  const [kind, value] = Object.entries(attribute)[0] ?? [];
  switch (kind) {
    case 's': return { kind: 'text', value: bytesText(value, what) };
    case 'i': return { kind: 'integer', value: integer(value, what) };
    case 'f': return { kind: 'number', value: floatOf(value, what) };
    case 'b': return { kind: 'flag', value: value === true };
    case 'type': return { kind: 'type', value: elementTypeOfJson(value) };
    case 'shape': return { kind: 'shape', value: shapeOf(value, what) };
    case 'func': return { kind: 'function', value: text(record(value, what)['name'], what) };
    case 'list': {
      const list = record(value, what), items = (key: string): readonly unknown[] => array(list[key] ?? [], what);
      return {
        kind: 'list', texts: items('s').map((item) => bytesText(item, what)), integers: items('i').map((item) => integer(item, what)),
        numbers: items('f').map((item) => floatOf(item, what)), types: items('type').map(elementTypeOfJson),
      };
    }
    default: return { kind: 'other', value: kind ?? 'nothing' };
  }
};

const bytesText = (value: unknown, what: string): string =>
  (Array.isArray(value) ? String.fromCharCode(...value.slice(0, 65536).map((item) => integer(item, what))) : Buffer.from(text(value, what), 'base64').toString());
const floatOf = (value: unknown, what: string): number => {
  const number = typeof value === 'string' ? ({ NaN, Infinity, '-Infinity': -Infinity } as Readonly<Record<string, number>>)[value] ?? Number(value) : value;
  return typeof number === 'number' ? number : refuseFile('damaged', `${what} is ${shown(value)}; a number was expected`);
};

const shapeOf = (value: unknown, what: string): TfShape => {
  const shape = record(value, what);
  if (shape['unknownRank'] === true) return null;
  return array(shape['dim'] ?? [], what).map((dim) => {
    const size = integer(record(dim, what)['size'] ?? 0, what);
    return size < 0 ? null : size;
  });
};

/** Beside the topology, or among what the user defined, where version 1 of the converter put it. Keys end in `:0` there. */
const signatureOf = (model: JsonRecord, what: string): TfSignature | null => {
  const defined = model['userDefinedMetadata'], signature = model['signature'] ?? (isRecord(defined) ? defined['signature'] : undefined);
  if (!isRecord(signature) || !isRecord(signature['inputs']) || !isRecord(signature['outputs'])) return null;
  const ends = (map: JsonRecord): readonly TfEndpoint[] => Object.entries(map).map(([key, value]) => {
    const end = record(value, `${what}: signature of ${key}`);
    return {
      key: key.replace(/:0$/, ''),
      tensor: typeof end['name'] === 'string' ? end['name'] : key,
      dtype: elementTypeOfJson(end['dtype']),
      shape: end['tensorShape'] === undefined ? null : shapeOf(end['tensorShape'], `${what}: signature of ${key}`),
    };
  });
  return { inputs: ends(signature['inputs']), outputs: ends(signature['outputs']) };
};

const weightsOf = (groups: readonly unknown[], readBeside: (path: string) => Uint8Array | undefined, what: string): ReadonlyMap<string, TfTensor> => {
  const weights = new Map<string, TfTensor>(), read = new Set<string>();
  for (const one of groups) {
    const group = record(one, `${what}: a group of weightsManifest`);
    const paths = array(group['paths'], `${what}: paths of weightsManifest`).map((path) => text(path, `${what}: a path of weightsManifest`));
    for (const path of paths) if (read.size === read.add(path).size) refuseFile('damaged', `${what} lists the file ${path} of weights twice; convert the model again`);
    const bytes = Buffer.concat(
      paths.map(
        (path) =>
          readBeside(path) ?? refuseFile('missing', `the file ${path} of weights is not beside ${what}; put it back or convert the model again`),
      ),
    );
    let at = 0;
    for (const item of array(group['weights'], `${what}: weights of weightsManifest`)) {
      const { name, tensor, size } = weightOf(record(item, `${what}: a weight`), bytes.subarray(at), what);
      weights.set(name, tensor);
      at += size;
    }
    if (at !== bytes.length)
      return refuseFile(
        'damaged',
        `${what} describes ${at} bytes of weights in ${paths.join(', ')}, which have ${bytes.length}; fetch all files of the model again`,
      );
  }
  return weights;
};

/** What tfjs stores, by name of the manifest. */
const stored = { float32: 'f32', int32: 'i32', bool: 'bool', float16: 'f16', uint8: 'u8', uint16: 'u16' } as const;

const weightOf = (weight: JsonRecord, bytes: Uint8Array, what: string): { readonly name: string; readonly tensor: TfTensor; readonly size: number } => {
  const name = text(weight['name'], `${what}: the name of a weight`), where = `${what}: weight ${name}`;
  const shape = array(weight['shape'], where).map((extent) => integer(extent, where)), count = product(shape);
  if (shape.some((extent) => extent < 0)) return refuseFile('damaged', `${where} has the shape [${shape.join(',')}]`);
  const quantization = isRecord(weight['quantization']) ? weight['quantization'] : undefined, written = text(quantization?.['dtype'] ?? weight['dtype'], where);
  if (!Object.hasOwn(stored, written)) return refuseFile('unsupported', `${where} is stored as ${written}, which Loopsmith does not compute with; convert the model without it`);
  const dtype = stored[written as keyof typeof stored], size = count * elementBytes(dtype);
  if (size > bytes.length)
    return refuseFile(
      'damaged',
      `${where} of ${count} ${dtype} takes ${size} bytes, and its files have ${bytes.length} left; fetch all files of the model again`,
    );
  const tensor = rawTensor({ what, bytes }, bytes.subarray(0, size), dtype, shape, `weight ${name}`);
  if (dtype === 'u8' || dtype === 'u16') {
    if (!quantization) return refuseFile('unsupported', `${where} is stored as ${written} without a scale`);
    const scale = floatOf(quantization['scale'], where), least = floatOf(quantization['min'], where), whole = weight['dtype'] === 'int32';
    const values = onDemand(() => {
      const { values: steps } = tensor, widened = whole ? new Int32Array(count) : new Float32Array(count);
      for (let i = 0; i < count; i++) { const value = Number(steps[i]) * scale + least; widened[i] = whole ? Math.round(value) : value; }
      return widened;
    });
    return { name, size, tensor: { dtype: whole ? 'i32' : 'f32', shape, get values() { return values(); } } };
  }
  return { name, size, tensor };
};
