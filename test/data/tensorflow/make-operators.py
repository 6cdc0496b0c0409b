# What TensorFlow itself answers for single operators, written for the specs of the front end. It trains nothing and keeps no model.
"""operators.json: what TensorFlow itself answers for single operators, small and seeded. Each case is a GraphDef, its inputs and its outputs.

    python3 -m venv V && V/bin/pip install tensorflow-cpu==2.21.0
    V/bin/python make-operators.py > operators.json
"""
import base64, json, os, sys
os.environ.update(TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='', TF_ENABLE_ONEDNN_OPTS='0')
import numpy as np, tensorflow as tf
O = tf.raw_ops
rng = np.random.RandomState(5)
cases = []
NAMES = {'float32': 'f32', 'int32': 'i32', 'int64': 'i64', 'bool': 'bool'}

def r(*shape): return rng.randn(*shape).astype('float32').round(3)
def u(*shape): return (rng.rand(*shape).astype('float32') + .2).round(3)
def i(*values): return np.array(values, 'int32')
def flat(a): return [float(format(x, '.7g')) for x in np.asarray(a, dtype='float64').ravel()]
def tensor(a): return {'dtype': NAMES[a.dtype.name], 'shape': list(a.shape), 'values': flat(a)}

def case(name, make, **inputs):
    try: add(name, make, **inputs)
    except NotImplementedError as error: sys.stderr.write(f'left out {name}: {error}\n')

def add(name, make, **inputs):
    """`make` is given the placeholders; everything else it uses becomes a constant."""
    with tf.Graph().as_default() as graph:
        ends = {k: tf.compat.v1.placeholder(v.dtype, v.shape, name=k) for k, v in inputs.items()}
        made = make(**ends); made = made if isinstance(made, (list, tuple)) else [made]
        outs = [tf.identity(m, name=f'out{k}') for k, m in enumerate(made)]
        with tf.compat.v1.Session() as session: values = session.run(outs, {ends[k]: v for k, v in inputs.items()})
        definition = graph.as_graph_def()
    for node in definition.node:
        for attribute in ('_output_shapes', '_class'): node.attr.pop(attribute, None)
    cases.append({'name': name, 'operators': sorted({n.op for n in definition.node}), 'graph': base64.b64encode(definition.SerializeToString()).decode(),
                  'inputs': [{'name': k, **tensor(v)} for k, v in inputs.items()], 'outputs': [tensor(v) for v in values]})

X = r(2, 5, 6, 4); P = u(2, 3, 4)
# convolutions
for padding in ('SAME', 'VALID'):
    case(f'convolution, {padding}, strides', lambda x: O.Conv2D(input=x, filter=r(3, 2, 4, 6), strides=[1, 2, 1, 1], padding=padding), x=X)
    case(f'depthwise convolution, {padding}, two outputs a channel', lambda x: O.DepthwiseConv2dNative(input=x, filter=r(3, 3, 4, 2), strides=[1, 1, 1, 1], padding=padding), x=X)
case('convolution, dilated', lambda x: O.Conv2D(input=x, filter=r(2, 3, 4, 3), strides=[1] * 4, padding='SAME', dilations=[1, 2, 2, 1]), x=X)
case('convolution, explicit padding', lambda x: O.Conv2D(input=x, filter=r(3, 3, 4, 3), strides=[1, 2, 2, 1], padding='EXPLICIT', explicit_paddings=[0, 0, 1, 0, 2, 1, 0, 0]), x=X)
case('convolution in groups', lambda x: O.Conv2D(input=x, filter=r(3, 3, 2, 6), strides=[1] * 4, padding='SAME'), x=X)
case('depthwise convolution, strides', lambda x: O.DepthwiseConv2dNative(input=x, filter=r(3, 3, 4, 1), strides=[1, 2, 2, 1], padding='SAME'), x=X)
case('dilation spelled by batches', lambda x: O.BatchToSpaceND(input=O.Conv2D(input=O.SpaceToBatchND(input=x, block_shape=[2, 2], paddings=[[2, 3], [2, 2]]), filter=r(3, 3, 4, 2), strides=[1] * 4, padding='VALID'), block_shape=[2, 2], crops=[[0, 1], [0, 0]]), x=X)
case('convolution over three axes', lambda x: O.Conv3D(input=x, filter=r(2, 2, 3, 2, 3), strides=[1, 1, 2, 1, 1], padding='SAME'), x=r(1, 3, 4, 5, 2))
for padding, size in (('SAME', (6, 7)), ('VALID', (7, 9)), ('SAME', (5, 8))):
    case(f'transposed convolution, {padding}, to {size}', lambda x: O.Conv2DBackpropInput(input_sizes=[1, *size, 2], filter=r(3, 3, 2, 4), out_backprop=x, strides=[1, 2, 2, 1], padding=padding), x=r(1, 3, 4, 4))
