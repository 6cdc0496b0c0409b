/** Which buffers an expanded kernel touches, which of them it writes, and which it declares. */
import { valueOf, visitExpressions, visitGathers, visitStatements, type Buffer, type Index, type Statement } from '@loopsmith/ir';

interface BufferUses {
  readonly names: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
  /** Once each: an unrolled loop declares its own once per copy. */
  readonly declared: readonly Buffer[];
}

export const bufferUses = (kernel: readonly Statement[]): BufferUses => {
  const names = new Set<string>(), written = new Set<string>(), declared = new Map<string, Buffer>();
  const index = (i: Index): void => visitGathers(i, ({ buffer }) => { names.add(buffer); });
  visitStatements(kernel, (s) => {
    if (s.kind === 'if') s.when.forEach(index);
    if (s.kind === 'declare') declared.set(s.buffer.name, s.buffer);
    if (s.kind === 'write' || s.kind === 'address') { names.add(s.buffer.name); index(s.at); }
    if (s.kind === 'write') written.add(s.buffer.name);
    const value = valueOf(s);
    if (value) visitExpressions(value, (e) => {
      if (e.kind === 'read' || e.kind === 'gather') { names.add(e.buffer.name); index(e.at); }
      else if (e.kind === 'index') index(e.of);
      else if (e.kind === 'select') e.when.forEach(index);
    });
  });
  return { names, written, declared: [...declared.values()] };
};
