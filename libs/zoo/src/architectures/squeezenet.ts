/** SqueezeNet 1.0 and 1.1 (Iandola et al. 2016; 1.1 as published with its code): pools round up. */
import type { Network, Wire } from '../network.js';

const fire = (net: Network, x: Wire, squeeze: number, expand: number): Wire => {
  const squeezed = net.relu(net.conv(x, squeeze, 1, { bias: true }));
  return net.concat(net.relu(net.conv(squeezed, expand, 1, { bias: true })), net.relu(net.conv(squeezed, expand, 3, { pad: 1, bias: true })));
};
const pool = (net: Network, x: Wire): Wire => net.maxPool(x, 3, { stride: 2, ceil: true });
const classes = (net: Network, x: Wire): Wire => net.flatten(net.globalAveragePool(net.relu(net.conv(x, 1000, 1, { bias: true, gain: 100 }))));

export const squeezenet10 = (net: Network): Wire => {
  let x = pool(net, net.relu(net.conv(net.input, 96, 7, { stride: 2, bias: true })));
  x = pool(net, fire(net, fire(net, fire(net, x, 16, 64), 16, 64), 32, 128));
  x = pool(net, fire(net, fire(net, fire(net, fire(net, x, 32, 128), 48, 192), 48, 192), 64, 256));
  return classes(net, fire(net, x, 64, 256));
};
export const squeezenet11 = (net: Network): Wire => {
  let x = pool(net, net.relu(net.conv(net.input, 64, 3, { stride: 2, bias: true })));
  x = pool(net, fire(net, fire(net, x, 16, 64), 16, 64));
  x = pool(net, fire(net, fire(net, x, 32, 128), 32, 128));
  return classes(net, fire(net, fire(net, fire(net, fire(net, x, 48, 192), 48, 192), 64, 256), 64, 256));
};
