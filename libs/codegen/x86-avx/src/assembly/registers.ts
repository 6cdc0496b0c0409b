/**
 * Which register each number becomes, or which place on the stack: intervals from first to last mention, over whole loops where a value lives from turn
 * to turn. Nothing is split.
 */
import type { Operand, Step } from './instruction.js';

export interface Interval { readonly from: number; readonly to: number; readonly weight: number }

/** By kind and number. Reads of step i are at 2i and its result at 2i+1, so that a result may take the register of an operand. */
export const intervalsOf = (steps: readonly Step[], kind: 'vector' | 'integer'): ReadonlyMap<number, Interval> => {
  const found = new Map<number, { from: number; to: number; weight: number }>(), loops: { from: number; to: number }[] = [], open: { from: number; to: number }[] = [];
  let weight = 1;
  const mention = (id: number, at: number): void => {
    const interval = found.get(id);
    if (interval) { interval.to = at; interval.weight += weight; }
    else found.set(id, { from: at, to: at, weight });
  };
  const visit = (operand: Operand, at: number): void => {
    if (typeof operand === 'string') return;
    if (operand.kind === kind) mention(operand.id, at);
    else if (operand.kind === 'memory' && kind === 'integer') mention(operand.base.id, at);
  };
  steps.forEach((step, i) => {
    if (step.kind === 'begin') { open.push({ from: 2 * i, to: 0 }); weight *= 8; }
    else if (step.kind === 'end') { const loop = open.pop()!; loop.to = 2 * i; loops.push(loop); weight /= 8; }
    else if (step.kind === 'instruction') step.operands.forEach((operand, position) => {
      const result = position === step.operands.length - 1 && step.last !== 'read' && typeof operand !== 'string' && operand.kind !== 'memory';
      if (!result || step.last === 'update') visit(operand, 2 * i);
      if (result) visit(operand, 2 * i + 1);
    });
  });
  // loops end in the order inner before outer, so one pass reaches all that a value lives through
  for (const interval of found.values())
    for (const loop of loops) {
      const starts = interval.from >= loop.from && interval.from <= loop.to, ends = interval.to >= loop.from && interval.to <= loop.to;
      if (starts === ends) continue;
      interval.from = Math.min(interval.from, loop.from);
      interval.to = Math.max(interval.to, loop.to);
    }
  return found;
};

/**
 * Those that stay without a register so that at no step more than `count` need one: again and again the one that relieves most of the crowded steps for the
 * times it is used, but for those that stay; null where these are too many.
 */
export const crowdedOut = (intervals: ReadonlyMap<number, Interval>, count: number, staying: (id: number) => boolean = () => false): ReadonlySet<number> | null => {
  const without = new Set<number>(), last = Math.max(0, ...[...intervals.values()].map(({ to }) => to)), needed = new Int32Array(last + 2);
  for (const { from, to } of intervals.values()) for (let at = from; at <= to; at++) needed[at]!++;
  const crowded = new Int32Array(last + 2);
  for (;;) {
    for (let at = 0; at <= last; at++) crowded[at + 1] = crowded[at]! + (needed[at]! > count ? 1 : 0);
    if (crowded[last + 1] === 0) return without;
    let victim = -1, most = 0;
    for (const [id, { from, to, weight }] of intervals) {
      const relief = (crowded[to + 1]! - crowded[from]!) / weight;
      if (relief > most && !without.has(id) && !staying(id)) { victim = id; most = relief; }
    }
    if (victim < 0) return null;
    without.add(victim);
    const { from, to } = intervals.get(victim)!;
    for (let at = from; at <= to; at++) needed[at]!--;
  }
};

/** Registers by number, of those that get one: in the order of their begins, which needs no more registers than live at once. `free`: whether it may hold the interval at all. */
export const colour = (
  intervals: ReadonlyMap<number, Interval>, without: ReadonlySet<number>, count: number, free: (register: number, interval: Interval) => boolean = () => true,
): ReadonlyMap<number, number> => {
  const chosen = new Map<number, number>(), heldTo = new Array<number>(count).fill(-1);
  for (const [id, interval] of [...intervals].sort(([, a], [, b]) => a.from - b.from)) {
    if (without.has(id)) continue;
    const register = heldTo.findIndex((to, r) => to < interval.from && free(r, interval));
    if (register < 0) continue;
    heldTo[register] = interval.to;
    chosen.set(id, register);
  }
  return chosen;
};
