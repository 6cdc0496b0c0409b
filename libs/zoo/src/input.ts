/** Seeded input images for zoo networks, the same on every machine. */
import { millionths } from './weights.js';
import { zooInputShape, type ZooName } from './zoo.js';

/** Pixels along one side of a patch of even colour. */
const patch = 32;

/**
 * [1, 3, size, size] in about ±2: patches of one colour, three parts, under noise of one part. Noise alone would look the
 * same to a network that averages whole planes, whatever the seed.
 */
export const zooInput = (name: ZooName, seed: number): Float32Array => {
  const [, channels, height, width] = zooInputShape(name);
  const across = Math.ceil(width / patch), down = Math.ceil(height / patch);
  const colours = millionths(`colours ${seed}`, channels * down * across, -1_500_000, 1_500_000);
  const noise = millionths(`noise ${seed}`, channels * height * width, -500_000, 500_000);
  return noise.map((value, i) => {
    const x = i % width, y = Math.floor(i / width) % height, c = Math.floor(i / (width * height));
    return value + colours[(c * down + Math.floor(y / patch)) * across + Math.floor(x / patch)]!;
  });
};
