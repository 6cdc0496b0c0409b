/** VGG 16 and 19 (Simonyan, Zisserman 2014, table 1, columns D and E). */
import type { Network, Wire } from '../network.js';

const vgg = (depths: readonly number[]) => (net: Network): Wire => {
  let x = net.input;
  depths.forEach((depth, group) => {
    for (let i = 0; i < depth; i++) x = net.relu(net.conv(x, Math.min(512, 64 * 2 ** group), 3, { pad: 1, bias: true }));
    x = net.maxPool(x, 2, { stride: 2 });
  });
  x = net.relu(net.dense(net.flatten(x), 4096, { gain: 2.5 }));
  return net.dense(net.relu(net.dense(x, 4096, { gain: 2.5 })), 1000);
};

export const vgg16 = vgg([2, 2, 3, 3, 3]);
export const vgg19 = vgg([2, 2, 4, 4, 4]);