# pools
for padding in ('SAME', 'VALID'):
    case(f'max pool, {padding}', lambda x: O.MaxPool(input=x, ksize=[1, 3, 2, 1], strides=[1, 2, 2, 1], padding=padding), x=X)
    case(f'average pool, {padding}', lambda x: O.AvgPool(value=x, ksize=[1, 3, 3, 1], strides=[1, 2, 1, 1], padding=padding), x=X)
case('max pool, windows as inputs', lambda x: O.MaxPoolV2(input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='VALID'), x=X)
case('max pool over three axes', lambda x: O.MaxPool3D(input=x, ksize=[1, 2, 2, 2, 1], strides=[1, 1, 2, 2, 1], padding='SAME'), x=r(1, 3, 4, 5, 2))
case('average pool over three axes', lambda x: O.AvgPool3D(input=x, ksize=[1, 2, 2, 2, 1], strides=[1, 1, 2, 2, 1], padding='SAME'), x=r(1, 3, 4, 5, 2))
# normalisations
for version in ('', 'V2', 'V3'):
    case(f'batch norm{version}', lambda x: getattr(O, f'FusedBatchNorm{version}')(x=x, scale=u(4), offset=r(4), mean=r(4), variance=u(4), epsilon=.01, is_training=False)[0], x=X)
case('local response', lambda x: O.LRN(input=x, depth_radius=1, bias=1.5, alpha=.3, beta=.6), x=X)
case('softmax', lambda x: O.Softmax(logits=x), x=r(3, 5)); case('log softmax', lambda x: O.LogSoftmax(logits=x), x=r(3, 5)); case('half the squares', lambda x: O.L2Loss(t=x), x=P)
# products
for a in (False, True):
    for b in (False, True): case(f'product of matrices {a} {b}', lambda x: O.MatMul(a=x, b=r(*((5, 3) if b else (3, 5))), transpose_a=a, transpose_b=b), x=r(*((3, 2) if a else (2, 3))))
case('products of batches', lambda x, y: O.BatchMatMulV2(x=x, y=y, adj_x=True, adj_y=True), x=r(2, 3, 4), y=r(2, 5, 3))
case('products of batches that are stretched', lambda x: O.BatchMatMulV2(x=x, y=r(2, 1, 4, 5)), x=r(3, 2, 4)); case('products of batches, first form', lambda x: O.BatchMatMul(x=x, y=r(3, 4, 5)), x=r(3, 2, 4))
case('products of batches, third form', lambda x: O.BatchMatMulV3(x=x, y=r(3, 4, 5), Tout=tf.float32), x=r(3, 2, 4))
case('product by letters', lambda x, y: O.Einsum(inputs=[x, y], equation='bij,bkj->bik'), x=r(2, 3, 4), y=r(2, 5, 4))
# one operand
for name in 'Relu Relu6 Elu Selu Softplus Softsign LeakyRelu'.split(): case(name, lambda x: getattr(O, name)(features=x), x=r(2, 5) * 4)
case('LeakyRelu with a slope', lambda x: O.LeakyRelu(features=x, alpha=.3), x=r(2, 5))
for name in 'Sigmoid Tanh Exp Erf Abs Neg Sign Reciprocal Floor Ceil Round Rint Sin Cos Tan Atan Sinh Cosh Asinh Square Expm1 IsNan'.split(): case(name, lambda x: getattr(O, name)(x=x), x=np.concatenate([r(9), np.float32([.5, 1.5, -2.5])]))
for name in 'Log Sqrt Rsqrt Log1p'.split(): case(name, lambda x: getattr(O, name)(x=x), x=u(7))
for name in 'Asin Acos Atanh'.split(): case(name, lambda x: getattr(O, name)(x=x), x=u(7) - .7)
case('Acosh', lambda x: O.Acosh(x=x), x=u(7) + 1)
case('ClipByValue', lambda x: O.ClipByValue(t=x, clip_value_min=-.5, clip_value_max=1.), x=r(3, 4))
# two operands
for name in 'Add AddV2 Sub Mul RealDiv Div Maximum Minimum SquaredDifference Equal NotEqual Less LessEqual Greater GreaterEqual FloorDiv FloorMod'.split():
    case(name, lambda x, y: getattr(O, name)(x=x, y=y), x=r(2, 3, 4).round(1), y=r(3, 1).round(1) + np.float32(.053))
