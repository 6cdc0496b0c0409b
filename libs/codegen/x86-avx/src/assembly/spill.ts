/**
 * Vectors that find no register kept on the stack instead: loaded before the first of a few neighbouring steps that use one, stored after the last that changes
 * it, or read by an instruction from its place. What takes their place lives for these few steps alone.
 */
import type { Instruction, Operand, Slot, Step, Vector } from './instruction.js';

/** Uses that are at most so many steps apart, with no label or jump between them, share a register: a sum that grows line by line is not stored each time. */
const neighbouring = 8;

interface Run { readonly register: number; readonly first: number; last: number; changed: boolean }

/** `lanes` of a whole register; `fresh` numbers what takes the place of those without one. */
export const spilled = (steps: readonly Step[], without: ReadonlySet<number>, lanes: number, fresh: () => number): readonly Step[] => {
  const runs = runsOf(steps, without, fresh);
  const move = (from: Operand, to: Operand): Step => ({ kind: 'instruction', name: 'vmovups', operands: [from, to], last: 'write' });
  const made: Step[] = [];
  steps.forEach((step, i) => {
    if (step.kind !== 'instruction' || !step.operands.some((operand) => isOneOf(operand, without))) { made.push(step); return; }
    const after: Step[] = [], instead = new Map<number, Operand>();
    step.operands.forEach((operand, position) => {
      if (!isOneOf(operand, without) || instead.has(operand.id)) return;
      const { id } = operand, run = runs.get(id)!.find(({ first, last }) => first <= i && i <= last)!, slot: Slot = { kind: 'slot', id }, register: Vector = { kind: 'vector', id: run.register, lanes };
      const again = step.operands.some((other, later) => later > position && isOneOf(other, without) && other.id === id);
      if (run.first === run.last && !again && readsMemory(step, position)) { instead.set(id, slot); return; }
      instead.set(id, register);
      if (run.first === i && !(step.last === 'write' && position === step.operands.length - 1)) made.push(move(slot, register));
      if (run.last === i && run.changed) after.push(move(register, slot));
    });
    const operands = step.operands.map((operand): Operand => {
      const other = isOneOf(operand, without) ? instead.get(operand.id)! : operand;
      return isOneOf(operand, without) && typeof other !== 'string' && other.kind === 'vector' ? { ...operand, id: other.id } : other;
    });
    made.push({ ...step, operands }, ...after);
  });
  return made;
};

const isOneOf = (operand: Operand, ids: ReadonlySet<number>): operand is Vector => typeof operand !== 'string' && operand.kind === 'vector' && ids.has(operand.id);

/** AVX reads the first of three operands from memory. */
const readsMemory = ({ operands }: Instruction, position: number): boolean =>
  position === 0 && operands.length === 3 && operands.every((operand) => typeof operand !== 'string' && operand.kind === 'vector');

const runsOf = (steps: readonly Step[], without: ReadonlySet<number>, fresh: () => number): ReadonlyMap<number, readonly Run[]> => {
  const runs = new Map<number, Run[]>();
  let open = new Map<number, Run>();
  steps.forEach((step, i) => {
    if (step.kind !== 'instruction') { open = new Map(); return; }
    step.operands.forEach((operand, position) => {
      if (!isOneOf(operand, without)) return;
      let run = open.get(operand.id);
      if (!run || i - run.last > neighbouring) {
        run = { register: fresh(), first: i, last: i, changed: false };
        open.set(operand.id, run);
        runs.set(operand.id, [...runs.get(operand.id) ?? [], run]);
      }
      run.last = i;
      run.changed ||= position === step.operands.length - 1 && step.last !== 'read';
    });
  });
  return runs;
};
