/** C identifiers for the names of a program (`Y.xo`, `A_3`): readable, unique in their function, never a keyword. Decides no order. */

const reserved = new Set(('auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short '
  + 'signed sizeof static struct switch typedef union unsigned void volatile while asm typeof main').split(' '));

export interface Identifiers {
  /** The identifier of an object; kinds are name spaces of their own (a buffer and a loop may share a name). */
  of(kind: 'buffer' | 'loop' | 'value', name: string): string;
}

/** `words`: those of a dialect that no name may take, either. */
export const createIdentifiers = (words: readonly string[] = []): Identifiers => {
  const known = new Map<string, string>(), taken = new Set([...reserved, ...words]);
  return {
    of: (kind, name) => {
      const key = `${kind} ${name}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const plain = cName(name);
      let made = plain;
      for (let i = 2; taken.has(made); i++) made = `${plain}_${i}`;
      taken.add(made);
      known.set(key, made);
      return made;
    },
  };
};

/** Letters, digits and underscores; never the form of a vector type or helper (`f32x8`, `max_f32x8`), which end in a type's name. */
const cName = (name: string): string => {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
  return /(?:^|_)(?:f|i|u)\d+(?:x\d+)?$/.test(plain) || plain.startsWith('__') ? `x_${plain}` : plain;
};
