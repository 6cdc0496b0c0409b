/** Products of any number of tensors, summed over named axes: Einstein's notation. The order of multiplication is that of the operands; no intermediate product is made. */
import { build, type Index } from '@loopsmith/ir';
import { axesOver } from './axes.js';
import { accumulatorOf, castTo, definitionOf, operator, shapeText, sumOfProducts, type Reading } from './operator.js';

interface Equation { readonly operands: readonly string[]; readonly output: string }

/** `ij,jk->ik`; without an arrow, the axes of the ellipsis and then the letters that occur once, by alphabet. */
const equationOf = (reading: Reading, ranks: readonly number[]): Equation => {
  const written = JSON.stringify(reading.text('equation')), text = reading.text('equation').replaceAll(' ', '');
  const [left = '', right, ...more] = text.split('->'), sides = left.split(',');
  const term = /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/;
  if (more.length > 0 || !sides.every((side) => term.test(side)) || !term.test(right ?? ''))
    return reading.refuse(`has the equation ${written}; expected letters, commas, ellipses and one arrow`);
  if (sides.length !== ranks.length) return reading.refuse(`has the equation ${written} of ${sides.length} operands, but ${ranks.length} inputs`);
  // an ellipsis stands for axes without a letter, aligned at the last one; they get letters that nobody uses
  const hidden = sides.map((side, i) => (side.includes('...') ? Math.max(0, ranks[i]! - side.length + 3) : 0)), most = Math.max(...hidden);
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => !text.includes(letter)).slice(0, most).join('');
  const operands = sides.map((side, i) => side.replace('...', free.slice(most - hidden[i]!)));
  const letters = [...operands.join('')];
  const once = letters.filter((letter) => !free.includes(letter) && letters.indexOf(letter) === letters.lastIndexOf(letter)).sort().join('');
  const output = right?.replace('...', free) ?? free + once;
  if (new Set(output).size !== output.length || [...output].some((letter) => !letters.includes(letter)))
    return reading.refuse(`has the equation ${written}, whose output repeats a letter or has one that no operand has`);
  return { operands, output };
};

/**
 * Y[output letters] = sum over all other letters of the product of the operands. Inputs X0, X1, .. of one dtype; a letter that
 * one operand has twice is its diagonal. Attribute: equation, such as `bij,bjk->bik`. Source: ONNX operator Einsum.
 * Refused: letters whose extents differ (an extent of 1 is not stretched), operands of another rank than their letters.
 */
export const einsum = operator((reading) => {
  const parts = Array.from({ length: reading.inputCount }, (_, i) => reading.input(i, `X${i}`)), first = parts[0] ?? reading.refuse('has no inputs');
  const { operands, output } = equationOf(reading, parts.map(({ shape }) => shape.length));
  const extents = new Map<string, number>();
  operands.forEach((letters, i) => {
    const { shape, dtype } = parts[i]!;
    if (shape.length !== letters.length) return reading.refuse(`calls the axes of operand ${i} "${letters}"; its shape is [${shape.join(',')}]`);
    if (dtype !== first.dtype) return reading.refuse(`multiplies ${first.dtype} and ${dtype}; cast one of them`);
    [...letters].forEach((letter, axis) => {
      const known = extents.get(letter) ?? shape[axis]!;
      if (known !== shape[axis]) reading.refuse(`has the extents ${known} and ${shape[axis]} for ${letter}`);
      extents.set(letter, known);
    });
    return undefined;
  });
  const over = [...extents.keys()].filter((letter) => !output.includes(letter));
  // letters become names: capitals are other axes than small letters, and no name is a word of the text form
  const name = (letter: string): string => `${letter}_`;
  const [at, axes] = axesOver([...output].map((letter) => extents.get(letter)!), [...output].map(name));
  const [within, reduced] = axesOver(over.map((letter) => extents.get(letter)!), over.map(name));
  const places = new Map<string, Index>([...[...output].map((letter, i) => [letter, at[i]!] as const), ...over.map((letter, i) => [letter, within[i]!] as const)]);
  const factors = parts.map((part, i) => build.load(part, ...[...operands[i]!].map((letter) => places.get(letter)!)));
  const label = `einsum ${operands.join(',')}→${output} ${parts.map(({ shape }) => shapeText(shape)).join(' ')}`;
  if (over.length === 0)
    return { definition: definitionOf('einsum', parts, [build.stage('Y', first.dtype, axes, factors.reduce((left, right) => build.binary('multiply', left, right)))]), label };
  const A = sumOfProducts(accumulatorOf(first.dtype), axes, reduced, ...factors);
  return { definition: definitionOf('einsum', parts, [A, build.stage('Y', first.dtype, axes, castTo(first.dtype, build.load(A, ...at)))]), label };
});
