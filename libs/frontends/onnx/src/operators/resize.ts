/** Resizing as ONNX asks for it over its versions: scales or sizes, axes, ratios. Crops with a fill value are refused. */
import { axisOf, resized, type ResizedAxis } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

/** The sizes that the model asks for, as an axis each. `axes` (opset 18) names those that are meant. */
const axesOf = (
  t: OnnxTranslation,
  X: GraphTensor,
  scales: readonly number[] | undefined,
  sizes: readonly number[] | undefined,
  roi: readonly number[],
): readonly ResizedAxis[] => {
  const rank = X.shape.length;
  const along = t.attributes
    .integers(
      'axes',
      X.shape.map((_, axis) => axis),
    )
    .map((axis) => axisOf(t, axis, rank));
  for (const [name, given, each] of [['scales', scales, 1], ['sizes', sizes, 1], ['values of roi', roi, 2]] as const)
    if (given && given.length > each * along.length) return t.refuse(`has ${given.length} ${name} for ${along.length} axes`);
  const policy = t.attributes.text('keep_aspect_ratio_policy', 'stretch');
  const quotient = ([over, under]: readonly [number, number]): number => over / under,
    ratios = sizes?.map((size, i) => [size, X.shape[along[i]!]!] as const);
  const common =
    policy === 'stretch' ? undefined : ratios?.reduce((best, one) => (quotient(one) < quotient(best) === (policy === 'not_larger') ? one : best));
  return X.shape.map((input, axis): ResizedAxis => {
    const i = along.indexOf(axis);
    if (i < 0) return { input, output: input };
    const region: readonly [number, number] = [roi[i] ?? 0, roi[along.length + i] ?? 1],
      size = sizes?.[i];
    if (common !== undefined) return { input, output: Math.floor((common[0] * input) / common[1] + 0.5), scale: common, region };
    if (size !== undefined) return { input, output: size, region };
    const scale = scales?.[i] ?? t.refuse('has neither scales nor sizes for each of its axes');
    return { input, output: Math.floor(input * scale), scale: [scale, 1], region };
  });
};

export const resizes: OnnxTranslators = {
  Resize: (t) => {
    const X = t.input(0, 'X');
    /** An empty tensor stands for an absent one before opset 13. */
    const values = (position: number, role: string): readonly number[] | undefined => {
      const tensor = t.optional(position);
      return tensor === undefined || tensor.shape.includes(0) ? undefined : t.known(tensor, role);
    };
    if (t.opset < 11) return resized(t, X, axesOf(t, X, values(1, 'scales'), undefined, []), { kind: t.attributes.text('mode', 'nearest'), ...oldMode });
    const mode = { kind: t.attributes.text('mode', 'nearest'), coordinates: t.attributes.text('coordinate_transformation_mode', 'half_pixel') },
      fill = t.attributes.number('extrapolation_value', 0);
    if (mode.coordinates === 'tf_crop_and_resize' && fill !== 0) return t.refuse('fills what lies outside with an extrapolation_value that is not 0');
    return resized(t, X, axesOf(t, X, values(2, 'scales'), values(3, 'sizes'), values(1, 'roi') ?? []), {
      ...mode, nearest: t.attributes.text('nearest_mode', 'round_prefer_floor'), cubic: t.attributes.number('cubic_coeff_a', -0.75),
      excludeOutside: t.attributes.flag('exclude_outside', false), antialias: t.attributes.flag('antialias', false),
    });
  },
  /** Scales are an attribute before opset 9, and of height and width alone before opset 7. */
  Upsample: (t) => {
    const X = t.input(0, 'X');
    const old = t.attributes.has('height_scale') ? [1, 1, t.attributes.number('height_scale'), t.attributes.number('width_scale')] : undefined;
    const scales = old ?? (t.opset < 9 ? t.attributes.numbers('scales') : t.known(t.input(1, 'scales'), 'scales'));
    return resized(t, X, axesOf(t, X, scales, undefined, []), { kind: t.attributes.text('mode', 'nearest'), ...oldMode });
  },
};
/** Before opset 11 there was one way. Of nearest elements its text says nothing where an axis shrinks; ONNX Runtime rounds up there. */
const oldMode = { coordinates: 'asymmetric', nearest: 'shrinks_up', cubic: -0.75, excludeOutside: false, antialias: false } as const;
