/** DenseNet 121 (Huang et al. 2016, table 1): every layer's output joins the input of all later layers of its block. */
import type { Network, Wire } from '../network.js';

const growth = 32;

export const densenet121 = (net: Network): Wire => {
  const relu = (x: Wire): Wire => net.relu(net.batchNorm(x));
  let x = net.maxPool(relu(net.conv(net.input, 64, 7, { stride: 2, pad: 3 })), 3, { stride: 2, pad: 1 });
  [6, 12, 24, 16].forEach((layers, block, blocks) => {
    for (let i = 0; i < layers; i++) x = net.concat(x, net.conv(relu(net.conv(relu(x), 4 * growth, 1)), growth, 3, { pad: 1 }));
    if (block < blocks.length - 1) x = net.averagePool(net.conv(relu(x), x.shape[1]! / 2, 1), 2, { stride: 2 });
  });
  return net.dense(net.flatten(net.globalAveragePool(relu(x))), 1000);
};
