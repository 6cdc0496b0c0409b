/** Attributes of MXNet's operators that decide nothing here, each group with its reason. Any other that a translator does not ask for is refused. */
import { attributesOfEach, idleOf, type IsIdle } from '@loopsmith/frontend-shared';

const listed = idleOf([
  // how its own kernels run, how a result would be stored, where it would lie
  'workspace', 'cudnn_tune', 'cudnn_off', 'min_calib_range', 'max_calib_range', 'forward_stype', 'sparse_grad', 'ctx',
  // says again how many inputs there are, and what the weights say
  'num_args', ...attributesOfEach('Embedding', 'input_dim output_dim dtype'), 'UpSampling.num_filter',
  // how the inputs of an UpSampling of several come together, which is refused
  'UpSampling.multi_input_mode',
  // of training: at inference moving statistics always count, nothing is dropped and losses pass on or squash
  ...attributesOfEach('BatchNorm BatchNorm_v1 CuDNNBatchNorm', 'momentum use_global_stats'),
  ...attributesOfEach('Dropout', 'p axes'),
  ...attributesOfEach('SoftmaxOutput Softmax', 'grad_scale ignore_label use_ignore normalization out_grad smooth_alpha'),
  ...attributesOfEach('LinearRegressionOutput MAERegressionOutput LogisticRegressionOutput', 'grad_scale'),
  ...attributesOfEach('SVMOutput', 'margin regularization_coefficient use_linear'),
  ...attributesOfEach('MakeLoss', 'grad_scale valid_thresh normalization'),
  ...attributesOfEach('IdentityAttachKLSparseReg', 'sparseness_target penalty momentum'),
  // asks for outputs more; whoever reads them is refused
  ...attributesOfEach('BatchNorm BatchNorm_v1 CuDNNBatchNorm LayerNorm GroupNorm', 'output_mean_var'),
  // half floats are float32 here
  'amp_cast.dtype',
  // what another attribute rules out: a window where the whole image is pooled, a slope of another kind, padding that follows from a size
  ...attributesOfEach('Pooling Pooling_v1', 'kernel stride pad pooling_convention count_include_pad p_value'),
  ...attributesOfEach('LeakyReLU', 'lower_bound upper_bound'),
  ...attributesOfEach('Deconvolution', 'pad adj'),
  ...attributesOfEach('Crop', 'h_w offset'),
  ...attributesOfEach('Reshape reshape', 'target_shape keep_highest'),
  ...attributesOfEach('_contrib_BilinearResize2D', 'height width scale_height scale_width'),
  '_split_v2.indices',
]);

/** What a symbol says beside its operators' own attributes: `__lr_mult__`, before 0.9 `weight_lr_mult`. Source: MXNet, kHiddenKeys. */
const beside = /^__.*__$|(^|_)(ctx_group|lr_mult|wd_mult|force_mirroring|mirror_stage)$/;

export const isIdle: IsIdle = (operator, attribute) => beside.test(attribute) || listed(operator, attribute);