case('DivNoNan', lambda x, y: O.DivNoNan(x=x, y=y), x=r(4), y=np.float32([0, 1, -2, 0])); case('Pow', lambda x, y: O.Pow(x=x, y=y), x=u(3, 2), y=r(2))
for name in 'FloorDiv FloorMod TruncateDiv TruncateMod Mod'.split(): case(f'{name} of integers', lambda x, y: getattr(O, name)(x=x, y=y), x=i(7, -7, 7, -7, 6), y=i(3, 3, -3, -3, 3))
case('AddN', lambda x, y: O.AddN(inputs=[x, y, x]), x=r(2, 3), y=r(2, 3)); case('AccumulateNV2', lambda x, y: O.AccumulateNV2(inputs=[x, y], shape=[2, 3]), x=r(2, 3), y=r(2, 3))
case('BiasAdd', lambda x: O.BiasAdd(value=x, bias=r(4)), x=X); case('BiasAdd, channels first', lambda x: O.BiasAdd(value=x, bias=r(3), data_format='NCHW'), x=r(1, 3, 2, 2)); case('BiasAddV1', lambda x: O.BiasAddV1(value=x, bias=r(4)), x=X)
B, C = rng.rand(2, 4) > .5, rng.rand(2, 4) > .5
case('logic', lambda x, y: [O.LogicalAnd(x=x, y=y), O.LogicalOr(x=x, y=y), O.LogicalNot(x=x)], x=B, y=C); case('bits', lambda x, y: [O.BitwiseAnd(x=x, y=y), O.BitwiseOr(x=x, y=y), O.BitwiseXor(x=x, y=y)], x=i(12, 5, -1), y=i(10, 3, 7))
case('choice of rows', lambda c, x, y: O.Select(condition=c, x=x, y=y), c=np.array([True, False]), x=r(2, 3), y=r(2, 3)); case('choice with stretching', lambda c, x, y: O.SelectV2(condition=c, t=x, e=y), c=np.array([True, False, True]), x=r(2, 3), y=r(1, 3))
# reductions
for name in 'Mean Sum Max Min Prod'.split():
    case(f'{name} over space', lambda x: getattr(O, name)(input=x, axis=[1, 2], keep_dims=False), x=X); case(f'{name}, axes kept', lambda x: getattr(O, name)(input=x, axis=[-1], keep_dims=True), x=P)
