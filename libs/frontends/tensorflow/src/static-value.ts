/**
 * Numbers that a graph computes of constants alone, one element at a time: conditions and counters of loops. Tensors of several elements, and
 * everything that needs an input of the model, are not known.
 */
import type { TfNode } from '@loopsmith/tensorflow-file';

/** By operator, of the values of its operands; flags are 0 and 1. */
const functions: Readonly<Record<string, (a: number, b: number) => number>> = {
  Identity: (a) => a,
  PlaceholderWithDefault: (a) => a,
  StopGradient: (a) => a,
  LoopCond: (a) => a,
  Enter: (a) => a,
  // of one element each of these is that element
  Max: (a) => a,
  Min: (a) => a,
  Reshape: (a) => a,
  Squeeze: (a) => a,
  ExpandDims: (a) => a,
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Maximum: Math.max,
  Minimum: Math.min,
  Neg: (a) => -a,
  FloorDiv: (a, b) => Math.floor(a / b),
  FloorMod: (a, b) => a - b * Math.floor(a / b),
  Less: (a, b) => Number(a < b),
  LessEqual: (a, b) => Number(a <= b),
  Greater: (a, b) => Number(a > b),
  GreaterEqual: (a, b) => Number(a >= b),
  Equal: (a, b) => Number(a === b),
  NotEqual: (a, b) => Number(a !== b),
  LogicalNot: (a) => Number(a === 0),
  LogicalAnd: (a, b) => Number(a !== 0 && b !== 0),
  LogicalOr: (a, b) => Number(a !== 0 || b !== 0),
  Cast: (a) => a,
};

/** Whether `staticValue` can say anything of an operator. */
export const isStatic = (operator: string): boolean => operator === 'Const' || Object.hasOwn(functions, operator);

/** What a node makes of the values of its operands, which are asked for only where they are needed; undefined where nobody knows. A cast to an integer truncates. */
export const staticValue = (node: TfNode, operand: (position: number) => number | undefined): number | undefined => {
  const { operator, attributes } = node;
  if (operator === 'Const') {
    const value = attributes.get('value');
    return value?.kind === 'tensor' && value.value.dtype !== 'string' && value.value.shape.every((extent) => extent === 1) ? Number(value.value.values[0]) : undefined;
  }
  const compute = Object.hasOwn(functions, operator) ? functions[operator] : undefined,
    operands = compute ? Array.from({ length: compute.length === 1 ? 1 : 2 }, (_, i) => operand(i)) : [];
  const [a, b = 0] = operands;
  if (!compute || a === undefined || operands.includes(undefined)) return undefined;
  const made = compute(a, b), to = attributes.get('DstT');
  return operator === 'Cast' && to?.kind === 'type' ? castTo(to.value, made) : made;
};
const castTo = (type: string, value: number): number => (type === 'bool' ? Number(value !== 0) : type.startsWith('f') || type.startsWith('bf') ? value : Math.trunc(value));
