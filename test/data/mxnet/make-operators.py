#!/usr/bin/env python3
# operators.json: what MXNet itself answers for single operators, small and seeded. Each case is a symbol, its inputs and its
# outputs. Gradients and training are not asked for.
#
#   python3 -m venv V && V/bin/pip install "numpy<1.24" mxnet==1.9.1
#   V/bin/python make-operators.py > operators.json
import json, os
os.environ['MXNET_MKLDNN_ENABLED'] = '0'  # MXNet's own kernels: the others lack some cases
import numpy as np
np.bool = bool
import mxnet as mx
S, V = mx.sym, mx.sym.Variable
rng = np.random.RandomState(5)
cases = []

def r(*shape): return rng.randn(*shape).astype('float32').round(3)
def u(*shape): return (rng.rand(*shape).astype('float32') + .2).round(3)
def ints(high, *shape): return rng.randint(0, high, shape).astype('float32')

def case(name, symbol, **inputs):
    aux = {k: mx.nd.array(v) for k, v in inputs.items() if k in symbol.list_auxiliary_states()}
    args = {k: mx.nd.array(v) for k, v in inputs.items() if k not in aux}
    outs = symbol.bind(mx.cpu(), args, aux_states=aux).forward(is_train=False)
    flat = lambda a: [float(format(x, '.7g')) for x in np.asarray(a, dtype='float64').ravel()]
    cases.append({'name': name, 'symbol': json.loads(symbol.tojson()), 'inputs': [{'name': k, 'shape': list(v.shape), 'values': flat(v)} for k, v in inputs.items()],
                  'outputs': [{'shape': list(o.shape), 'values': flat(o.asnumpy())} for o in outs]})

x = V('x'); y = V('y')
X = r(2, 4, 5, 6); P = u(2, 3, 4)
# convolutions
W = r(6, 4, 3, 3); B = r(6)
case('convolution, strides, pads and dilation', S.Convolution(x, V('w'), V('b'), kernel=(3, 3), stride=(2, 1), pad=(1, 2), dilate=(1, 2), num_filter=6), x=X, w=W, b=B)
case('grouped convolution without bias', S.Convolution(x, V('w'), kernel=(3, 3), num_filter=6, num_group=2, no_bias=True), x=X, w=r(6, 2, 3, 3))
case('convolution over one axis', S.Convolution(x, V('w'), V('b'), kernel=(3,), pad=(1,), num_filter=2), x=r(2, 3, 7), w=r(2, 3, 3), b=r(2))
case('convolution over three axes', S.Convolution(x, V('w'), V('b'), kernel=(2, 2, 2), num_filter=2), x=r(1, 2, 3, 4, 3), w=r(2, 2, 2, 2, 2), b=r(2))
case('transposed convolution', S.Deconvolution(x, V('w'), kernel=(3, 3), stride=(2, 2), pad=(1, 1), adj=(1, 0), num_filter=3), x=r(1, 4, 3, 4), w=r(4, 3, 3, 3))
case('transposed convolution in groups, with bias', S.Deconvolution(x, V('w'), V('b'), kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=4, num_group=2, no_bias=False), x=r(1, 4, 3, 3), w=r(4, 2, 4, 4), b=r(4))
case('transposed convolution to a target shape', S.Deconvolution(x, V('w'), kernel=(3, 3), stride=(2, 2), target_shape=(6, 7), num_filter=2), x=r(1, 2, 3, 4), w=r(2, 2, 3, 3))
# pools
for kind in ('max', 'avg', 'sum', 'lp'):
    extra = {'p_value': 2} if kind == 'lp' else {}
    case(f'{kind} pool, valid', S.Pooling(x, kernel=(3, 2), stride=(2, 2), pad=(1, 0), pool_type=kind, **extra), x=X)
    case(f'global {kind} pool', S.Pooling(x, kernel=(1, 1), global_pool=True, pool_type=kind, **extra), x=X)
