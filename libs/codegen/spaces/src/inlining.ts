/** Which elementwise stages a generic schedule computes again wherever they are read. Reads plans; places nothing. */
import { allAxes, gathersOf, loadsOf, pointsOf, visitValues, type Plan, type Stage, type UnaryOperator, type Value } from '@loopsmith/ir';

const free: ReadonlySet<UnaryOperator> = new Set(['negate', 'absolute', 'floor', 'ceil', 'round', 'truncate', 'not', 'sqrt']);

/** Whether some index is read from the stage: it has to be in memory then. */
export const gathered = (plan: Plan, name: string): boolean =>
  [...plan.stages.values()].some(({ stage }) => gathersOf(stage.value).some(({ buffer }) => buffer === name));

/** A sum that reads an elementwise stage more often than this at each point would rather find it in memory. */
const mostRepeats = 4;

/** How many functions a value asks for that take as long as many plain operations, for a vector as for one element. */
export const functionsIn = (value: Value): number => {
  let functions = 0;
  visitValues(value, (part) => { if ((part.kind === 'unary' && !free.has(part.operator)) || (part.kind === 'binary' && part.operator === 'power')) functions++; });
  return functions;
};

/** An elementwise stage that may be computed again wherever it is read: read once, or nothing but a few loads and plain arithmetic. */
export const cheap = (plan: Plan, stage: Stage): boolean => {
  let reads = 0, computes = false, repeats = 0;
  visitValues(stage.value, (value) => { computes ||= value.kind === 'unary' || value.kind === 'binary' || value.kind === 'choose'; });
  for (const { stage: reader, place } of plan.stages.values()) {
    if (place.kind === 'inlined' || place.kind === 'compile') continue;
    const times = loadsOf(reader.value).filter(({ tensor }) => tensor === stage.name).length;
    reads += times;
    if (times > 0 && reader.reduce) repeats = Math.max(repeats, pointsOf(allAxes(reader)) / pointsOf(allAxes(stage)));
  }
  if (computes && repeats > mostRepeats) return false;
  return reads <= 1 || (loadsOf(stage.value).length <= 2 && functionsIn(stage.value) === 0);
};
