/** Decides which reductions a reference computes by rows of sums. Prints nothing. */
import { addressOf, extentOf, loadsOf, plainLayout, shapeOf, variablesOf, type Load, type LoopVariable, type Stage, type Tensor } from '@loopsmith/ir';

const longestRow = 4096, longestStep = 4;
/**
 * The last axis of a reduction whose loads all step through memory in short steps along it, or not at all; else undefined.
 * Such a stage is computed several times as fast by rows of sums, the axis innermost, and every sum adds up in the same order.
 */
export const rowAxis = (stage: Stage, tensorOf: (name: string) => Tensor): LoopVariable | undefined => {
  const last = stage.axes.at(-1);
  if (!stage.reduce || !last || extentOf(last) > longestRow || extentOf(last) < 4) return undefined;
  const stepsAlong = ({ tensor, at }: Load): boolean => {
    const address = addressOf(plainLayout(shapeOf(tensorOf(tensor))), at);
    return address.terms.every((term) => (term.atom.kind === 'variable' && term.atom.name === last.name
      ? Math.abs(term.coefficient) <= longestStep
      : !variablesOf({ ...address, terms: [term] }).has(last.name)));
  };
  return loadsOf(stage.value).every(stepsAlong) ? last : undefined;
};
