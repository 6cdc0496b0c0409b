/** Which buffers a kernel touches, which of them it writes, and which scratch it declares. */
import { visitExpressions, visitGathers, type Buffer, type Index, type Statement } from '@loopsmith/ir';
import { indicesOf, valueOf } from './walk.js';

export interface BufferUses { readonly names: ReadonlySet<string>; readonly written: ReadonlySet<string>; readonly scratch: ReadonlyMap<string, Buffer> }

export const bufferUses = (kernel: readonly Statement[]): BufferUses => {
  const names = new Set<string>(), written = new Set<string>(), scratch = new Map<string, Buffer>();
  const index = (i: Index): void => visitGathers(i, ({ buffer }) => { names.add(buffer); });
  const walk = (s: Statement): void => {
    if (s.kind === 'if') s.when.forEach(index);
    if (s.kind === 'for' || s.kind === 'if') s.body.forEach(walk);
    if (s.kind === 'declare' && s.buffer.scope === 'scratch') scratch.set(s.buffer.name, s.buffer);
    if (s.kind === 'write' || s.kind === 'address') { names.add(s.buffer.name); index(s.at); }
    if (s.kind === 'write') written.add(s.buffer.name);
    const value = valueOf(s);
    if (value) visitExpressions(value, (e) => {
      indicesOf(e).forEach(index);
      if (e.kind === 'read' || e.kind === 'gather') names.add(e.buffer.name);
    });
  };
  kernel.forEach(walk);
  return { names, written, scratch };
};
