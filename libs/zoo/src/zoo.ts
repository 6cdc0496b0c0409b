/** The networks of the zoo by name: the list of architectures, and their bytes. Nothing about their content. */
import { writeModel } from '@loopsmith/onnx-file';
import { densenet121 } from './architectures/densenet.js';
import { inceptionV3 } from './architectures/inception.js';
import { mobilenet, mobilenetV2 } from './architectures/mobilenet.js';
import { resnet18, resnet50 } from './architectures/resnet.js';
import { squeezenet10, squeezenet11 } from './architectures/squeezenet.js';
import { vgg16, vgg19 } from './architectures/vgg.js';
import { network, type Network, type Wire } from './network.js';

const architectures = {
  densenet121, inception_v3: inceptionV3, mobilenet, mobilenet_v2: mobilenetV2, resnet18, resnet50,
  'squeezenet1.0': squeezenet10, 'squeezenet1.1': squeezenet11, vgg16, vgg19,
} satisfies Readonly<Record<string, (net: Network) => Wire>>;

export type ZooName = keyof typeof architectures;
export const zooNames = Object.keys(architectures) as readonly ZooName[];

/** [n, c, y, x] of the one input, which is called `data`. */
export const zooInputShape = (name: ZooName): readonly [number, number, number, number] => (name === 'inception_v3' ? [1, 3, 299, 299] : [1, 3, 224, 224]);

const built = (name: ZooName): ReturnType<Network['finish']> => {
  const net = network(name, zooInputShape(name));
  return net.finish(architectures[name](net));
};

/** An ONNX file (opset 13, batch 1) that ends in 1,000 logits; batch norms are not folded. The bytes are the same on every machine. */
export const zooModel = (name: ZooName): Uint8Array => writeModel(built(name).model());

/** Multiply-adds of convolutions and dense layers in one inference. */
export const zooMultiplyAdds = (name: ZooName): number => built(name).multiplyAdds;
