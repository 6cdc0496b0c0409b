/** MobileNet (Howard et al. 2017, table 1) and MobileNet V2 (Sandler et al. 2018, table 2), both of width 1. */
import type { Network, Wire } from '../network.js';

export const mobilenet = (net: Network): Wire => {
  const relu = (x: Wire): Wire => net.relu(net.batchNorm(x));
  let x = relu(net.conv(net.input, 32, 3, { stride: 2, pad: 1 }));
  const blocks: readonly (readonly [number, number])[] = [
    [64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1],
  ];
  for (const [channels, stride] of blocks) {
    x = relu(net.conv(x, x.shape[1]!, 3, { stride, pad: 1, groups: x.shape[1]! }));
    x = relu(net.conv(x, channels, 1));
  }
  return net.dense(net.flatten(net.globalAveragePool(x)), 1000);
};

export const mobilenetV2 = (net: Network): Wire => {
  const relu = (x: Wire): Wire => net.relu6(net.batchNorm(x));
  const inverted = (x: Wire, expansion: number, channels: number, stride: number): Wire => {
    const width = x.shape[1]! * expansion, residual = stride === 1 && x.shape[1] === channels;
    const expanded = expansion === 1 ? x : relu(net.conv(x, width, 1));
    const filtered = relu(net.conv(expanded, width, 3, { stride, pad: 1, groups: width }));
    const projected = net.batchNorm(net.conv(filtered, channels, 1, { gain: 1.25 }), { size: residual ? 0.5 : 1 });
    return residual ? net.add(projected, x) : projected;
  };
  let x = relu(net.conv(net.input, 32, 3, { stride: 2, pad: 1 }));
  const groups: readonly (readonly [number, number, number, number])[] = [
    [1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1],
  ];
  for (const [expansion, channels, repeats, stride] of groups) for (let i = 0; i < repeats; i++) x = inverted(x, expansion, channels, i === 0 ? stride : 1);
  return net.dense(net.flatten(net.globalAveragePool(relu(net.conv(x, 1280, 1)))), 1000);
};