case('Any and All', lambda x: [O.Any(input=x, axis=[1]), O.All(input=x, axis=[0], keep_dims=True)], x=B)
# shapes and orders
case('Reshape', lambda x: O.Reshape(tensor=x, shape=[3, -1]), x=P); case('ExpandDims and Squeeze', lambda x: [O.ExpandDims(input=x, axis=-2), O.Squeeze(input=O.ExpandDims(input=x, axis=1), axis=[1])], x=P)
case('Transpose', lambda x: O.Transpose(x=x, perm=[2, 0, 1]), x=P); case('joins', lambda x, y: [O.ConcatV2(values=[x, y], axis=-1), O.Concat(concat_dim=1, values=[x, y]), O.Pack(values=[x, y], axis=1), O.Pack(values=[x, y], axis=-1)], x=r(2, 3), y=r(2, 3))
case('Tile', lambda x: O.Tile(input=x, multiples=[1, 2, 3]), x=P); case('BroadcastTo', lambda x: O.BroadcastTo(input=x, shape=[2, 3, 4]), x=r(3, 1))
case('DepthToSpace', lambda x: O.DepthToSpace(input=x, block_size=2), x=r(1, 2, 3, 8)); case('SpaceToDepth', lambda x: O.SpaceToDepth(input=x, block_size=2), x=r(1, 4, 6, 2)); case('DepthToSpace, channels first', lambda x: tf.transpose(O.DepthToSpace(input=tf.transpose(x, [0, 2, 3, 1]), block_size=2), [0, 3, 1, 2]), x=r(1, 8, 2, 3))
case('copies', lambda x: [O.Identity(input=x), O.StopGradient(input=x) if hasattr(O, 'StopGradient') else x, O.PreventGradient(input=x), O.CheckNumerics(tensor=x, message='') + 0, O.Snapshot(input=x), O.EnsureShape(input=x, shape=[2, 3]), O.PlaceholderWithDefault(input=r(2), shape=[2]), *O.IdentityN(input=[x, x])], x=r(2, 3))
# parts
case('strided slices', lambda x: [x[0], x[:, 1], x[..., -1], x[:, None, 1:], x[::-1, ::2], x[1:, ..., :2], x[:, -2:, 3:0:-2]], x=P); case('Slice', lambda x: O.Slice(input=x, begin=[0, 1, 1], size=[1, -1, 2]), x=P)
case('Split', lambda x: list(O.Split(axis=2, value=x, num_split=2)), x=P); case('SplitV', lambda x: list(O.SplitV(value=x, size_splits=[1, -1], axis=1, num_split=2)), x=P); case('Unpack', lambda x: list(O.Unpack(value=x, num=3, axis=1)), x=P)
case('Gather', lambda x: [O.Gather(params=x, indices=[1, 0, 1]), O.GatherV2(params=x, indices=[[2, 0], [1, 2]], axis=1)], x=P); case('Gather at run time', lambda x, n: O.GatherV2(params=x, indices=n, axis=2), x=P, n=i(3, 0, 1))
case('padding', lambda x: [O.Pad(input=x, paddings=[[0, 1], [2, 0]]), O.PadV2(input=x, paddings=[[1, 0], [0, 1]], constant_values=3.), O.MirrorPad(input=x, paddings=[[1, 1], [2, 0]], mode='REFLECT'), O.MirrorPad(input=x, paddings=[[1, 0], [1, 1]], mode='SYMMETRIC')], x=r(2, 3))
case('reversal', lambda x: [O.ReverseV2(tensor=x, axis=[-1, 0]), O.Reverse(tensor=x, dims=[False, True, False])], x=P)
# places
T = np.float32([[1, 3, 3, 0], [2, 2, -1, 2]])
case('places of extremes', lambda x: [O.ArgMax(input=x, dimension=1), O.ArgMin(input=x, dimension=0, output_type=tf.int64), O.ArgMax(input=x, dimension=-1, output_type=tf.int32)], x=T)
case('one-hot', lambda x: [O.OneHot(indices=x, depth=3, on_value=2., off_value=-1.), O.OneHot(indices=x, depth=3, on_value=1., off_value=0., axis=0)], x=i(0, 2, -1, 5))
case('running sums', lambda x: [O.Cumsum(x=x, axis=1), O.Cumsum(x=x, axis=0, exclusive=True), O.Cumsum(x=x, axis=2, reverse=True)], x=P)
# constants
case('shapes', lambda x: [O.Shape(input=x), O.Size(input=x), O.Rank(input=x), *O.ShapeN(input=[x, x]), O.Shape(input=x, out_type=tf.int64)], x=P); case('fills', lambda x: [O.ZerosLike(x=x), O.OnesLike(x=x), O.Fill(dims=[2, 2], value=7.), O.Range(start=1, limit=8, delta=3)], x=r(2))
case('casts', lambda x: [O.Cast(x=x, DstT=tf.int32), O.Cast(x=x, DstT=tf.bool), O.Cast(x=x, DstT=tf.float32)], x=np.float32([-1.7, 0, 2.9]))
# resizing
for name in 'ResizeBilinear ResizeNearestNeighbor'.split():
    for kind in ({}, {'align_corners': True}, {'half_pixel_centers': True}):
        case(f'{name} {"".join(kind)}', lambda x: [getattr(O, name)(images=x, size=[7, 4], **kind), getattr(O, name)(images=x, size=[6, 10], **kind)], x=r(1, 3, 5, 2))
print('{"maker": "TensorFlow %s", "cases": [' % tf.__version__); print(',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases)); print(']}')
