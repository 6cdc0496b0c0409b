/**
 * Keras's JSON of a model as a flat list of layers, each with the tensors it is called on: models inside models are written
 * out, a layer that is called several times stands there as often. Reads what Keras 2, Keras 3 and TensorFlow.js write.
 * It gives no meaning to any layer and reads no weights.
 */
import { refuseImport, type SourceNode } from '@loopsmith/frontend-shared';
import { array, integer, isRecord, record, text, type JsonRecord, type TfShape } from '@loopsmith/tensorflow-file';
import { listUnder } from '@loopsmith/util';

/** One call of a layer; `operator` is its class. Tensors are called after the layer that makes them: `conv`, and `conv:1` for its second call. */
export interface LayerCall extends SourceNode {
  /** What the layer's weights are named after: its own name, without those of the models around it. */
  readonly layer: string;
  readonly config: JsonRecord;
}
/** `dtype` as Keras names it. */
interface LayerInput { readonly name: string; readonly shape: TfShape; readonly dtype: string }
interface LayerModel { readonly calls: readonly LayerCall[]; readonly inputs: readonly LayerInput[]; readonly outputs: readonly string[] }

/** Classes that hold layers. */
const models: ReadonlySet<string> = new Set(['Sequential', 'Model', 'Functional']);
/** Copies a tensor: where a model inside another one begins and ends. */
export const copyLayer = 'InputLayer';
/** Bounds that no real model comes near; a hostile one could nest without end. */
const deepest = 32, mostCalls = 100_000;

/** A tensor of a model: the layer, which of its calls, which of its outputs. */
interface Reference { readonly layer: string; readonly call: number; readonly position: number }

/** `what` names the file in refusals. */
export const readLayers = (topology: JsonRecord, what: string): LayerModel => {
  const calls: LayerCall[] = [], inputs: LayerInput[] = [];
  let counted = 0;
  /** Models inside models count too: two calls of each of thirty, one inside the other, are a billion of nothing. */
  const count = (): void => {
    if (++counted > mostCalls) refuseImport('model-invalid', `${what} calls its layers more than ${mostCalls} times; no such model can be written out`);
  };
  const add = (call: LayerCall): void => { count(); calls.push(call); };

  /** Writes a model out. `given`: what it is called on, or null for the main model, whose inputs are the caller's. Answers the names of its outputs. */
  const writeOut = (model: JsonRecord, prefix: string, given: readonly string[] | null, depth: number): readonly string[] => {
    count();
    if (depth > deepest) return refuseImport('model-invalid', `${what} has models inside models more than ${deepest} deep`);
    const config = Array.isArray(model['config']) ? { layers: model['config'] } : record(model['config'], `${what}: config of ${classOf(model, what)}`);
    const layers = array(config['layers'], `${what}: layers of ${classOf(model, what)}`).map((one) => record(one, `${what}: a layer`));
    return classOf(model, what) === 'Sequential' ? sequential(layers, prefix, given, depth) : functional(layers, config, prefix, given, depth);
  };

  /** Calls one layer or inner model; answers the names of what it makes. */
  const call = (one: JsonRecord, name: string, prefix: string, which: number, operands: readonly string[], depth: number): readonly string[] => {
    const made = nameOf(prefix, { layer: name, call: which, position: 0 });
    if (!models.has(classOf(one, what))) {
      add({ name: made, operator: classOf(one, what), layer: name, config: record(one['config'] ?? {}, `${what}: config of layer ${name}`), inputs: operands, outputs: [made] });
      return [made];
    }
    return writeOut(one, `${made}/`, operands, depth + 1).map((output, position) => {
      const outside = nameOf(prefix, { layer: name, call: which, position });
      add({ name: outside, operator: copyLayer, layer: name, config: {}, inputs: [output], outputs: [outside] });
      return outside;
    });
  };

  const sequential = (layers: readonly JsonRecord[], prefix: string, given: readonly string[] | null, depth: number): readonly string[] => {
    const [first] = layers;
    if (!first) return refuseImport('model-invalid', `${what} has a Sequential without layers`);
    let tensors = given;
    for (const one of layers) {
      const name = nameOfLayer(one, what);
      if (classOf(one, what) === copyLayer) { tensors ??= [addInput(one, name)]; continue; }
      tensors ??= [addInput(innermostFirst(one), `${name}_input`)];
      tensors = call(one, name, prefix, 0, tensors, depth);
    }
    return tensors ?? [];
  };
  /** The layer that says what shape the first of a Sequential is given. */
  const innermostFirst = (one: JsonRecord): JsonRecord => {
    let inner = one;
    for (let depth = 0; depth < deepest && models.has(classOf(inner, what)); depth++) {
      const { config } = inner, [first] = array(Array.isArray(config) ? config : record(config, `${what}: config of a model`)['layers'], `${what}: layers of a model`);
      inner = record(first, `${what}: a layer`);
    }
    return inner;
  };

  const functional = (layers: readonly JsonRecord[], config: JsonRecord, prefix: string, given: readonly string[] | null, depth: number): readonly string[] => {
    const entries = referencesOf(config['input_layers'], `${what}: input_layers`), positions = new Map(entries.map(({ layer }, i) => [layer, i]));
    // before Keras 3 the first call of an inner model is number 1, number 0 being how it was made
    const early = !layers.some((one) => Array.isArray(one['inbound_nodes']) && one['inbound_nodes'].some(isRecord)),
      inner = new Set(layers.filter((one) => models.has(classOf(one, what))).map((one) => nameOfLayer(one, what)));
    const tensorOf = (reference: Reference): string => nameOf(prefix, early && inner.has(reference.layer) ? { ...reference, call: reference.call - 1 } : reference);
    for (const one of layers) {
      const name = nameOfLayer(one, what), position = positions.get(name);
      if (classOf(one, what) === copyLayer) {
        if (!given) addInput(one, name);
        else
          add({
            name: `${prefix}${name}`,
            operator: copyLayer,
            layer: name,
            config: {},
            inputs: [
              given[position ?? -1] ??
                refuseImport(
                  'model-invalid',
                  `${what}: the model ${prefix.slice(0, -1)} is called on ${given.length} tensors and has the input ${name} too`,
                ),
            ],
            outputs: [`${prefix}${name}`],
          });
        continue;
      }
      array(one['inbound_nodes'] ?? [], `${what}: inbound_nodes of layer ${name}`).forEach((inbound, which) =>
        call(one, name, prefix, which, referencesOf(inbound, `${what}: inbound_nodes of layer ${name}`).map(tensorOf), depth));
    }
    return referencesOf(config['output_layers'], `${what}: output_layers`).map(tensorOf);
  };

  const addInput = (one: JsonRecord, name: string): string => {
    const config = record(one['config'] ?? {}, `${what}: config of layer ${name}`), shape = config['batch_input_shape'] ?? config['batch_shape'];
    if (inputs.some((known) => known.name === name)) refuseImport('model-invalid', `${what} has two inputs called ${name}; names of layers are unique in a model`);
    inputs.push({
      name,
      shape: isAbsent(shape)
        ? null
        : array(shape, `${what}: shape of input ${name}`).map((extent) =>
            extent === null ? null : integer(extent, `${what}: shape of input ${name}`),
          ),
      dtype: typeof config['dtype'] === 'string' ? config['dtype'] : 'float32',
    });
    return name;
  };

  const outputs = writeOut(topology, '', null, 0);
  return { calls: inOrder(withOutputs(calls, outputs), new Set(inputs.map(({ name }) => name))), inputs, outputs };
};

