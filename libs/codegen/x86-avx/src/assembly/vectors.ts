/**
 * Values of an expanded kernel as AVX instructions: floats of 32 bits, arithmetic that has an instruction, operands from memory where one may be.
 * Whatever else an expression can be is `unwritten`. A product that is added to or subtracted from is contracted, as the compiler of C is told to.
 */
import { typeOf, type Buffer, type Expression, type Guard, type Index } from '@loopsmith/ir';
import { instruction, jump, update, type Memory, type Operand, type Step, type Vector } from './instruction.js';
import { unwritten } from './unwritten.js';

type Of<Kind extends Expression['kind']> = Extract<Expression, { readonly kind: Kind }>;
type Binary = Of<'binary'>;

export interface VectorContext {
  readonly emit: (...steps: readonly Step[]) => void;
  /** AVX-512: operands that are one float in every lane, and masks. */
  readonly evex: boolean;
  /** A number that is the same in every lane, as an operand from memory. */
  readonly constant: (value: number, lanes: number) => string;
  readonly memory: (buffer: Buffer, base: string | null, at: Index) => Memory;
  /** Jumps to the label unless the guard holds. */
  readonly unless: (when: Guard, label: string) => void;
  readonly label: () => string;
}

export interface Vectors {
  /** Computes the value into `target`, which the value does not mention. */
  into(value: Expression, target: Vector): void;
  /** The value in a register. */
  register(value: Expression): Vector;
  /** Adds to a register in place, or assigns it. */
  assign(name: string, value: Expression): void;
  /** Names a value; `folded`: it is computed where its only use is. */
  name(name: string, value: Expression, folded: boolean): void;
  /** The first lanes of memory in `%k1`. */
  mask(first: number): void;
  /** Steps that may be jumped over begin or end: what was made there is not there afterwards. */
  branch(): void;
  /** How many there are so far. */
  count(): number;
}

