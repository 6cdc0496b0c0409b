/** Whether the loop along an axis of a stage can be the lanes of a vector. Reads plans and layouts; shapes nothing. */
import {
  add, addressOf, coefficientOf, extentOf, loopVariable, plainLayout, scale, shapeOf, substitute, variable, variablesOf, visitLoads, visitValues,
  type Index, type Layout, type LoopVariable, type Plan, type Stage,
} from '@loopsmith/ir';

/** What lanes along an axis read: elements at most so far apart or one element everywhere, neighbours somewhere; null where some access or select forbids lanes. */
export const lanesAlong = (plan: Plan, stage: Stage, axis: LoopVariable, lanes: number, apart = 1): { readonly neighbours: boolean } | null => {
  let usable = true, neighbours = false;
  const inside = loopVariable('li', lanes);
  const cut = add(scale(variable(loopVariable('lo', Math.ceil(extentOf(axis) / lanes))), lanes), variable(inside));
  const toLanes = (index: Index): Index => substitute(index, (name) => (name === axis.name ? cut : undefined));
  visitLoads(stage.value, (load, under) => {
    const address = addressOf(layoutOfTensor(plan, load.tensor), load.at.map(toLanes));
    const elsewhere = address.terms.some(({ atom }) => atom.kind !== 'variable' && variablesOf({ kind: 'index', constant: 0, terms: [{ coefficient: 1, atom }] }).has('li'));
    const step = coefficientOf(address, 'li');
    neighbours ||= step === 1;
    if (elsewhere || step < 0 || step > apart) usable = false;
    // what a guard protects is read lane by lane where it lies apart
    if (step > 1 && under.length > 0) usable = false;
    if (under.some((guard) => variablesOf(toLanes(guard)).has('li'))) usable = false;
  });
  return usable ? { neighbours } : null;
};

/** Whether the value of an index along the axis is among the operands: lanes of it would be put together one by one. */
export const countsAlong = (stage: Stage, axis: LoopVariable): boolean => {
  let counts = false;
  visitValues(stage.value, (part) => { counts ||= part.kind === 'index' && variablesOf(part.of).has(axis.name); });
  return counts;
};

/** Where the elements of a tensor that a stage reads lie; those of a stage without a place as they will. */
export const layoutOfTensor = (plan: Plan, tensor: string): Layout => {
  const source = plan.stages.get(tensor);
  if (!source) return plan.inputs.get(tensor)!;
  return source.layout.length > 0 ? source.layout : plainLayout(shapeOf(source.stage));
};
