/** Inception V3 (Szegedy et al. 2015, "Rethinking the Inception Architecture", table 1) without the auxiliary classifier; widths as in the published code. */
import type { Network, Pair, Wire } from '../network.js';

export const inceptionV3 = (net: Network): Wire => {
  const conv = (x: Wire, channels: number, kernel: Pair, pad: Pair = 0, stride = 1): Wire =>
    net.relu(net.batchNorm(net.conv(x, channels, kernel, { pad, stride }), { epsilon: 1e-3 }));
  const pooled = (x: Wire, channels: number): Wire => conv(net.averagePool(x, 3, { stride: 1, pad: 1 }), channels, 1);
  const halved = (x: Wire): Wire => net.maxPool(x, 3, { stride: 2 });
  const row: Pair = [1, 7], column: Pair = [7, 1], rowPad: Pair = [0, 3], columnPad: Pair = [3, 0];

  const a = (x: Wire, poolWidth: number): Wire => net.concat(
    conv(x, 64, 1), conv(conv(x, 48, 1), 64, 5, 2), conv(conv(conv(x, 64, 1), 96, 3, 1), 96, 3, 1), pooled(x, poolWidth));
  const b = (x: Wire): Wire => net.concat(conv(x, 384, 3, 0, 2), conv(conv(conv(x, 64, 1), 96, 3, 1), 96, 3, 0, 2), halved(x));
  const c = (x: Wire, width: number): Wire => net.concat(
    conv(x, 192, 1),
    conv(conv(conv(x, width, 1), width, row, rowPad), 192, column, columnPad),
    conv(conv(conv(conv(conv(x, width, 1), width, column, columnPad), width, row, rowPad), width, column, columnPad), 192, row, rowPad),
    pooled(x, 192));
  const d = (x: Wire): Wire => net.concat(
    conv(conv(x, 192, 1), 320, 3, 0, 2), conv(conv(conv(conv(x, 192, 1), 192, row, rowPad), 192, column, columnPad), 192, 3, 0, 2), halved(x));
  const split = (x: Wire): readonly [Wire, Wire] => [conv(x, 384, [1, 3], [0, 1]), conv(x, 384, [3, 1], [1, 0])];
  const e = (x: Wire): Wire => net.concat(conv(x, 320, 1), ...split(conv(x, 384, 1)), ...split(conv(conv(x, 448, 1), 384, 3, 1)), pooled(x, 192));

  let x = halved(conv(conv(conv(net.input, 32, 3, 0, 2), 32, 3), 64, 3, 1));
  x = halved(conv(conv(x, 80, 1), 192, 3));
  x = b(a(a(a(x, 32), 64), 64));
  x = d(c(c(c(c(x, 128), 160), 160), 192));
  return net.dense(net.flatten(net.globalAveragePool(e(e(x)))), 1000);
};
