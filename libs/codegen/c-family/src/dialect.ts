/**
 * How a C-like language writes what the shared printers print: names of types, constants, vectors and functions. The CPU's is
 * gcc's C; those of GPUs are in `libs/codegen/gpu`. A table of texts: it decides nothing about programs.
 */
import type { DType, Type } from '@loopsmith/ir';
import { computed, literal, memoryType, shortName, vectorTypedef } from './c-types.js';

export interface Dialect {
  /** Words that no name of a program may take. */
  readonly reserved: readonly string[];
  /** The integer type of loop variables and addresses. */
  readonly index: string;
  /** What stands before a function that is always inlined. */
  readonly inline: string;
  /** The type of one element in memory, and, for dtypes that compute as they are stored, in a register. */
  element(dtype: DType): string;
  literal(dtype: DType, value: number): string;
  /** A call of a function of the mathematical library by its name in C for doubles, computed in `dtype`. */
  function(name: string, dtype: DType, operands: readonly string[]): string;
  readonly vectors: {
    /** Name of the type, and what declares it, when it is no word of the language. */
    type(type: Type): { readonly name: string; readonly declaration: string | null };
    /** Whether vectors are compared, masked and converted as in gcc's C; otherwise helpers work lane by lane. */
    readonly arithmetic: boolean;
    /** Whether C's signs work on vectors; otherwise a vector only carries lanes, and helpers compute. */
    readonly signs: boolean;
    make(name: string, lanes: readonly string[]): string;
    /** `of` is a scalar expression that may stand as an operand. */
    broadcast(name: string, of: string, lanes: number): string;
    lane(vector: string, lane: number): string;
    /** `aligned`: the elements are known to start at a multiple of the vector's size. `scope` names the memory, `dtype` what an element is there. */
    load(name: string, lanes: number, pointer: string, place: { readonly aligned: boolean; readonly scope: string; readonly dtype: DType }): string;
    store(name: string, lanes: number, pointer: string, value: string, place: { readonly aligned: boolean; readonly scope: string; readonly dtype: DType }): string;
  };
}

/** gcc's C with vector extensions, and clang's. */
export const gnuC: Dialect = {
  reserved: ['part', 'parts', 'buffers', 'scratch'],
  index: 'long',
  inline: 'static inline __attribute__((always_inline))',
  element: memoryType,
  literal,
  function: (name, dtype, operands) => `__builtin_${name}${computed(dtype) === 'f64' ? '' : 'f'}(${operands.join(', ')})`,
  vectors: {
    type: (type) => ({ name: shortName(type), declaration: vectorTypedef(type) }),
    arithmetic: true,
    signs: true,
    make: (name, lanes) => `(${name}){${lanes.join(', ')}}`,
    // x - 0 is x, signed zeros included, and becomes one broadcast instruction
    broadcast: (name, of) => `${of} - (${name}){}`,
    lane: (vector, lane) => `${vector}[${lane}]`,
    load: (name, _lanes, pointer) => `*(const ${name} *)${pointer}`,
    store: (name, _lanes, pointer, value) => `*(${name} *)${pointer} = ${value};`,
  },
};
