/** Attributes of an MXNet node: texts in Python's spelling, "(3, 3)", "[1]", "2L", "True", "1e-05"; "None" is as good as absent. */
import { attributesOf, type AttributeSource, type Attributes } from '@loopsmith/frontend-shared';

export interface MxnetAttributes extends Attributes {
  /** A list in which an element may be left out, as slices have it: "(None, 2)". */
  bounds(name: string, fallback?: readonly (number | null)[]): readonly (number | null)[];
}

const integer = (text: string): number | undefined => (/^[-+]?\d{1,15}L?$/.test(text) ? Number.parseInt(text, 10) : undefined);
const number = (text: string): number | undefined => {
  if (/^[-+]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
};
const flags: ReadonlyMap<string, boolean> = new Map([['True', true], ['true', true], ['1', true], ['False', false], ['false', false], ['0', false]]);

/** A tuple, a list, or one element by itself. */
const listOf = <T>(text: string, element: (text: string) => T | undefined): readonly T[] | undefined => {
  const inner = /^\(.*\)$|^\[.*\]$/s.test(text) ? text.slice(1, -1).trim() : text;
  if (inner === '') return [];
  const values = inner.replace(/,\s*$/, '').split(',').map((part) => element(part.trim()));
  return values.includes(undefined) ? undefined : values as readonly T[];
};

export const mxnetAttributes = (given: ReadonlyMap<string, string>, refuse: (words: string) => never): MxnetAttributes => {
  const has = (name: string): boolean => given.has(name) && given.get(name) !== 'None';
  const read = <T>(parse: (text: string) => T | undefined) => (name: string): T | undefined => parse(given.get(name)!.trim());
  const describe = (name: string): string => JSON.stringify(given.get(name)!.slice(0, 60));
  const source: AttributeSource = {
    format: 'MXNet', has, describe: (name) => `= ${describe(name)}`,
    integer: read(integer), integers: read((text) => listOf(text, integer)), number: read(number), numbers: read((text) => listOf(text, number)),
    flag: read((text) => flags.get(text)), text: read((text) => text), texts: () => undefined, tensor: () => undefined,
  };
  const attributes = attributesOf(source, refuse);
  return {
    ...attributes,
    bounds: (name, fallback) => {
      if (!attributes.has(name)) return fallback ?? refuse(`has no attribute ${name}; MXNet asks for bounds`);
      return listOf(given.get(name)!.trim(), (text) => (text === 'None' ? null : integer(text))) ?? refuse(`has an attribute ${name} = ${describe(name)}; MXNet asks for bounds`);
    },
  };
};
