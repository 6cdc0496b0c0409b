/** Which elementwise stages a generic schedule computes again wherever they are read. Reads plans; places nothing. */
import { mapValue, visitIndices, visitLoads, type Plan, type Stage, type UnaryOperator, type Value } from '@loopsmith/ir';

const free: ReadonlySet<UnaryOperator> = new Set(['negate', 'absolute', 'floor', 'ceil', 'round', 'truncate', 'not', 'sqrt']);

/** Whether some index is read from the stage: it has to be in memory then. */
export const gathered = (plan: Plan, name: string): boolean => {
  let found = false;
  for (const { stage } of plan.stages.values()) visitIndices(stage.value, (index) => { if (index.terms.some(({ atom }) => atom.kind === 'indirect' && atom.buffer === name)) found = true; });
  return found;
};

/** An elementwise stage that may be computed again wherever it is read: read once, or nothing but a few loads and plain arithmetic. */
export const cheap = (plan: Plan, stage: Stage): boolean => {
  let loads = 0, reads = 0, costly = false;
  visitLoads(stage.value, () => { loads++; });
  const look = (value: Value): Value => {
    if (value.kind === 'unary' && !free.has(value.operator)) costly = true;
    if (value.kind === 'binary' && value.operator === 'power') costly = true;
    return mapValue(value, look, (index) => index);
  };
  look(stage.value);
  for (const { stage: reader, place } of plan.stages.values()) {
    if (place.kind === 'inlined' || place.kind === 'compile') continue;
    visitLoads(reader.value, (load) => { if (load.tensor === stage.name) reads++; });
  }
  return reads <= 1 || (loads <= 2 && !costly);
};