export const createVectors = ({ emit, evex, constant, memory, unless, label }: VectorContext): Vectors => {
  const values = new Map<string, Vector | Expression>();
  let made = 0;
  const fresh = (lanes: number): Vector => ({ kind: 'vector', id: made++, lanes });

  const lanesOf = (value: Expression): number => {
    const { dtype, lanes } = typeOf(value);
    return dtype === 'f32' && (lanes === 1 || lanes === 4 || lanes === 8 || lanes === 16) ? lanes : unwritten(`${lanes} lanes of ${dtype}`);
  };
  const suffix = (lanes: number): string => (lanes === 1 ? 'ss' : 'ps');
  const move = (lanes: number): string => (lanes === 1 ? 'vmovss' : 'vmovups');
  const isZero = (value: Expression): boolean => value.kind === 'broadcast' ? isZero(value.of) : value.kind === 'constant' && Object.is(value.value, 0);
  const resolved = (value: Expression): Expression => {
    const named = value.kind === 'register' ? values.get(value.name) : undefined;
    return named && named.kind !== 'vector' ? resolved(named) : value;
  };
  const isRegister = (operand: Operand): operand is Vector => typeof operand !== 'string' && operand.kind === 'vector';

  /** Where an instruction can take it from: a register, or memory. */
  const operand = (given: Expression): Operand => {
    const value = resolved(given), lanes = lanesOf(value);
    if (value.kind === 'register') {
      const named = values.get(value.name);
      if (named?.kind !== 'vector') throw new Error(`${value.name} is used before it has a value`);
      return named;
    }
    if (value.kind === 'read' && value.first === undefined && value.buffer.dtype === 'f32') return memory(value.buffer, value.base, value.at);
    if (value.kind === 'constant' && !isZero(value)) return constant(value.value, 1);
    if (value.kind === 'broadcast' && !isZero(value)) {
      const of = resolved(value.of);
      if (of.kind === 'constant') return constant(of.value, lanes);
      const one = evex && of.kind === 'read' ? operand(of) : null;
      if (one !== null && typeof one !== 'string' && one.kind === 'memory') return { ...one, broadcast: lanes };
    }
    return computed(value, lanes);
  };
  /** Zeros that are there already, by lanes. */
  const zeros = new Map<number, Vector>();
  const computed = (value: Expression, lanes: number): Vector => {
    const known = isZero(value) ? zeros.get(lanes) : undefined;
    if (known) return known;
    const target = fresh(lanes);
    into(value, target);
    if (isZero(value)) zeros.set(lanes, target);
    return target;
  };
  const loaded = (from: Operand, lanes: number): Vector => {
    if (isRegister(from)) return from;
    const target = fresh(lanes);
    load(from, target);
    return target;
  };
  const load = (from: Operand, target: Vector): void => {
    if (isRegister(from)) emit(instruction('vmovaps', { ...from, lanes: Math.max(4, from.lanes) }, { ...target, lanes: Math.max(4, target.lanes) }));
    else if (typeof from !== 'string' && from.kind === 'memory' && from.broadcast !== undefined) emit(instruction('vbroadcastss', { kind: 'memory', base: from.base, displacement: from.displacement }, target));
    else if (typeof from === 'string' && from.endsWith('}')) emit(instruction('vbroadcastss', from.slice(0, from.lastIndexOf('{')), target));
    else emit(instruction(move(target.lanes), from, target));
  };
  const register = (value: Expression): Vector => loaded(operand(value), lanesOf(value));

  const into = (given: Expression, target: Vector): void => {
    const value = resolved(given), lanes = lanesOf(value);
    if (isZero(value)) { clear(target); return; }
    switch (value.kind) {
      case 'read':
        if (value.first === undefined) load(operand(value), target);
        else if (!evex || value.buffer.dtype !== 'f32' || lanes === 1) unwritten('the first lanes of memory');
        else {
          mask(value.first);
          emit(instruction(`${move(lanes)}`, memory(value.buffer, value.base, value.at), { ...target, masked: true }));
        }
        return;
      case 'register': case 'constant': load(operand(value), target); return;
      case 'broadcast': {
        const of = resolved(value.of), from = of.kind === 'constant' ? constant(of.value, lanes) : operand(of);
        if (isRegister(from)) emit(instruction('vbroadcastss', { ...from, lanes: 4 }, target));
        else if (of.kind === 'constant') load(from, target);
        else emit(instruction('vbroadcastss', from, target));
        return;
      }
      case 'binary': binary(value, target, lanes); return;
      case 'unary': unary(value, target, lanes); return;
      case 'select': select(value, target); return;
      default: unwritten(value.kind);
    }
  };

  const clear = (target: Vector): void => {
    const whole = { ...target, lanes: Math.max(4, target.lanes) };
    emit(instruction('clear', whole));
  };

  const product = (given: Expression): Binary | null => {
    const value = resolved(given);
    return value.kind === 'binary' && value.operator === 'multiply' ? value : null;
  };
  /** target = target ± a product, or ± (product - target). */
  const accumulate = (name: 'vfmadd231' | 'vfnmadd231' | 'vfmsub231', { left, right }: Binary, target: Vector): void => {
    let a = operand(left), b = operand(right);
    if (!isRegister(a) && isRegister(b)) [a, b] = [b, a];
    emit(update(`${name}${suffix(target.lanes)}`, b, loaded(a, target.lanes), target));
  };
  const names: Partial<Record<Binary['operator'], string>> = { add: 'vadd', subtract: 'vsub', multiply: 'vmul', divide: 'vdiv', max: 'vmax', min: 'vmin' };

  const binary = ({ operator, left, right }: Binary, target: Vector, lanes: number): void => {
    const name = names[operator] ?? unwritten(operator);
    const ofRight = operator === 'add' || operator === 'subtract' ? product(right) : null, ofLeft = operator === 'add' || operator === 'subtract' ? product(left) : null;
    if (ofRight) { load(operand(left), target); accumulate(operator === 'add' ? 'vfmadd231' : 'vfnmadd231', ofRight, target); return; }
    if (ofLeft) { load(operand(right), target); accumulate(operator === 'add' ? 'vfmadd231' : 'vfmsub231', ofLeft, target); return; }
    // max and min answer their left operand where they cannot tell, as the second source of the instruction
    const [of, by] = operator === 'max' || operator === 'min' ? [right, left] : [left, right];
    // a zero is made when the other operand is there, so that both live for as short as they can
    let second = operand(by), first = operand(of);
    if ((operator === 'add' || operator === 'multiply') && !isRegister(first) && isRegister(second)) [first, second] = [second, first];
    emit(instruction(`${name}${suffix(lanes)}`, second, loaded(first, lanes), target));
  };

  const unary = ({ operator, of }: Of<'unary'>, target: Vector, lanes: number): void => {
    if (operator === 'negate' && lanes > 1) emit(instruction('vxorps', constant(-0, lanes), register(of), target));
    else if (operator === 'sqrt' && lanes > 1) emit(instruction('vsqrtps', operand(of), target));
    else unwritten(operator);
  };

  const select = ({ when, then, otherwise }: Of<'select'>, target: Vector): void => {
    const end = label();
    zeros.clear();
    if (isZero(otherwise)) {
      clear(target);
      unless(when, end);
      into(then, target);
    } else {
      const other = label();
      unless(when, other);
      into(then, target);
      emit(jump('jmp', end), { kind: 'label', name: other });
      zeros.clear();
      into(otherwise, target);
    }
    zeros.clear();
    emit({ kind: 'label', name: end });
  };

  const mask = (first: number): void => emit(instruction('movl', `$${2 ** first - 1}`, '%eax'), instruction('kmovw', '%eax', '%k1'));

  const mentions = (value: Expression, name: string): boolean => {
    const looked = resolved(value);
    switch (looked.kind) {
      case 'register': return looked.name === name;
      case 'binary': return mentions(looked.left, name) || mentions(looked.right, name);
      case 'unary': case 'broadcast': return mentions(looked.of, name);
      case 'select': return mentions(looked.then, name) || mentions(looked.otherwise, name);
      default: return false;
    }
  };

  return {
    into, register, mask, branch: () => { zeros.clear(); }, count: () => made,
    name: (name, value, folded) => {
      if (folded) { values.set(name, value); return; }
      const target = fresh(lanesOf(value));
      into(value, target);
      values.set(name, target);
    },
    assign: (name, value) => {
      const known = values.get(name), target = known?.kind === 'vector' ? known : fresh(lanesOf(value));
      values.set(name, target);
      if (value.kind === 'binary' && (value.operator === 'add' || value.operator === 'subtract') && value.left.kind === 'register' && value.left.name === name) {
        const of = product(value.right);
        if (of) accumulate(value.operator === 'add' ? 'vfmadd231' : 'vfnmadd231', of, target);
        else emit(instruction(`${names[value.operator]!}${suffix(target.lanes)}`, operand(value.right), target, target));
      } else if (mentions(value, name)) load(computed(value, target.lanes), target);
      else into(value, target);
    },
  };
};
