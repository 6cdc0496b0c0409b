/**
 * The first operator set of ONNX that has each operator, for those that are imported: with every version from there on. Of Scan the first version is
 * another operator, and refused. Source: ONNX, docs/Changelog.md.
 */
const bySet: Readonly<Record<number, string>> = {
  1: 'Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat Constant Conv ConvTranspose DepthToSpace Div Dropout Elu Equal Exp Flatten Floor GRU Gather Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater HardSigmoid Hardmax Identity If InstanceNormalization LRN LSTM LeakyRelu Less Log LogSoftmax Loop LpNormalization LpPool MatMul Max MaxPool Mean Min Mul Neg Not Or PRelu Pad Pow RNN Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Selu Shape Sigmoid Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Xor',
  7: 'Acos Asin Atan Cos Sin Tan Upsample',
  8: 'Expand',
  9: 'Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN MaxUnpool MeanVarianceNormalization NonZero OneHot Scan Scatter Shrink Sign Sinh Where',
  10: 'ConvInteger DequantizeLinear IsInf MatMulInteger Mod QLinearConv QLinearMatMul QuantizeLinear Resize ReverseSequence ThresholdedRelu',
  11: 'BitShift CumSum DynamicQuantizeLinear GatherElements GatherND Range Round ScatterElements ScatterND',
  12: 'Celu Einsum GreaterOrEqual LessOrEqual',
  14: 'HardSwish Trilu',
  15: 'CastLike',
  16: 'GridSample',
  17: 'LayerNormalization',
  18: 'BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im GroupNormalization Mish',
  19: 'DeformConv',
  20: 'AffineGrid Gelu',
  23: 'Attention RMSNormalization RotaryEmbedding',
  24: 'Swish TensorScatter',
  26: 'CumProd',
};

export const since: ReadonlyMap<string, number> = new Map(Object.entries(bySet).flatMap(([version, names]) => names.split(' ').map((name) => [name, Number(version)] as const)));
