/** Region inference: what of a tensor its placed consumers need inside one loop. Constant extents at once; no bounds inference over a finished tree. */
import {
  add, alone, constant, extentOf, indexText, loadsOf, plus, rangeOf, substitute, subtract, variable, variablesOf, zero,
  type Index, type PlannedStage, type Stage, type Step,
} from '@loopsmith/ir';
import { illegal } from './illegal.js';
import { absoluteAxis, overLoops } from './plan-edit.js';

type Region = PlannedStage['region'];

/** Splits an index into terms over fixed variables and terms over varying ones; a division or gather over both has no region. */
const splitFixed = (index: Index, fixed: ReadonlySet<string>, step: Step): { fixed: Index; varying: Index } => {
  let outer = constant(0), inner = constant(index.constant);
  for (const part of index.terms.map(alone)) {
    const names = [...variablesOf(part)];
    const isFixed = names.every((name) => fixed.has(name));
    if (!isFixed && names.some((name) => fixed.has(name)))
      return illegal(step, `index ${indexText(index)} mixes outer and inner loops in ${indexText(part)}; tile by a divisor, or place deeper`);
    if (isFixed) outer = add(outer, part);
    else inner = add(inner, part);
  }
  return { fixed: outer, varying: inner };
};

/**
 * The smallest box of `producer` that the stages in `consumers` read, as base (over fixed variables) and extent per axis.
 * Every consumer must be placed. A box may reach past the tensor where a consumer's tail does.
 */
export const inferRegion = (producer: Stage, consumers: readonly PlannedStage[], fixed: ReadonlySet<string>, step: Step): Region => {
  const boxes: ({ base: Index; first: number; last: number } | undefined)[] = producer.axes.map(() => undefined);
  for (const consumer of consumers) {
    for (const { tensor, at } of loadsOf(consumer.stage.value))
      if (tensor === producer.name) at.forEach((index, dimension) => {
        const parts = splitFixed(overLoops(consumer, index), fixed, step), range = rangeOf(parts.varying), known = boxes[dimension];
        if (!known) { boxes[dimension] = { base: parts.fixed, ...range }; return; }
        // bases that differ by a constant: this range is shifted into the frame of the first
        const { terms, constant: shift } = subtract(parts.fixed, known.base);
        if (terms.length > 0)
          illegal(
            step,
            `${producer.name} is read at ${indexText(known.base)} and at ${indexText(parts.fixed)} in axis ${producer.axes[dimension]!.name}; place it where one base serves both`,
          );
        boxes[dimension] = { base: known.base, first: Math.min(known.first, range.first + shift), last: Math.max(known.last, range.last + shift) };
      });
  }
  return boxes.map((box, i) => {
    if (!box) return { base: zero, extent: 1 };
    const axis = producer.axes[i]!;
    // nothing below the tensor's first element is ever needed, and a box wider than the tensor is the whole tensor
    if (box.base.terms.length === 0) {
      const first = Math.max(0, box.base.constant + box.first);
      const last = box.base.constant + box.last;
      return { base: constant(first), extent: Math.max(1, last - first + 1) };
    }
    if (box.last - box.first + 1 >= extentOf(axis) && rangeOf(plus(box.base, box.first)).first === 0 && rangeOf(plus(box.base, box.last)).last <= axis.last)
      return { base: zero, extent: extentOf(axis) };
    return { base: plus(box.base, box.first), extent: box.last - box.first + 1 };
  });
};

/**
 * The axes along which the region may begin before the tensor does: a select keeps the reader from there, or the reader's tile runs
 * past the end of an axis that is read backwards. Readers have no points before their own first one, and their indices show more
 * than the region's base, in which fused loops hide bounds.
 */
export const axesBefore = (producer: Stage, consumers: readonly PlannedStage[], region: Region): ReadonlySet<string> => {
  const found = new Set<string>();
  for (const consumer of consumers) {
    const reach = new Map(consumer.stage.axes.map((axis) => [axis.name, { ...axis, last: Math.max(axis.last, rangeOf(absoluteAxis(consumer, axis.name)).last) }]));
    const reached = (at: Index): Index => substitute(at, (name) => { const axis = reach.get(name); return axis && variable(axis); });
    for (const { tensor, at } of loadsOf(consumer.stage.value))
      if (tensor === producer.name) at.forEach((index, i) => { if (rangeOf(region[i]!.base).first < 0 && rangeOf(reached(index)).first < 0) found.add(producer.axes[i]!.name); });
  }
  return found;
};

/**
 * The points of the region that the tensor has, as guards: `last - (base + axis) >= 0` where range analysis does not prove it, and `base + axis >= 0`
 * along the axes in `before`.
 */
export const regionGuards = (stage: Stage, region: Region, axes: ReadonlyMap<string, Index>, before: ReadonlySet<string>): readonly Index[] =>
  region.flatMap(({ base }, i) => {
    const axis = stage.axes[i]!, at = add(base, axes.get(axis.name)!), room = subtract(constant(axis.last), at);
    return [...(before.has(axis.name) ? [at] : []), ...(rangeOf(room).first >= 0 ? [] : [room])];
  });
