/** Resizing of images to a size that is known at import. Bicubic is not imported: TensorFlow takes its weights from a coarse table. */
import { resized, type ResizeMode } from '@loopsmith/frontend-shared';
import type { TfTranslator, TfTranslators } from '../translation.js';
import { withChannelsFirst } from './layout.js';

/** Pixels of one side; a larger one is damage. */
const largestImage = 2 ** 14;

/** Corners of the images, or centres of their pixels, or neither lie on each other. Nearest takes the floor, but rounds half up between corners. */
const resize = (kind: 'linear' | 'nearest'): TfTranslator => (t) => withChannelsFirst(t, t.input(0, 'images'), 4, (X) => {
  const size = t.known(t.input(1, 'size'), 'size'), corners = t.attributes.flag('align_corners', false), centres = t.attributes.flag('half_pixel_centers', false);
  if (size.length !== 2 || size.some((extent) => !(extent >= 1 && extent <= largestImage)))
    return t.refuse(`has size [${size.join(',')}]; height and width from 1 to ${largestImage} were expected`);
  const mode: ResizeMode = {
    kind,
    coordinates: corners ? 'align_corners' : !centres ? 'asymmetric' : kind === 'nearest' ? 'tf_half_pixel_for_nn' : 'half_pixel',
    nearest: corners ? 'round_prefer_ceil' : 'floor',
    cubic: 0,
    excludeOutside: false,
    antialias: false,
  };
  const wanted = [X.shape[0]!, X.shape[1]!, ...size];
  const Y = kind !== 'nearest' && X.dtype !== 'f32' && X.dtype !== 'f64' ? t.emit('cast', [X], { to: 'f32' }) : X;
  return resized(t, Y, wanted.map((output, axis) => ({ input: X.shape[axis]!, output })), mode);
});

export const resizes: TfTranslators = { ResizeBilinear: resize('linear'), ResizeNearestNeighbor: resize('nearest') };
