/**
 * Loops bound to a GPU's indices: what they mean, and how accesses of different threads are compared. A bound loop is no loop
 * on the device: every thread runs the one iteration of its own number, and none when the launch is wider than the loop.
 * It knows limits of no device.
 */
import { bytesOf } from '../dtype.js';
import { constant, loopVariable, rangeOf, substitute, subtract, variable, variablesOf, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import type { LoopKind } from '../schedule/plan.js';
import type { HardwareIndex } from '../schedule/step.js';
import { extentOf } from '../tensor/tensor.js';
import { visitStatements, type Launch, type Statement } from './program.js';

export const dimensions = ['x', 'y', 'z'] as const;

export const isBound = (as: LoopKind): as is HardwareIndex => typeof as !== 'string';

/** Blocks or threads of the launch in the direction of a hardware index. */
export const launchExtent = (launch: Launch, { bound, dimension }: HardwareIndex): number =>
  (bound === 'block' ? launch.blocks : launch.threads)[dimensions.indexOf(dimension)]!;

/** The widest bound loop of each hardware index; one thread where nothing is bound. Shared buffers are counted once each, with their slack, 16 bytes aligned. */
export const launchOf = (body: readonly Statement[]): Launch => {
  const blocks: [number, number, number] = [1, 1, 1], threads: [number, number, number] = [1, 1, 1];
  const shared = new Map<string, number>();
  visitStatements(body, (statement) => {
    if (statement.kind === 'declare' && statement.buffer.scope === 'shared') {
      const { name, dtype, size, slack } = statement.buffer;
      shared.set(name, Math.ceil((size + slack) * bytesOf[dtype] / 16) * 16);
    }
    if (statement.kind === 'for' && isBound(statement.as)) {
      const extents = statement.as.bound === 'block' ? blocks : threads, at = dimensions.indexOf(statement.as.dimension);
      extents[at] = Math.max(extents[at]!, extentOf(statement.variable));
    }
  });
  return { blocks, threads, sharedBytes: [...shared.values()].reduce((sum, bytes) => sum + bytes, 0) };
};

export interface Loop { readonly variable: LoopVariable; readonly as: LoopKind }

/** The name has a space, which no name in a text has. */
const hardwareName = ({ bound, dimension }: HardwareIndex): string => `${bound} ${dimension}`;

/** One variable per hardware index with more than one value, over its values in the launch. */
export const hardwareVariables = (launch: Launch, bound: HardwareIndex['bound']): readonly LoopVariable[] =>
  dimensions.flatMap((dimension) => {
    const extent = launchExtent(launch, { bound, dimension });
    return extent > 1 ? [loopVariable(hardwareName({ bound, dimension }), extent)] : [];
  });

/** Rewrites what lies inside `loops` over hardware variables, and says which threads run it. Loops of two names for one index become one variable. */
export const onHardware = (loops: readonly Loop[], launch: Launch): { readonly apply: (index: Index) => Index; readonly guard: Guard } => {
  const replaced = new Map<string, Index>(), guard: Index[] = [];
  for (const { variable: v, as } of loops) {
    if (!isBound(as)) continue;
    const extent = launchExtent(launch, as), number = variable(loopVariable(hardwareName(as), extent));
    replaced.set(v.name, number);
    if (extentOf(v) < extent) guard.push(subtract(constant(v.last), number));
  }
  return { apply: (index) => substitute(index, (name) => replaced.get(name)), guard };
};

/**
 * Why the threads of a block do not all come to the innermost of these places: a narrower loop, or a guard that differs between
 * threads. Null when they do.
 */
export const divergence = (
  loops: readonly Loop[],
  guard: Guard,
  launch: Launch | null,
):
  | { readonly kind: 'loop'; readonly loop: LoopVariable; readonly threads: number }
  | { readonly kind: 'guard'; readonly condition: Index; readonly loop: LoopVariable }
  | null => {
  for (const { variable: v, as } of loops)
    if (launch && isBound(as) && as.bound === 'thread' && extentOf(v) < launchExtent(launch, as))
      return { kind: 'loop', loop: v, threads: launchExtent(launch, as) };
  for (const condition of guard) {
    if (rangeOf(condition).first >= 0) continue;
    const thread = loops.find(({ variable: v, as }) => isBound(as) && as.bound === 'thread' && variablesOf(condition).has(v.name));
    if (thread) return { kind: 'guard', condition, loop: thread.variable };
  }
  return null;
};
