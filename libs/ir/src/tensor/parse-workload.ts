/** Reads the text of a workload (see `canonical.ts`) back, as records hold it: the definition, its layouts and what it overwrites. Knows no task key. */
import { attempt, unwrap, type Outcome } from '@loopsmith/util';
import { unreadable } from '../text/tokens.js';
import { impliedSize, type Layout } from './layout.js';
import { parseDefinition } from './parse.js';
import { shapeOf, type Definition } from './tensor.js';

export interface Workload {
  readonly definition: Definition;
  /** By name of a run-time input or of the output; what has no line is row-major. */
  readonly layouts: Readonly<Record<string, Layout>>;
  /** Position of the input that the output overwrites, or null. */
  readonly inPlace: number | null;
}

/** `  i0 [a0 a1/16 a2 a1%16]`: a stage has no blank before its bracket. */
const layoutLine = /^ {2}(\w+) \[(.*)\]$/;
const inPlaceLine = /^ {2}in place i(\d+)$/;

export const parseWorkload = (text: string): Outcome<Workload> => attempt(() => {
  const lines = text.trimEnd().split('\n');
  const isOfDefinition = (line: string): boolean => !layoutLine.test(line) && !inPlaceLine.test(line);
  const definition = unwrap(parseDefinition(lines.filter(isOfDefinition).join('\n')));
  const shapes = new Map([...definition.inputs, ...definition.stages].map((tensor) => [tensor.name, shapeOf(tensor)]));
  const layouts = lines.flatMap((line) => {
    const [, name, dims] = layoutLine.exec(line) ?? [];
    return name === undefined ? [] : [[name, readLayout(name, dims!, shapes.get(name) ?? noLayout(line))] as const];
  });
  const inPlace = lines.map((line) => inPlaceLine.exec(line)).find((found) => found !== null);
  return { definition, layouts: Object.fromEntries(layouts), inPlace: inPlace ? Number(inPlace[1]) : null };
});

/** Axes are called a0, a1, .. in a workload. */
const readLayout = (name: string, dims: string, shape: readonly number[]): Layout =>
  (dims === '' ? [] : dims.split(' ')).map((dim) => {
    const [, axis, offset = '0', divide = '1', modulo, size] = /^a(\d+)(?:\+(\d+))?(?:\/(\d+))?(?:%(\d+))?(?::(\d+))?$/.exec(dim) ?? [];
    if (axis === undefined || Number(axis) >= shape.length) return noLayout(`${name} [${dims}]`);
    const read = { axis: Number(axis), offset: Number(offset), divide: Number(divide), modulo: modulo === undefined ? null : Number(modulo) };
    return { ...read, size: size === undefined ? impliedSize(read, shape) : Number(size) };
  });

const noLayout = (line: string): never =>
  unreadable(`"${line.trim()}" is no layout of a workload; a record that this Loopsmith wrote has one`);
