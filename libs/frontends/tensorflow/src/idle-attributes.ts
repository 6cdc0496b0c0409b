/** Attributes of TensorFlow's operators that decide nothing here, each group with its reason. Any other that a translator does not ask for is refused. */
import { attributesOfEach, idleOf, type IsIdle } from '@loopsmith/frontend-shared';

const listed = idleOf([
  // types and counts that the operands have: those that decide a result are asked for
  'T', 'U', 'TI', 'Ta', 'Tb', 'Tout', 'Tidx', 'Tdim', 'Tshape', 'Tblock_shape', 'Tpaddings', 'Tcrops', 'Tperm', 'Tmultiples', 'Tlen', 'Tparams', 'Tindices', 'Taxis',
  'Index', 'SrcT', 'index_type', 'shape_type', 'element_dtype', 'N', 'num_split', 'num', 'num_elements', 'element_shape', 'num_args', 'TArgs',
  ...attributesOfEach('Const PlaceholderWithDefault TensorArrayV3 TensorArrayReadV3 TensorArrayGatherV3 ResourceGather ReadVariableOp', 'dtype'),
  // shapes that are known by then
  ...attributesOfEach('AccumulateNV2 EnsureShape PlaceholderWithDefault', 'shape'),
  // a variable is the value that was saved
  ...attributesOfEach('VarHandleOp VariableV2 Variable', 'dtype shape container shared_name debug_name allowed_devices'),
  // how its own kernels run, what they check and say
  'use_cudnn_on_gpu', 'num_host_args', 'validate_indices', 'message', 'incompatible_shape_error',
  // of training, and of gradients
  'exponential_avg_factor', 'grad_a', 'grad_b', 'grad_x', 'grad_y',
  // of floats that become half floats, which are float32 here
  'Cast.Truncate',
  // pads that another word of `padding` rules out, figures of what is not fused
  'explicit_paddings', ...attributesOfEach('_FusedConv2D FusedDepthwiseConv2dNative _FusedDepthwiseConv2dNative _FusedMatMul', 'epsilon leakyrelu_alpha'),
  // lists are tensors by their places here, whatever was said of their sizes
  'resize_if_index_out_of_bounds', 'identical_element_shapes', 'dynamic_size', 'clear_after_read', 'tensor_array_name',
]);

/** What begins with a line below is TensorFlow's own note on the graph: `_output_shapes`, `_class`. */
export const isIdle: IsIdle = (operator, attribute) => attribute.startsWith('_') || listed(operator, attribute);
