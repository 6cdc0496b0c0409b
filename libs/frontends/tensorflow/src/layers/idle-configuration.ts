/** What Keras writes of a layer that decides nothing here, each group with its reason. Anything else that a translator does not ask for is refused. */
import { attributesOfEach, idleOf, type IsIdle } from '@loopsmith/frontend-shared';

const listed = idleOf([
  // what the layer is called, and what its input looks like
  'name', 'batch_input_shape', 'batch_shape', 'input_length', 'input_dim', 'sparse', 'ragged', 'optional',
  // precision between layers is float32
  'dtype', 'autocast',
  // what the weights and their shapes say again
  'filters', 'kernel_size', 'units', 'output_dim', 'depth_multiplier', 'groups', 'shared_axes',
  // of training: at inference moving statistics count, nothing is dropped and no noise is added
  'trainable', 'momentum', 'renorm', 'renorm_clipping', 'renorm_momentum', 'virtual_batch_size', 'synchronized',
  'rate', 'seed', 'noise_shape', 'stddev', 'dropout', 'recurrent_dropout', 'l1', 'l2', 'unit_forget_bias',
  ...attributesOfEach('SpatialDropout2D SpatialDropout3D', 'data_format'),
  // how its own kernels run
  'fused', 'implementation', 'unroll', 'use_cudnn',
  // which way a layer inside another goes, the one around it asks
  'Bidirectional.go_backwards',
  // states are outputs for whoever reads them; a mask, which this is about, is refused where it is made
  'return_state', 'zero_output_for_mask', 'supports_masking',
]);

/** What weights begin as and are held to while they are trained. */
const ofWeights = /_(initializer|regularizer|constraint)$/;

export const isIdle: IsIdle = (layer, entry) => ofWeights.test(entry) || listed(layer, entry);
