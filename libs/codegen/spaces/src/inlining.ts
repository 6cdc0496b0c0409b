/** Which elementwise stages a generic schedule computes again wherever they are read. Reads plans; places nothing. */
import { extentOf, gathersOf, mapValue, visitLoads, type Plan, type Stage, type UnaryOperator, type Value } from '@loopsmith/ir';

const free: ReadonlySet<UnaryOperator> = new Set(['negate', 'absolute', 'floor', 'ceil', 'round', 'truncate', 'not', 'sqrt']);

/** Whether some index is read from the stage: it has to be in memory then. */
export const gathered = (plan: Plan, name: string): boolean =>
  [...plan.stages.values()].some(({ stage }) => gathersOf(stage.value).some(({ buffer }) => buffer === name));

/** A sum that reads an elementwise stage more often than this at each point would rather find it in memory. */
const mostRepeats = 4;

/** An elementwise stage that may be computed again wherever it is read: read once, or nothing but a few loads and plain arithmetic. */
export const cheap = (plan: Plan, stage: Stage): boolean => {
  let loads = 0, reads = 0, costly = false, computes = false, repeats = 0;
  visitLoads(stage.value, () => { loads++; });
  const look = (value: Value): Value => {
    if (value.kind === 'unary' || value.kind === 'binary' || value.kind === 'choose') computes = true;
    if (value.kind === 'unary' && !free.has(value.operator)) costly = true;
    if (value.kind === 'binary' && value.operator === 'power') costly = true;
    return mapValue(value, look, (index) => index);
  };
  look(stage.value);
  for (const { stage: reader, place } of plan.stages.values()) {
    if (place.kind === 'inlined' || place.kind === 'compile') continue;
    visitLoads(reader.value, (load) => {
      if (load.tensor !== stage.name) return;
      reads++;
      if (reader.reduce) repeats = Math.max(repeats, points(reader) / points(stage));
    });
  }
  if (computes && repeats > mostRepeats) return false;
  return reads <= 1 || (loads <= 2 && !costly);
};

const points = ({ axes, reduce }: Stage): number => [...axes, ...(reduce?.axes ?? [])].reduce((product, axis) => product * extentOf(axis), 1);
