/** ResNet 18 and 50 (He et al. 2015, "Deep Residual Learning for Image Recognition", table 1), version 1: the stride of a bottleneck is in its first 1x1. */
import type { ConvolutionOptions, Network, Pair, Wire } from '../network.js';

const normalised = (net: Network, x: Wire, channels: number, kernel: Pair, options: ConvolutionOptions): Wire => net.relu(net.batchNorm(net.conv(x, channels, kernel, options)));
/** The last convolution of a branch: its sum with the shortcut is what the ReLU sees. */
const branchEnd = (net: Network, x: Wire, channels: number, kernel: Pair, pad: number): Wire => net.batchNorm(net.conv(x, channels, kernel, { pad, gain: 1.25 }), { size: 0.5 });

type Block = (net: Network, x: Wire, width: number, stride: number) => Wire;

const shortcut = (net: Network, x: Wire, channels: number, stride: number): Wire =>
  (x.shape[1] === channels ? x : net.batchNorm(net.conv(x, channels, 1, { stride, gain: 1.25 })));

const basic: Block = (net, x, width, stride) => {
  const branch = branchEnd(net, normalised(net, x, width, 3, { stride, pad: 1 }), width, 3, 1);
  return net.relu(net.add(branch, shortcut(net, x, width, stride)));
};
const bottleneck: Block = (net, x, width, stride) => {
  const branch = branchEnd(net, normalised(net, normalised(net, x, width, 1, { stride }), width, 3, { pad: 1 }), 4 * width, 1, 0);
  return net.relu(net.add(branch, shortcut(net, x, 4 * width, stride)));
};

const resnet = (block: Block, depths: readonly number[]) => (net: Network): Wire => {
  let x = net.maxPool(normalised(net, net.input, 64, 7, { stride: 2, pad: 3 }), 3, { stride: 2, pad: 1 });
  depths.forEach((depth, group) => {
    for (let i = 0; i < depth; i++) x = block(net, x, 64 * 2 ** group, i === 0 && group > 0 ? 2 : 1);
  });
  return net.dense(net.flatten(net.globalAveragePool(x)), 1000);
};

export const resnet18 = resnet(basic, [2, 2, 2, 2]);
export const resnet50 = resnet(bottleneck, [3, 4, 6, 3]);
