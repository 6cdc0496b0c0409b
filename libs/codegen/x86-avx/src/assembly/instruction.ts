/** Steps of a kernel before registers are chosen: x86-64 instructions in AT&T order whose registers are still numbers. Data alone. */

/** A vector register to be, used as `lanes` floats; one lane is a scalar. `masked`: zeros where `%k1` has none. */
export interface Vector { readonly kind: 'vector'; readonly id: number; readonly lanes: number; readonly masked?: boolean }
/** A 64-bit register to be, or a place on the stack where there are too few. */
export interface Integer { readonly kind: 'integer'; readonly id: number }
/** Bytes from an address; `broadcast`: one float there, in so many lanes. */
export interface Memory { readonly kind: 'memory'; readonly base: Integer; readonly displacement: number; readonly broadcast?: number }
/** A vector's place on the stack. */
export interface Slot { readonly kind: 'slot'; readonly id: number }
/** Text as it stands: an immediate, a label, one of the registers that are never chosen. */
export type Operand = Vector | Integer | Memory | Slot | string;

export type Step =
  /** What it does with its last operand; all before that are read. */
  | { readonly kind: 'instruction'; readonly name: string; readonly operands: readonly Operand[]; readonly last: 'read' | 'write' | 'update' }
  | { readonly kind: 'label'; readonly name: string }
  /** `jmp`, or a jump on what a comparison before it left. */
  | { readonly kind: 'jump'; readonly name: string; readonly to: string }
  /** What lives on from turn to turn is told by where loops begin and end: the label before, the jump after. `innermost` ones are aligned. */
  | { readonly kind: 'begin'; readonly name: string; readonly innermost: boolean }
  | { readonly kind: 'end' };

export type Instruction = Extract<Step, { readonly kind: 'instruction' }>;

export const instruction = (name: string, ...operands: readonly Operand[]): Step => ({ kind: 'instruction', name, operands, last: 'write' });
export const update = (name: string, ...operands: readonly Operand[]): Step => ({ kind: 'instruction', name, operands, last: 'update' });
export const reading = (name: string, ...operands: readonly Operand[]): Step => ({ kind: 'instruction', name, operands, last: 'read' });
export const jump = (name: 'jmp' | 'jl' | 'jle' | 'jge' | 'jne', to: string): Step => ({ kind: 'jump', name, to });
