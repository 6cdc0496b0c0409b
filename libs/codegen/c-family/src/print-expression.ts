/** Expanded expressions as C text: signs where C has them, helper functions elsewhere. Decides nothing about order or names. */
import { isFloat, plus, typeOf, type Buffer, type Expression, type Index, type Type } from '@loopsmith/ir';
import { computed, stored } from './c-types.js';
import { isHeldWithin, signSuffices } from './defined-in-c.js';
import { gnuC, type Dialect } from './dialect.js';
import { signs, type Helpers } from './helpers.js';
import type { Identifiers } from './identifiers.js';
import { guardToC, indexToC, type IndexNames } from './index-text.js';

export interface ExpressionPrinter {
  expression(value: Expression): string;
  index(index: Index): string;
  guard(guard: readonly Index[]): string;
  /** The statement that stores the value. */
  write(place: { readonly buffer: Buffer; readonly base: string | null; readonly at: Index; readonly first?: number }, value: Expression): string;
}

/** Whether `lanes` elements from there are known to start at a multiple of their size. */
export type Alignment = (buffer: Buffer, base: string | null, at: Index, lanes: number) => boolean;

export const createExpressionPrinter = (
  identifiers: Identifiers, helpers: Helpers, buffers: ReadonlyMap<string, Buffer>, dialect: Dialect = gnuC, alignedAt: Alignment = () => false,
): ExpressionPrinter => {
  const { vectors } = dialect;
  const names: IndexNames = {
    loop: (name) => identifiers.of('loop', name),
    element: (name, at) => {
      if (!buffers.has(name)) throw new Error(`the kernel gathers from ${name}, which is no buffer of it`);
      return `(${dialect.index})${identifiers.of('buffer', name)}[${at}]`;
    },
    type: dialect.index,
  };
  const index = (i: Index): string => indexToC(i, names);
  const guard = (when: readonly Index[]): string => guardToC(when, names);
  const start = (buffer: Buffer, base: string | null): string => (base === null ? identifiers.of('buffer', buffer.name) : identifiers.of('value', base));

  const element = (buffer: Buffer, base: string | null, at: Index): string => {
    const word = `${start(buffer, base)}[${index(at)}]`;
    return buffer.dtype === 'f16' || buffer.dtype === 'bf16' ? `${helpers.widen(buffer.dtype, 1)}(${word})` : word;
  };
  /** Where a vector lies, as an operand. */
  const pointer = (buffer: Buffer, base: string | null, at: Index): string => {
    const from = start(buffer, base);
    if (at.terms.length === 0 && at.constant === 0) return from;
    return `(${from} ${at.terms.length === 0 && at.constant < 0 ? `- ${-at.constant}` : `+ ${index(at)}`})`;
  };
  const memory = (buffer: Buffer, base: string | null, at: Index, lanes: number): { readonly aligned: boolean; readonly scope: string; readonly dtype: Buffer['dtype'] } =>
    ({ aligned: alignedAt(buffer, base, at, lanes), scope: buffer.scope, dtype: buffer.dtype });
  /** The vector there, of the type it has in memory. */
  const loaded = (buffer: Buffer, base: string | null, at: Index, lanes: number): string =>
    vectors.load(helpers.type({ dtype: stored(buffer.dtype), lanes }), lanes, pointer(buffer, base, at), memory(buffer, base, at, lanes));
  /** The first elements of a vector alone, by a mask where the machine has one. */
  const firstOf = ({ type, buffer, base, at }: Extract<Expression, { kind: 'read' }>, first: number): string => {
    const masked = buffer.dtype === type.dtype && stored(type.dtype) === computed(type.dtype) ? helpers.masked('load', type) : null;
    if (masked !== null) return `${masked}(${pointer(buffer, base, at)}, ${first})`;
    return vectors.make(helpers.type(type), Array.from({ length: type.lanes }, (_, i) => (i < first ? element(buffer, base, plus(at, i)) : dialect.literal(type.dtype, 0))));
  };
  const operand = (value: Expression): string => {
    const text = expression(value);
    const compound =
      value.kind === 'binary' ||
      value.kind === 'unary' ||
      value.kind === 'select' ||
      value.kind === 'choose' ||
      value.kind === 'broadcast' ||
      value.kind === 'index';
    return compound || text.startsWith('-') ? `(${text})` : text;
  };

  const expression = (value: Expression): string => {
    switch (value.kind) {
      case 'constant': return dialect.literal(value.dtype, value.value);
      case 'index': return `(${dialect.element(value.dtype)})(${index(value.of)})`;
      case 'register': return identifiers.of('value', value.name);
      case 'read':
        if (value.type.lanes === 1) return element(value.buffer, value.base, value.at);
        if (value.first !== undefined) return firstOf(value, value.first);
        if (value.type.dtype === 'f16' || value.type.dtype === 'bf16')
          return `${helpers.widen(value.type.dtype, value.type.lanes)}(${loaded(value.buffer, value.base, value.at, value.type.lanes)})`;
        return loaded(value.buffer, value.base, value.at, value.type.lanes);
      case 'gather': {
        const lanes = Array.from({ length: value.type.lanes }, (_, i) => element(value.buffer, value.base, plus(value.at, i * value.step)));
        return vectors.make(helpers.type(value.type), lanes);
      }
      case 'assemble': {
        const merged = vectors.arithmetic ? mergeOf(value) : undefined, type: Type = { dtype: value.dtype, lanes: value.lanes.length };
        return merged ? `${helpers.merge(type)}${merged.of.map(expression).join(', ')}, ${merged.lanes.join(', ')})` : vectors.make(helpers.type(type), value.lanes.map(expression));
      }
      case 'across': return `${helpers.across(value.operator, typeOf(value.of))}(${expression(value.of)})`;
      case 'lane': return vectors.lane(operand(value.of), value.lane);
      case 'broadcast': {
        const type = helpers.type(typeOf(value));
        if (vectors.arithmetic && value.of.kind === 'constant' && Object.is(value.of.value, 0)) return vectors.make(type, []);
        return vectors.broadcast(type, operand(value.of), value.lanes);
      }
      case 'binary': {
        const sign = signs[value.operator], type = typeOf(value.left);
        if (sign === undefined || carries(type) || !signSuffices(value.operator, type.dtype, value.right))
          return `${helpers.binary(value.operator, type)}(${expression(value.left)}, ${expression(value.right)})`;
        return wrapped(type, `${operand(value.left)} ${sign} ${operand(value.right)}`);
      }
      case 'unary': {
        const type = typeOf(value.of);
        if (carries(type)) return `${helpers.unary(value.operator, type)}(${expression(value.of)})`;
        if (value.operator === 'negate') return wrapped(type, `-${operand(value.of)}`);
        if (value.operator === 'not') return type.dtype === 'bool' ? wrapped(type, `${operand(value.of)} ^ 1`) : wrapped(type, `~${operand(value.of)}`);
        return `${helpers.unary(value.operator, type)}(${expression(value.of)})`;
      }
      case 'cast': {
        const from = typeOf(value.of);
        return from.dtype === value.dtype
          ? expression(value.of)
          : `${helpers.cast(from, value.dtype, isFloat(from.dtype) && isHeldWithin(value.of, value.dtype))}(${expression(value.of)})`;
      }
      case 'select': {
        // gcc takes a vector and its type with another alignment for two types here, and for one everywhere else
        const type = typeOf(value.then), as = type.lanes === 1 || !vectors.signs ? '' : `(${helpers.type(type)})`;
        return `${guard(value.when)} ? ${as}${operand(value.then)} : ${as}${operand(value.otherwise)}`;
      }
      case 'choose': {
        const compared = typeOf(value.left), chosen = typeOf(value.then);
        if (chosen.lanes === 1) return `${operand(value.left)} ${value.compare} ${operand(value.right)} ? ${operand(value.then)} : ${operand(value.otherwise)}`;
        return `${helpers.choose(value.compare, compared, chosen)}(${[value.left, value.right, value.then, value.otherwise].map(expression).join(', ')})`;
      }
      case 'load': throw new Error(`the printer takes expanded programs; this one still loads ${value.buffer.name}`);
      default: return value satisfies never;
    }
  };

  /** Whether the type is a vector that C cannot compute with. */
  const carries = (type: { readonly lanes: number }): boolean => type.lanes > 1 && !vectors.signs;
  /** C computes small integers as int; back to their own width, so that they wrap as vectors do. */
  const wrapped = (type: { readonly dtype: Buffer['dtype']; readonly lanes: number }, text: string): string => {
    const dtype = computed(type.dtype);
    return type.lanes === 1 && !isFloat(dtype) && /^[iu](?:8|16)$/.test(dtype) ? `(${dialect.element(dtype)})(${text})` : text;
  };
  const write: ExpressionPrinter['write'] = ({ buffer, base, at, first }, value) => {
    const { lanes } = typeOf(value), half = buffer.dtype === 'f16' || buffer.dtype === 'bf16' ? buffer.dtype : null;
    const text = half === null ? expression(value) : `${helpers.narrow(half, lanes)}(${expression(value)})`;
    if (first !== undefined) {
      const masked = half === null ? helpers.masked('store', typeOf(value)) : null;
      if (masked !== null) return `${masked}(${pointer(buffer, base, at)}, ${first}, ${text});`;
      const stores = Array.from({ length: first }, (_, i) => `${start(buffer, base)}[${index(plus(at, i))}] = ${vectors.lane('lanes', i)};`);
      return `{ const ${helpers.type({ dtype: stored(buffer.dtype), lanes })} lanes = ${text}; ${stores.join(' ')} }`;
    }
    return lanes === 1
      ? `${start(buffer, base)}[${index(at)}] = ${text};`
      : vectors.store(helpers.type({ dtype: stored(buffer.dtype), lanes }), lanes, pointer(buffer, base, at), text, memory(buffer, base, at, lanes));
  };

  return { expression, index, guard, write };
};

/** The two vectors whose lanes an assembled one of as many lanes is, and which: those of the second are counted on from the first's. Undefined where it is made of others. */
const mergeOf = ({ lanes, dtype }: Extract<Expression, { kind: 'assemble' }>): { readonly of: readonly Expression[]; readonly lanes: readonly number[] } | undefined => {
  const of = new Map<string, Expression>(), places: number[] = [];
  for (const lane of lanes) {
    if (lane.kind !== 'lane' || lane.of.kind !== 'register' || lane.of.type.lanes !== lanes.length || lane.of.type.dtype !== dtype) return undefined;
    of.set(lane.of.name, lane.of);
    places.push(lane.lane + [...of.keys()].indexOf(lane.of.name) * lanes.length);
  }
  return of.size === 2 ? { of: [...of.values()], lanes: places } : undefined;
};