for kind in ('max', 'avg'):
    case(f'{kind} pool, full', S.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type=kind, pooling_convention='full'), x=r(1, 2, 6, 7))
    case(f'{kind} pool, full with pads', S.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type=kind, pooling_convention='full'), x=r(1, 2, 6, 7))
case('avg pool without counting pads', S.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type='avg', count_include_pad=False), x=X)
case('avg pool, full without counting pads', S.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type='avg', pooling_convention='full', count_include_pad=False), x=r(1, 2, 6, 7))
case('pool over one axis', S.Pooling(x, kernel=(3,), stride=(2,), pool_type='max'), x=r(1, 2, 9))
# dense and products
case('dense layer flattens', S.FullyConnected(x, V('w'), V('b'), num_hidden=3), x=r(2, 2, 3), w=r(3, 6), b=r(3))
case('dense layer over the last axis', S.FullyConnected(x, V('w'), num_hidden=3, flatten=False, no_bias=True), x=r(2, 3, 4), w=r(3, 4))
case('dot', S.dot(x, y, transpose_b=True), x=r(3, 4), y=r(2, 4))
case('dot, left transposed', S.dot(x, y, transpose_a=True), x=r(4, 3), y=r(4, 2))
case('dot of more axes', S.dot(x, y), x=r(2, 3, 4), y=r(4, 5))
case('dot of vectors', S.dot(x, y), x=r(4), y=r(4))
case('batch_dot', S.batch_dot(x, y, transpose_a=True), x=r(2, 4, 3), y=r(2, 4, 2))
case('linalg_gemm2', S.linalg_gemm2(x, y, transpose_b=True, alpha=.5), x=r(2, 3, 4), y=r(2, 5, 4))
# normalisations
bn = dict(gamma=V('g'), beta=V('b'), moving_mean=V('m'), moving_var=V('v'))
case('batch norm fixes gamma', S.BatchNorm(x, **bn), x=X, g=r(4), b=r(4), m=r(4), v=u(4))
case('batch norm with gamma and eps', S.BatchNorm(x, fix_gamma=False, eps=1e-5, **bn), x=X, g=r(4), b=r(4), m=r(4), v=u(4))
case('batch norm along the last axis', S.BatchNorm(x, fix_gamma=False, axis=-1, **bn), x=X, g=r(6), b=r(6), m=r(6), v=u(6))
case('instance norm', S.InstanceNorm(x, V('g'), V('b')), x=X, g=r(4), b=r(4))
case('layer norm', S.LayerNorm(x, V('g'), V('b')), x=P, g=r(4), b=r(4))
case('layer norm along axis 1', S.LayerNorm(x, V('g'), V('b'), axis=1, eps=1e-3), x=P, g=r(3), b=r(3))
case('group norm', S.GroupNorm(x, V('g'), V('b'), num_groups=2), x=X, g=r(2), b=r(2))
for mode in ('instance', 'channel', 'spatial'): case(f'L2 normalisation, {mode}', S.L2Normalization(x, mode=mode), x=X)
case('LRN', S.LRN(x, nsize=3, alpha=1e-2, beta=.6, knorm=1.5), x=X)
case('softmax with temperature', S.softmax(x, axis=1, temperature=2.), x=P)
case('softmin', S.softmin(x), x=P); case('log_softmax', S.log_softmax(x, axis=-1), x=P)
for mode in ('instance', 'channel'): case(f'SoftmaxActivation, {mode}', S.SoftmaxActivation(x, mode=mode), x=X)
# training leftovers
lab = V('softmax_label')
case('SoftmaxOutput over all but the batch', S.SoftmaxOutput(x, lab), x=P, softmax_label=ints(3, 2, 3))
case('SoftmaxOutput, multi_output', S.SoftmaxOutput(x, lab, multi_output=True), x=P, softmax_label=ints(3, 2, 4))
case('SoftmaxOutput, preserve_shape', S.SoftmaxOutput(x, lab, preserve_shape=True), x=P, softmax_label=ints(3, 2, 3, 1).reshape(2, 3))
case('LogisticRegressionOutput', S.LogisticRegressionOutput(x, V('l')), x=r(2, 3), l=r(2, 3))
case('LinearRegressionOutput', S.LinearRegressionOutput(x, V('l')), x=r(2, 3), l=r(2, 3))
case('MAERegressionOutput', S.MAERegressionOutput(x, V('l')), x=r(2, 3), l=r(2, 3))
case('Dropout, BlockGrad and MakeLoss', S.MakeLoss(S.BlockGrad(S.Dropout(x, p=.5))), x=P)
# activations
for act in ('relu', 'sigmoid', 'tanh', 'softrelu', 'softsign'): case(f'Activation {act}', S.Activation(x, act_type=act), x=P - .8)
for act in ('leaky', 'elu', 'selu', 'gelu'): case(f'LeakyReLU {act}', S.LeakyReLU(x, act_type=act, slope=.3), x=P - .8)
case('LeakyReLU rrelu at inference', S.LeakyReLU(x, act_type='rrelu', lower_bound=.1, upper_bound=.3)[0], x=P - .8)
case('PReLU per channel', S.LeakyReLU(x, V('g'), act_type='prelu'), x=X, g=u(4))
case('hard_sigmoid', S.hard_sigmoid(x, alpha=.3, beta=.4), x=r(3, 4)); case('clip', S.clip(x, -.5, .75), x=P - .8)
halves = np.array([-2.5, -1.5, -.5, -.4, 0, .4, .5, 1.5, 2.5, 2.6], dtype='float32')
for op in ('round', 'rint', 'fix', 'trunc', 'floor', 'ceil', 'sign', 'abs', 'square', 'cbrt', 'negative'): case(op, getattr(S, op)(x), x=halves)
for op in ('exp', 'log', 'log2', 'log10', 'log1p', 'expm1', 'sqrt', 'rsqrt', 'rcbrt', 'reciprocal', 'erf', 'sin', 'cos', 'tan', 'arctan', 'sinh', 'cosh', 'arcsinh', 'degrees', 'radians'): case(op, getattr(S, op)(x), x=u(2, 5))
for op in ('arcsin', 'arccos', 'arctanh'): case(op, getattr(S, op)(x), x=(u(2, 5) - .7))
N = S._internal
case('arccosh', S.arccosh(x), x=u(2, 3) + 1)
case('more of a tensor and a number', N._hypot_scalar(x, scalar=2) + N._logical_and_scalar(x, scalar=1) + N._logical_or_scalar(x, scalar=0) + N._logical_xor_scalar(x, scalar=1) + (x != 0) + (x < 1) + (x >= 2), x=ints(3, 8))
case('_full', x + S.full((2, 3), 2.5), x=r(2, 3)); case('shape_array', S.shape_array(x), x=P); case('size_array', S.size_array(x), x=P)
case('logical_not', S.logical_not(x), x=ints(2, 6))
# two operands
A, C = r(2, 1, 4), u(1, 3, 4)
for op in ('add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'hypot', 'mod', 'greater', 'lesser'): case(f'broadcast_{op}', getattr(S, f'broadcast_{op}')(x, y), x=A, y=C)
case('broadcast_power', S.broadcast_power(x, y), x=u(2, 1, 4), y=C)
I, J = ints(3, 2, 4), ints(3, 2, 4)
for op in ('equal', 'not_equal', 'greater_equal', 'lesser_equal', 'logical_and', 'logical_or', 'logical_xor'): case(f'broadcast_{op}', getattr(S, f'broadcast_{op}')(x, y), x=I, y=J)
case('operators of tensors', (x + y) * x - y / x, x=u(2, 3), y=u(2, 3)); case('add_n', S.add_n(x, y, x), x=r(2, 3), y=r(2, 3))
case('operators of numbers', 2 / (3 - (x * 2 + 1) / 4 - 1) + (x > 1) + (x == 2) + (x <= .5), x=u(2, 3))
case('powers of numbers', x ** 3 + 2 ** x, x=u(2, 3)); case('remainders of numbers', x % 2 + 3 % y, x=r(2, 3), y=u(2, 3))
case('maximum and minimum of a number', S.maximum(x, .5) + S.minimum(x, .2), x=r(2, 3))
case('where', S.where(V('c'), x, y), c=ints(2, 2, 3), x=r(2, 3), y=r(2, 3)); case('where of rows', S.where(V('c'), x, y), c=ints(2, 2), x=r(2, 3), y=r(2, 3))
# shapes
Q = r(2, 3, 4, 5)
for shape in ((6, -1), (0, -1), (0, 0, -1), (-2,), (0, -2), (-3, -2), (0, -3, 0), (-4, 1, 2, -2), (0, -4, -1, 3, -2), (-3, -3), (-1,)): case(f'reshape {shape}', S.Reshape(x, shape=shape), x=Q)
for shape in ((-1, 0), (-3, 0), (0, 0, 2, -1, -4), (-1, 0, 0)): case(f'reshape {shape} from the end', S.Reshape(x, shape=shape, reverse=True), x=r(2, 3, 4))
case('flatten', S.Flatten(x), x=P); case('transpose', S.transpose(x, axes=(1, 2, 0)), x=P); case('transpose all', S.transpose(x), x=P); case('swapaxes', S.swapaxes(x, dim1=0, dim2=2), x=P)
case('expand_dims and squeeze', S.squeeze(S.expand_dims(x, axis=-1), axis=3), x=P); case('squeeze all', S.squeeze(x), x=r(1, 3, 1, 2))
case('concat', S.Concat(x, y, dim=1), x=r(2, 1, 3), y=r(2, 2, 3)); case('stack', S.stack(x, y, axis=1), x=r(2, 3), y=r(2, 3))
parts = S.SliceChannel(x, num_outputs=3, axis=1); case('split', S.Group([parts[2], parts[0]]), x=r(2, 6))
parts = S.SliceChannel(x, num_outputs=3, axis=1, squeeze_axis=True); case('split and squeeze', parts[1] * parts[2], x=r(2, 3, 2))
parts = S.split_v2(x, (1, 3), axis=1); case('split at places', S.Group([parts[0], parts[1], parts[2]]), x=r(2, 5))
case('slice', S.slice(x, begin=(None, 1), end=(None, -1)), x=Q); case('slice with steps', S.slice(x, begin=(None, 2, None), end=(None, None, None), step=(None, -1, 2)), x=Q)
case('slice_axis', S.slice_axis(x, axis=2, begin=1, end=None), x=Q); case('slice_axis from the end', S.slice_axis(x, axis=-1, begin=-3, end=-1), x=Q); case('slice_like', S.slice_like(x, y, axes=(0, 2)), x=P, y=r(1, 1, 2))
case('Crop in the middle', S.Crop(x, h_w=(2, 3), center_crop=True, num_args=1), x=Q); case('Crop like another', S.Crop(x, y, offset=(1, 2), num_args=2), x=Q, y=r(1, 1, 2, 2))
for mode in ('constant', 'edge', 'reflect'): case(f'pad {mode}', S.Pad(x, mode=mode, pad_width=(0, 0, 0, 0, 1, 2, 2, 1), constant_value=3), x=r(1, 2, 3, 4))
case('tile', S.tile(x, reps=(2, 1, 2)), x=r(3, 2)); case('repeat', S.repeat(x, repeats=2, axis=1), x=r(2, 3)); case('repeat all', S.repeat(x, repeats=2), x=r(2, 2)); case('reverse', S.reverse(x, axis=1), x=P)
case('depth_to_space', S.depth_to_space(x, block_size=2), x=r(1, 8, 2, 3)); case('space_to_depth', S.space_to_depth(x, block_size=2), x=r(1, 2, 4, 6))
case('broadcast_to', S.broadcast_to(x, shape=(2, 0, 4)), x=r(1, 3, 1)); case('broadcast_axis', S.broadcast_axis(x, axis=(0, 2), size=(2, 4)), x=r(1, 3, 1)); case('broadcast_like', S.broadcast_like(x, y), x=r(1, 3, 1), y=P)
case('reshape_like', S.reshape_like(x, y), x=r(2, 6), y=P.reshape(4, 6)[:2].reshape(3, 4))
# reductions
for op in ('sum', 'mean', 'max', 'min', 'prod'): case(f'{op} over axes', getattr(S, op)(x, axis=(0, 2)), x=P)
case('sum over all', S.sum(x), x=P); case('mean with kept axes', S.mean(x, axis=1, keepdims=True), x=P); case('max, axes excluded', S.max(x, axis=1, exclude=True), x=P)
case('norm', S.norm(x, axis=1), x=P); case('norm of order 1', S.norm(x, ord=1, axis=(1, 2), keepdims=True), x=P)
case('argmax', S.argmax(x, axis=1), x=r(2, 5, 3)); case('argmin, kept', S.argmin(x, axis=-1, keepdims=True), x=r(2, 5)); case('argmax over all', S.argmax(x), x=r(2, 5)); case('argmax_channel', S.argmax_channel(x), x=r(2, 5))
# places
case('Embedding', S.Embedding(x, V('w'), input_dim=5, output_dim=3), x=np.array([[0, 4], [2, 7]], dtype='float32'), w=r(5, 3))
case('take', S.take(x, y, axis=1), x=P, y=np.array([2, 0, 9, -4], dtype='float32')); case('take, wrapped', S.take(x, y, mode='wrap'), x=P, y=np.array([3, -1], dtype='float32'))
case('pick', S.pick(x, y, axis=1), x=r(2, 5), y=np.array([3, 9], dtype='float32')); case('pick, kept', S.pick(x, y, keepdims=True), x=P, y=ints(4, 2, 3))
case('one_hot', S.one_hot(x, depth=4, on_value=2, off_value=-1), x=ints(4, 2, 3))
# images
case('UpSampling nearest', S.UpSampling(x, scale=2, sample_type='nearest'), x=r(1, 2, 2, 3)); case('UpSampling bilinear', S.UpSampling(x, V('w'), scale=2, sample_type='bilinear', num_filter=2), x=r(1, 2, 3, 3), w=u(2, 1, 4, 4))
case('BilinearResize2D', S.contrib.BilinearResize2D(x, height=7, width=5), x=r(1, 2, 4, 3)); case('BilinearResize2D, corners not aligned', S.contrib.BilinearResize2D(x, height=7, width=5, align_corners=False), x=r(1, 2, 4, 3))
case('AdaptiveAvgPooling2D', S.contrib.AdaptiveAvgPooling2D(x, output_size=(3, 2)), x=r(1, 2, 7, 5)); case('AdaptiveAvgPooling2D to one', S.contrib.AdaptiveAvgPooling2D(x), x=r(1, 2, 4, 5))
# constants
case('Cast', S.Cast(S.Cast(x, dtype='int32'), dtype='float32'), x=r(2, 3) * 3)
case('ones_like and zeros_like', S.ones_like(x) * 2 + S.zeros_like(x), x=r(2, 3)); case('arange', S.broadcast_add(x, S.arange(1, 4, step=.5, repeat=2)), x=r(2, 12)); case('zeros and ones', x + S.zeros((2, 3)) - S.ones((2, 3)), x=r(2, 3))
# added later, so that the numbers above stay
for p in (1, 3):
    case(f'lp pool of order {p}', S.Pooling(x, kernel=(2, 2), stride=(2, 2), pad=(1, 0), pool_type='lp', p_value=p), x=r(1, 2, 5, 4))
    case(f'global lp pool of order {p}', S.Pooling(x, kernel=(1, 1), global_pool=True, pool_type='lp', p_value=p), x=r(1, 2, 3, 3))
case('softmax in doubles', S.softmax(x, dtype='float64'), x=P)
case('integers and a number that is none', N._plus_scalar(S.Cast(x, dtype='int32'), scalar=2.5, is_int=False), x=ints(5, 4))
case('integers beside a number that is none', N._greater_scalar(S.Cast(x, dtype='int32'), scalar=1.5, is_int=False), x=ints(5, 4))
print('{"maker": "MXNet %s", "cases": [\n%s\n]}' % (mx.__version__, ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases)))
