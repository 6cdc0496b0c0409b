/** Every layer of Keras that is imported, by class. One file per family; what is not here is refused by name. */
import { activationLayers } from './activation.js';
import { convolutionLayers } from './convolution.js';
import { denseLayers } from './dense.js';
import { mergeLayers } from './merge.js';
import { normalizationLayers } from './normalization.js';
import { poolingLayers } from './pooling.js';
import { recurrentLayers } from './recurrent.js';
import { shapeLayers } from './shape.js';
import type { LayerTranslator } from './translation.js';

export const layerTranslators: ReadonlyMap<string, LayerTranslator> = new Map(Object.entries({
  ...convolutionLayers, ...poolingLayers, ...denseLayers, ...normalizationLayers, ...activationLayers, ...mergeLayers, ...shapeLayers, ...recurrentLayers,
}));
