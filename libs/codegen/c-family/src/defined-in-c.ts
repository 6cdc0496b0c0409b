/**
 * Where C's own signs and conversions mean what the IR means, and where C leaves the answer open (division by zero, wide shifts,
 * floats that no integer holds) so that a helper has to say it. Looks at the constants of an expression; proves nothing else.
 */
import { bytesOf, isFloat, type BinaryOperator, type DType, type Expression } from '@loopsmith/ir';

const constantOf = (value: Expression): number | null => (value.kind === 'constant' ? value.value : value.kind === 'broadcast' ? constantOf(value.of) : null);

/** Whether C's sign for the operator does for operands of the dtype. A divisor of -1 overflows where the dividend is the least of its type. */
export const signSuffices = (operator: BinaryOperator, dtype: DType, right: Expression): boolean => {
  if (isFloat(dtype)) return true;
  const by = constantOf(right);
  switch (operator) {
    case 'divide': return by !== null && by !== 0 && by !== -1;
    case 'shiftLeft': case 'shiftRight': return by !== null && by >= 0 && by < 8 * bytesOf[dtype];
    default: return true;
  }
};

const narrow: Partial<Readonly<Record<DType, readonly [least: number, most: number]>>> = { i8: [-128, 127], u8: [0, 255], i16: [-32768, 32767], u16: [0, 65535] };

/**
 * Whether a float is held within what an integer of at most 16 bits can be, as quantised operators hold theirs. A NaN passes such
 * bounds: processors convert through 32 bits, whose lower half is 0 then, and so is the answer.
 */
export const isHeldWithin = (value: Expression, dtype: DType): boolean => {
  const [first, last] = narrow[dtype] ?? [Infinity, -Infinity], { least, most } = boundsOf(value);
  return least >= first && most <= last;
};

/** NaN aside. */
const boundsOf = (value: Expression): { readonly least: number; readonly most: number } => {
  switch (value.kind) {
    case 'constant': return { least: value.value, most: value.value };
    case 'broadcast': return boundsOf(value.of);
    case 'unary': {
      const { least, most } = boundsOf(value.of);
      return ['round', 'floor', 'ceil', 'truncate'].includes(value.operator) ? { least: Math.floor(least), most: Math.ceil(most) } : anything;
    }
    case 'binary': {
      if (value.operator !== 'max' && value.operator !== 'min') return anything;
      const a = boundsOf(value.left), b = boundsOf(value.right), of = Math[value.operator];
      return { least: of(a.least, b.least), most: of(a.most, b.most) };
    }
    default: return anything;
  }
};
const anything = { least: -Infinity, most: Infinity };
