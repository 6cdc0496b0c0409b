/** A call that copies a tensor into another of the same shape, wherever either lies: how a layout is converted. */
import { build, type Call, type NetworkTensor } from '@loopsmith/ir';
import { axesOver } from '../operators/axes.js';
import { shapeText } from '../operators/operator.js';

export const copyCall = (name: string, from: Pick<NetworkTensor, 'name' | 'dtype' | 'shape' | 'data'>, to: string): Call => {
  const X = build.input('X', from.dtype, from.shape, from.data ? 'compile' : 'run'), [at, axes] = axesOver(from.shape);
  return {
    name, label: `copy ${shapeText(from.shape)}`, inputs: [from.name], output: to, inPlace: null,
    definition: { name: 'elementwise', inputs: [X], tables: [], stages: [build.stage('Y', from.dtype, axes, build.load(X, ...at))] },
  };
};
