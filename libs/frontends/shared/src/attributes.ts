/**
 * Attributes of a node by name and kind, the same questions for every format. A missing one without a fallback, or one of
 * another kind, is refused in the node's name. How a format writes them down is its own business.
 */
import type { TensorData } from '@loopsmith/ir';

export interface Attributes {
  has(name: string): boolean;
  /** Of these names those of attributes that are there and that nobody has asked for. */
  unread(names: Iterable<string>): readonly string[];
  integer(name: string, fallback?: number): number;
  integers(name: string, fallback?: readonly number[]): readonly number[];
  number(name: string, fallback?: number): number;
  numbers(name: string, fallback?: readonly number[]): readonly number[];
  flag(name: string, fallback: boolean): boolean;
  text(name: string, fallback?: string): string;
  /** One of these words; any other is refused. */
  oneOf<Word extends string>(name: string, words: readonly Word[], fallback?: Word): Word;
  texts(name: string, fallback?: readonly string[]): readonly string[];
  tensor(name: string): TensorData;
}

/** How one format answers: undefined from a reader means that the attribute is there and of another kind. */
export interface AttributeSource {
  /** `ONNX`, in messages. */
  readonly format: string;
  has(name: string): boolean;
  /** What the attribute is instead: `of kind string`, `"(3,"`. */
  describe(name: string): string;
  integer(name: string): number | undefined;
  integers(name: string): readonly number[] | undefined;
  number(name: string): number | undefined;
  numbers(name: string): readonly number[] | undefined;
  flag(name: string): boolean | undefined;
  text(name: string): string | undefined;
  texts(name: string): readonly string[] | undefined;
  tensor(name: string): TensorData | undefined;
}

/** An integer as a number; beyond 2^53 it is cut there, because such values mean "to the end" (of an axis) and nothing else. */
export const toInteger = (value: bigint): number => {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > most ? most : value < -most ? -most : value);
};

export const attributesOf = (source: AttributeSource, refuse: (words: string) => never): Attributes => {
  const asked = new Set<string>();
  const has = (name: string): boolean => { asked.add(name); return source.has(name); };
  const read = <T>(name: string, expected: string, fallback: T | undefined, value: (name: string) => T | undefined): T => {
    if (!has(name)) return fallback ?? refuse(`has no attribute ${name}; ${source.format} asks for ${expected}`);
    return value(name) ?? refuse(`has an attribute ${name} ${source.describe(name)}; ${source.format} asks for ${expected}`);
  };
  return {
    has, unread: (names) => [...names].filter((name) => !asked.has(name) && source.has(name)),
    integer: (name, fallback) => read(name, 'an integer', fallback, source.integer),
    integers: (name, fallback) => read(name, 'integers', fallback, source.integers),
    number: (name, fallback) => read(name, 'a number', fallback, source.number),
    numbers: (name, fallback) => read(name, 'numbers', fallback, source.numbers),
    flag: (name, fallback) => read(name, 'true or false', fallback, source.flag),
    text: (name, fallback) => read(name, 'a text', fallback, source.text),
    oneOf: (name, words, fallback) => {
      const given = read(name, 'a text', fallback, source.text);
      return words.find((word) => word === given) ?? refuse(`has ${name} ${given}; ${source.format} knows ${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`);
    },
    texts: (name, fallback) => read(name, 'texts', fallback, source.texts),
    tensor: (name) => read(name, 'a tensor', undefined, source.tensor),
  };
};
