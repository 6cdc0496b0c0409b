/**
 * Leaves out what computes vectors that nothing stores: where a block of outputs ends early, sums of those that are not there. A value counts as used
 * only where what is made of it is used, so that a sum that only grows is none.
 */
import type { Instruction, Operand, Step } from './instruction.js';

export const withoutDead = (steps: readonly Step[]): readonly Step[] => {
  const atLabel = new Map<string, ReadonlySet<number>>();
  let needed: Step[], grown: boolean;
  // backward jumps read what the last pass found at their labels; sets only grow, so that it ends
  do {
    needed = [];
    grown = false;
    let live = new Set<number>();
    for (const step of [...steps].reverse()) {
      if (step.kind === 'label' || step.kind === 'begin') {
        grown ||= step.kind === 'begin' && live.size > (atLabel.get(step.name)?.size ?? 0);
        atLabel.set(step.name, new Set(live));
      } else if (step.kind === 'jump') {
        const there = atLabel.get(step.to) ?? [];
        live = step.name === 'jmp' ? new Set(there) : new Set([...live, ...there]);
      } else if (step.kind === 'instruction') {
        const result = resultOf(step);
        if (result !== null && !live.has(result)) continue;
        if (result !== null && step.last === 'write') live.delete(result);
        const read = result === null || step.last === 'update' ? step.operands : step.operands.slice(0, -1);
        for (const operand of read) if (isVector(operand)) live.add(operand.id);
      }
      needed.push(step);
    }
  } while (grown);
  return needed.reverse();
};

const isVector = (operand: Operand | undefined): operand is Extract<Operand, { readonly kind: 'vector' }> => operand !== undefined && typeof operand !== 'string' && operand.kind === 'vector';
const resultOf = ({ operands, last }: Instruction): number | null => {
  const result = operands.at(-1);
  return last !== 'read' && isVector(result) ? result.id : null;
};
