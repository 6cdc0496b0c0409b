/**
 * The shape that MXNet's Reshape asks for. Codes: 0 copies an extent, -1 takes what is left, -2 copies all that remain, -3
 * multiplies two, -4 splits one into the two that follow (one of them may be -1). With `reverse` all is read from the end, so that -4 stands behind its parts.
 * Before 0.9 there was `target_shape`, in which 0 takes what is left. Source: MXNet operator Reshape.
 */
import { product } from '@loopsmith/util';
import { holding } from '@loopsmith/frontend-shared';
import type { MxnetTranslation } from '../translation.js';

export const reshapeTarget = (t: MxnetTranslation, from: readonly number[]): readonly number[] => {
  const shape = t.attributes.integers('shape', []), total = product(from);
  const reverse = t.attributes.flag('reverse', false);
  const wanted = shape.length === 0 ? oldTarget(t, from) : reverse ? resolved(t, [...from].reverse(), [...shape].reverse()).reverse() : resolved(t, from, shape);
  return (
    holding(total, wanted) ??
    t.refuse(
      `reshapes a tensor of shape [${from.join(',')}] to (${(shape.length === 0 ? t.attributes.integers('target_shape') : shape).join(', ')}), which does not hold its ${total} elements`,
    )
  );
};

const oldTarget = (t: MxnetTranslation, from: readonly number[]): readonly number[] => {
  const target = t.attributes.integers('target_shape').map((extent) => (extent === 0 ? -1 : extent));
  return t.attributes.flag('keep_highest', false) ? [from[0] ?? 1, ...target.slice(1)] : target;
};

/** With -1 still open. */
const resolved = (t: MxnetTranslation, from: readonly number[], codes: readonly number[]): number[] => {
  const wanted: number[] = [];
  let at = 0;
  const next = (): number => from[at++] ?? t.refuse(`has the shape (${codes.join(', ')}), which copies more axes than the ${from.length} of [${from.join(',')}]`);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 0) wanted.push(next());
    else if (code === -2) { wanted.push(...from.slice(at)); at = from.length; }
    else if (code === -3) wanted.push(next() * next());
    else if (code === -4) {
      const extent = next(), first = codes[++i] ?? -1, second = codes[++i] ?? -1;
      wanted.push(first === -1 ? extent / second : first, second === -1 ? extent / first : second);
      if (wanted.slice(-2).some((part) => !Number.isInteger(part) || part < 1) || product(wanted.slice(-2)) !== extent)
        return t.refuse(`splits an extent of ${extent} into ${first} and ${second}`);
    } else {
      at++;
      wanted.push(code);
    }
  }
  return wanted;
};
