/** Indices and guards as C expressions of one integer type. An index never divides what is below zero, so that C's division is the floor. Loads nothing but what a gather names. */
import { rangeOf, type Atom, type Guard, type Index } from '@loopsmith/ir';

export interface IndexNames {
  loop(name: string): string;
  /** The integer type of all of them. */
  readonly type: string;
  /** An element of a buffer as a C expression of that type. */
  element(buffer: string, at: string): string;
}

export const indexToC = (index: Index, names: IndexNames): string => {
  let out = '';
  for (const { coefficient, atom } of index.terms) {
    const size = Math.abs(coefficient), text = atomToC(atom, names);
    out += `${coefficient < 0 ? (out === '' ? '-' : ' - ') : out === '' ? '' : ' + '}${size === 1 ? text : `${size} * ${text}`}`;
  }
  if (out === '') return String(index.constant);
  return index.constant === 0 ? out : `${out} ${index.constant < 0 ? '-' : '+'} ${Math.abs(index.constant)}`;
};

const atomToC = (atom: Atom, names: IndexNames): string => {
  switch (atom.kind) {
    case 'variable': return names.loop(atom.name);
    case 'indirect': {
      const [at, ...more] = atom.at;
      if (at === undefined || more.length > 0) throw new Error(`a gather in a program has one flat address; ${atom.text} has ${atom.at.length}`);
      return names.element(atom.buffer, indexToC(at, names));
    }
    case 'floorDivision': {
      const inner = indexToC(atom.index, names);
      // unsigned 32-bit division by a constant is one multiplication and a shift
      return rangeOf(atom.index).last < 2 ** 31 ? `(${names.type})((unsigned)(${inner}) / ${atom.divisor}u)` : `(${inner}) / ${atom.divisor}`;
    }
    default: return atom satisfies never;
  }
};

export const guardToC = (guard: Guard, names: IndexNames): string =>
  guard.length === 0 ? '1' : guard.map((index) => `${indexToC(index, names)} >= 0`).join(' && ');
