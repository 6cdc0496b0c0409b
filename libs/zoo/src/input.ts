/** Seeded input images for zoo networks, the same on every machine. */
import { seededRandom } from '@loopsmith/util';
import { zooInputShape, type ZooName } from './zoo.js';

/** Pixels along one side of a patch of even colour. */
const patch = 32;

/**
 * [1, 3, size, size] in about ±2: patches of one colour, three parts, under noise of one part. Noise alone would look the
 * same to a network that averages whole planes, whatever the seed.
 */
export const zooInput = (name: ZooName, seed: number): Float32Array => {
  const shape = zooInputShape(name);
  const [, channels, height, width] = shape;
  const random = seededRandom(seed), scale = Math.fround(1e-6);
  const across = Math.ceil(width / patch), colours = Int32Array.from({ length: channels * Math.ceil(height / patch) * across }, () => random.below(3_000_000) - 1_500_000);
  const values = new Float32Array(channels * height * width);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const colour = colours[(c * Math.ceil(height / patch) + Math.floor(y / patch)) * across + Math.floor(x / patch)]!;
        values[at++] = (colour + random.below(1_000_000) - 500_000) * scale;
      }
    }
  }
  return values;
};
