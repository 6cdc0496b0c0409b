/** Small helpers that spell steps, so that a space reads like the schedule it makes. They check nothing: `applySchedule` does. */
import type { LayoutDimText, Scope, Step } from '@loopsmith/ir';

export const algorithm = (tile: number): Step => ({ step: 'algorithm', algorithm: 'winograd', tile });
export const split = (stage: string, loop: string, by: number, into: readonly [string, string], round = false): Step => ({ step: 'split', stage, loop, by, into, round });
export const fuse = (stage: string, first: string, second: string, into: string): Step => ({ step: 'fuse', stage, loops: [first, second], into });
export const reorder = (stage: string, ...loops: readonly string[]): Step => ({ step: 'reorder', stage, loops });
export const unroll = (stage: string, ...loops: readonly string[]): readonly Step[] => (loops.length === 0 ? [] : [{ step: 'unroll', stage, loops }]);
export const vectorize = (stage: string, loop: string): Step => ({ step: 'vectorize', stage, loop });
export const parallel = (stage: string, loop: string): Step => ({ step: 'parallel', stage, loop });
export const computeAt = (stage: string, host: string, loop: string, scope: Scope): Step => ({ step: 'computeAt', stage, in: { stage: host, loop }, scope });
export const bind = (stage: string, loop: string, index: 'block.x' | 'block.y' | 'block.z' | 'thread.x' | 'thread.y' | 'thread.z'): Step => {
  const [bound, dimension] = index.split('.') as ['block' | 'thread', 'x' | 'y' | 'z'];
  return { step: 'bind', stage, loop, to: { bound, dimension } };
};
export const cacheRead = (stage: string, of: string, as: string): Step => ({ step: 'cacheRead', stage, of, as });
export const inline = (stage: string): Step => ({ step: 'inline', stage });
export const root = (stage: string): Step => ({ step: 'root', stage });
export const cacheWrite = (stage: string, as: string): Step => ({ step: 'cacheWrite', stage, as });
export const splitReduction = (stage: string, loop: string, by: number, strided = false): Step => ({ step: 'splitReduction', stage, loop, by, strided });
export const layout = (tensor: string, dims: readonly LayoutDimText[]): Step => ({ step: 'layout', tensor, dims });
/** A dimension of a layout: `dim('c', { divide: 16 })` is c/16, `dim('c', { modulo: 16 })` is c%16, `dim('c', { size: 20 })` stores c:20. */
export const dim = (axis: string, parts: { divide?: number; modulo?: number; size?: number } = {}): LayoutDimText =>
  ({ axis, offset: 0, divide: parts.divide ?? 1, modulo: parts.modulo ?? null, size: parts.size ?? null });
