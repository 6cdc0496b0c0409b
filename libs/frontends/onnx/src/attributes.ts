/** Attributes of an ONNX node by name and kind. A missing one without a fallback, or one of another kind, is refused in the node's name. */
import type { OnnxNode, OnnxTensor } from '@loopsmith/onnx-file';

export interface Attributes {
  has(name: string): boolean;
  integer(name: string, fallback?: number): number;
  integers(name: string, fallback?: readonly number[]): readonly number[];
  number(name: string, fallback?: number): number;
  numbers(name: string): readonly number[];
  flag(name: string, fallback: boolean): boolean;
  text(name: string, fallback?: string): string;
  tensor(name: string): OnnxTensor;
}

/** An integer as a number; beyond 2^53 it is cut there, because such values mean "to the end" (of an axis) and nothing else. */
export const toInteger = (value: bigint): number => {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > most ? most : value < -most ? -most : value);
};

export const attributesOf = (node: OnnxNode, refuse: (words: string) => never): Attributes => {
  const read = <T>(name: string, expected: string, fallback: T | undefined, convert: (attribute: NonNullable<ReturnType<OnnxNode['attributes']['get']>>) => T | undefined): T => {
    const attribute = node.attributes.get(name);
    if (attribute === undefined) return fallback ?? refuse(`has no attribute ${name}; ONNX asks for ${expected}`);
    return convert(attribute) ?? refuse(`has an attribute ${name} of kind ${attribute.kind}; ONNX asks for ${expected}`);
  };
  const attributes: Attributes = {
    has: (name) => node.attributes.has(name),
    integer: (name, fallback) => read(name, 'an integer', fallback, (a) => (a.kind === 'int' ? toInteger(a.value) : undefined)),
    integers: (name, fallback) => read(name, 'integers', fallback, (a) => (a.kind === 'ints' ? a.value.map(toInteger) : undefined)),
    number: (name, fallback) => read(name, 'a number', fallback, (a) => (a.kind === 'float' ? a.value : undefined)),
    numbers: (name) => read(name, 'numbers', undefined, (a) => (a.kind === 'floats' ? a.value : undefined)),
    flag: (name, fallback) => attributes.integer(name, fallback ? 1 : 0) !== 0,
    text: (name, fallback) => read(name, 'a text', fallback, (a) => (a.kind === 'string' ? a.value : undefined)),
    tensor: (name) => read(name, 'a tensor', undefined, (a) => (a.kind === 'tensor' ? a.value : undefined)),
  };
  return attributes;
};