/** Layers have one output, and as many more as somebody reads: a recurrent layer hands out its states. */
const withOutputs = (calls: readonly LayerCall[], outputs: readonly string[]): readonly LayerCall[] => {
  const last = new Map<string, number>();
  for (const name of [...outputs, ...calls.flatMap(({ inputs }) => inputs)]) {
    const [, base = '', position] = /^(.*)#(\d)$/.exec(name) ?? [];
    if (position !== undefined) last.set(base, Math.max(last.get(base) ?? 0, Number(position)));
  }
  return calls.map((call) => ({
    ...call,
    outputs: [
      ...call.outputs,
      ...Array.from({ length: call.operator === copyLayer ? 0 : (last.get(call.name) ?? 0) }, (_, i) => `${call.name}#${i + 1}`),
    ],
  }));
};

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;
const classOf = (one: JsonRecord, what: string): string => text(one['class_name'], `${what}: class_name of a layer`);
/** Beside the class in a Functional, in its configuration in a Sequential. */
const nameOfLayer = (one: JsonRecord, what: string): string =>
  text(one['name'] ?? (isRecord(one['config']) ? one['config']['name'] : undefined), `${what}: the name of a ${classOf(one, what)}`);

const nameOf = (prefix: string, { layer, call, position }: Reference): string => `${prefix}${layer}${call === 0 ? '' : `:${call}`}${position === 0 ? '' : `#${position}`}`;

/**
 * Every tensor that a structure names, in order: Keras 2 and TensorFlow.js write `["conv", 0, 0, {}]`, Keras 3 an object with
 * a keras_history of the same three. What else is among the arguments decides nothing at inference.
 */
const referencesOf = (structure: unknown, what: string): readonly Reference[] => {
  const found: Reference[] = [], rest: unknown[] = [structure];
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    if (Array.isArray(one)) {
      const items = one as readonly unknown[];
      if (typeof items[0] === 'string' && items.length >= 3) found.push({ layer: items[0], call: integer(items[1], what), position: integer(items[2], what) });
      else for (const item of items.toReversed()) rest.push(item);
    } else if (isRecord(one)) {
      const history = isRecord(one['config']) ? one['config']['keras_history'] : undefined;
      // states are handed to a recurrent layer by name
      rest.push(...(history !== undefined ? [history] : [isRecord(one['kwargs']) ? one['kwargs']['initial_state'] ?? null : null, one['args'] ?? null]));
    }
  }
  return found;
};

/** Callers behind what they read; what goes round in a circle comes last and is refused when it is read. */
const inOrder = (calls: readonly LayerCall[], inputs: ReadonlySet<string>): readonly LayerCall[] => {
  const made = new Set(calls.flatMap(({ outputs }) => outputs)), open = new Map<LayerCall, number>(), readers = new Map<string, LayerCall[]>();
  for (const call of calls) {
    const awaited = new Set(call.inputs.filter((name) => made.has(name) && !inputs.has(name)));
    open.set(call, awaited.size);
    for (const name of awaited) listUnder(readers, name, call);
  }
  const ready = calls.filter((call) => open.get(call) === 0), ordered = new Set<LayerCall>();
  for (let next = ready.shift(); next; next = ready.shift()) {
    ordered.add(next);
    for (const reader of next.outputs.flatMap((name) => readers.get(name) ?? [])) {
      const left = open.get(reader)! - 1;
      open.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  return [...ordered, ...calls.filter((call) => !ordered.has(call))];
};
