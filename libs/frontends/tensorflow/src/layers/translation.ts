/** What the translator of a Keras layer is given. Layers are made of TensorFlow's operators, as Keras makes them, so that an operator has one translation. */
import { attributesOf, refuseUnread, type Attributes, type AttributeSource, type Translation, type Translator, type Translators } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import { isRecord, type JsonRecord } from '@loopsmith/tensorflow-file';
import { shown } from '@loopsmith/util';
import { translators } from '../operators/translators.js';
import { isIdle } from './idle-configuration.js';
import type { LayerCall } from './layer-model.js';
import type { FindWeight } from './weights.js';

export interface LayerTranslation extends Translation {
  /** The layer's configuration; what is null there is as good as absent. */
  readonly config: Attributes;
  /** An entry of the configuration as it stands in the file, for what is written in several ways. */
  given(attribute: string): unknown;
  /** What the file says of Keras: `2.3.1`, `3.5.0`, `tfjs-layers 4.22.0`. Few layers have changed their meaning. */
  readonly version: string;
  /** As `FindWeight`; refused where the file has none. */
  weight(place: number, ...names: readonly string[]): GraphTensor;
  /** For a layer inside this one. Its weights are named after both, or numbered among this layer's from `place` on. */
  inside(layer: string, config: JsonRecord, place: number): LayerTranslation;
  /** What TensorFlow's operator makes of these. */
  run(operator: string, operands: readonly GraphTensor[], attributes?: PlainAttributes): GraphTensor;
  /** The name of a function in the configuration, such as an activation; also where it is written as an object. */
  functionName(attribute: string, fallback: string): string;
}
export type LayerTranslator = Translator<LayerTranslation>;
export type LayerTranslators = Translators<LayerTranslation>;

export type PlainAttributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;

/** What `translator` makes of a call. What the configuration says, or that of a layer inside, and neither was asked for nor is idle is refused. */
export const translatedLayer = (t: Translation, call: LayerCall, version: string, find: FindWeight, translator: LayerTranslator): ReturnType<LayerTranslator> => {
  const configured: Configured[] = [], made = translator(layerTranslation(t, call, version, find, configured));
  for (const { attributes, names } of configured) refuseUnread(t, attributes, names, isIdle);
  return made;
};

/** The configuration of a layer that was opened, and all that it says. */
interface Configured { readonly attributes: Attributes; readonly names: readonly string[] }

const layerTranslation = (
  t: Translation,
  { layer, config }: Pick<LayerCall, 'layer' | 'config'>,
  version: string,
  find: FindWeight,
  configured: Configured[],
): LayerTranslation => {
  const attributes = attributesOf(jsonSource('Keras', config), t.refuse);
  configured.push({ attributes, names: Object.keys(config) });
  const given = (attribute: string): unknown => { attributes.has(attribute); return config[attribute]; };
  return {
    ...t,
    version,
    given,
    config: attributes,
    weight: (place, ...names) => {
      const tensor = find(layer, names, place) ?? t.refuse(`has no weight ${layer}/${names[0]} in the model's files; convert the model again`);
      return t.constant(tensor);
    },
    inside: (inner, innerConfig, place) =>
      layerTranslation(
        t,
        { layer: `${layer}/${inner}`, config: innerConfig },
        version,
        (path, names, own) => find(path, names, own) ?? find(inner, names, own) ?? find(layer, [], place + own),
        configured,
      ),
    run: (operator, operands, attributes = {}) => {
      const made = translators.get(operator)!({
        ...t,
        node: { ...t.node, attributes: new Map() },
        attributes: attributesOf(jsonSource('TensorFlow', attributes), t.refuse),
        lists: new Map(),
        input: (position) => operands[position] ?? t.refuse(`is ${operator} of ${operands.length} tensors; input ${position} is missing`),
        optional: (position) => operands[position],
        inputs: () => operands,
      });
      return (Array.isArray(made) ? made[0] : made) as GraphTensor;
    },
    functionName: (attribute, fallback) => {
      const named = given(attribute),
        inside = isRecord(named) ? named['config'] : undefined;
      const name = isRecord(named)
        ? typeof inside === 'string'
          ? inside
          : isRecord(inside) && typeof inside['name'] === 'string' && named['class_name'] === 'function'
            ? inside['name']
            : named['class_name']
        : (named ?? fallback);
      return typeof name === 'string' ? name : t.refuse(`has ${attribute} ${shown(named)}; the name of a function was expected`);
    },
  };
};

/** Attributes as JSON has them: one number for integers and others, null for none. */
const jsonSource = (format: string, values: JsonRecord): AttributeSource => {
  const isNumber = (value: unknown): value is number => typeof value === 'number';
  const number = (name: string): number | undefined => { const value = values[name]; return isNumber(value) ? value : undefined; };
  const numbers = (name: string): readonly number[] | undefined => { const value = values[name]; return Array.isArray(value) && value.every(isNumber) ? value : undefined; };
  return {
    format,
    has: (name) => Object.hasOwn(values, name) && values[name] !== null && values[name] !== undefined,
    describe: (name) => shown(values[name]),
    number,
    numbers,
    integer: (name) => {
      const value = number(name);
      return Number.isInteger(value) ? value : undefined;
    },
    integers: (name) => {
      const value = numbers(name);
      return value?.every(Number.isInteger) ? value : undefined;
    },
    flag: (name) => {
      const value = values[name];
      return typeof value === 'boolean' ? value : undefined;
    },
    texts: (name) => {
      const value = values[name];
      return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
    },
    text: (name) => {
      const value = values[name];
      return typeof value === 'string' ? value : undefined;
    },
    tensor: () => undefined,
  };
};
