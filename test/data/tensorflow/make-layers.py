# What Keras itself answers for small layers models in tfjs's form, written for the specs of the front end. It trains nothing and keeps no model.
"""layers.json: small Keras models as the tfjs converter writes them (Keras 2 and Keras 3), with what Keras answers. Seeded.

    python3 -m venv V && V/bin/pip install tensorflow-cpu==2.21.0 tf-keras==2.21.0
    V/bin/python make-layers.py > layers.json

The manifest is written here as the converter of tensorflowjs 4.22 writes it (its own package no longer loads beside this TensorFlow):
weights in one group, named without `:0`; quantised to uint8 by scale and least value, or cut to float16.
"""
import base64, json, os, sys
os.environ.update(TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='', TF_ENABLE_ONEDNN_OPTS='0')
import numpy as np, keras, tf_keras
cases = []

def flat(a): return [float(format(x, '.7g')) for x in np.asarray(a, dtype='float64').ravel()]
def tensor(name, a): return {'name': name, 'shape': list(a.shape), 'values': flat(a)}

def stored(value, kind):
    """Bytes, entry of the manifest, and the value as it will be read again."""
    if kind == 'uint8':
        least, most = float(value.min()), float(value.max()); scale = (most - least) / 255 or 1.0
        q = np.round((value - least) / scale).astype('uint8')
        return q.tobytes(), {'quantization': {'dtype': 'uint8', 'scale': scale, 'min': least, 'original_dtype': 'float32'}}, (q * scale + least).astype('float32')
    if kind == 'float16': return value.astype('float16').tobytes(), {'quantization': {'dtype': 'float16', 'original_dtype': 'float32'}}, value.astype('float16').astype('float32')
    return value.astype('float32').tobytes(), {}, value

def case(name, make, shapes, kind='float32', numbered=False, integers=None):
    """`make` is given keras; with `numbered` weights are called after their layer and their place, as for Keras 3."""
    for lib, version in ((tf_keras, tf_keras.__version__), (keras, keras.__version__)):
        lib.backend.clear_session(); lib.utils.set_random_seed(7)
        try: model = make(lib)
        except AttributeError as error: sys.stderr.write(f'left out {name} of Keras {version}: {error}\n'); continue
        r = np.random.RandomState(3); data, entries = b'', []
        def layers(m):
            for one in m.layers:
                if hasattr(one, 'layers'): yield from layers(one)
                else: yield one
        for layer in layers(model):
            read = []
            for place, v in enumerate(layer.weights):
                value = (r.rand(*v.shape) + .3 if 'variance' in v.name or 'gamma' in v.name else r.randn(*v.shape) * .5).astype('float32')
                path = f'{layer.name}/{place}' if lib is keras and numbered else (v.path if lib is keras else v.name).split(':')[0] if hasattr(layer, 'forward_layer') else f'{layer.name}/{v.name.split("/")[-1].split(":")[0]}'
                content, more, back = stored(value, kind)
                data += content; entries.append({'name': path, 'shape': list(v.shape), 'dtype': 'float32', **more}); read.append(back)
            if read: layer.set_weights(read)
        xs = [(r.randint(0, integers, s).astype('int32') if integers else r.randn(*s).astype('float32').round(3)) for s in shapes]
        given = xs[0] if len(xs) == 1 else xs
        ys = model.predict(given, verbose=0); ys = ys if isinstance(ys, list) else [ys]
        topology = json.loads(model.to_json())
        if lib is keras: topology = {'keras_version': version, 'backend': 'tensorflow', 'model_config': {'class_name': topology['class_name'], 'config': topology['config']}}
        else: topology = {'keras_version': version, 'backend': 'tensorflow', 'model_config': {'class_name': topology['class_name'], 'config': topology['config']}}
        cases.append({'name': f'{name}, Keras {version.split(".")[0]}', 'layers': sorted({type(l).__name__ for l in layers(model)}), 'files': {'w.bin': base64.b64encode(data).decode()},
                      'model': {'format': 'layers-model', 'generatedBy': f'keras v{version}', 'modelTopology': topology, 'weightsManifest': [{'paths': ['w.bin'], 'weights': entries}]},
                      'inputs': [tensor(n.split(':')[0], x) for n, x in zip([i.name for i in model.inputs], xs)], 'outputs': [tensor('', y) for y in ys]})

def sequence(*layers, **kw): return lambda k: k.Sequential([k.Input(kw['shape'], name='x')] + [one(k.layers) for one in layers], name='net')
def functional(shapes, build):
    def make(k):
        ends = [k.Input(s, name=f'x{i}') for i, s in enumerate(shapes)]
        return k.Model(ends, build(k.layers, *ends), name='net')
    return make

image = (1, 6, 5, 3)
for padding in ('same', 'valid'):
    case(f'convolutions, {padding}', sequence(lambda l: l.Conv2D(4, 3, strides=2, padding=padding, activation='relu'), lambda l: l.Conv2D(4, (1, 2), padding=padding, use_bias=False), shape=(8, 7, 3)), [(1, 8, 7, 3)])
    case(f'depthwise and separable, {padding}', sequence(lambda l: l.DepthwiseConv2D(3, padding=padding, depth_multiplier=2), lambda l: l.SeparableConv2D(5, 2, padding=padding, activation='relu6' if hasattr(keras.activations, 'relu6') else 'relu'), shape=image[1:]), [image])
    case(f'transposed convolution, {padding}', sequence(lambda l: l.Conv2DTranspose(2, 3, strides=2, padding=padding, activation='tanh'), shape=image[1:]), [image])
    case(f'pools, {padding}', sequence(lambda l: l.MaxPooling2D(3, strides=1, padding=padding), lambda l: l.AveragePooling2D(2, padding=padding), shape=image[1:]), [image])
    case(f'one axis, {padding}', sequence(lambda l: l.Conv1D(4, 3, strides=2, padding=padding), lambda l: l.MaxPooling1D(2, padding=padding), lambda l: l.AveragePooling1D(2, strides=1, padding=padding), lambda l: l.GlobalAveragePooling1D(), shape=(13, 3)), [(1, 13, 3)])
case('causal and dilated', sequence(lambda l: l.Conv1D(4, 3, padding='causal', dilation_rate=2), lambda l: l.GlobalMaxPooling1D(), shape=(9, 3)), [(1, 9, 3)])
case('dilated', sequence(lambda l: l.Conv2D(4, 3, dilation_rate=2, padding='same'), lambda l: l.GlobalMaxPooling2D(), shape=image[1:]), [image])
case('three axes', sequence(lambda l: l.Conv3D(2, 2, padding='same'), lambda l: l.MaxPooling3D(2), lambda l: l.GlobalAveragePooling3D(), shape=(4, 5, 4, 2)), [(1, 4, 5, 4, 2)])
case('a classifier', sequence(lambda l: l.Rescaling(1 / 255., offset=-.1), lambda l: l.Conv2D(4, 3, use_bias=False), lambda l: l.BatchNormalization(), lambda l: l.ReLU(6.), lambda l: l.Dropout(.5), lambda l: l.Flatten(), lambda l: l.Dense(4, activation='softmax'), shape=image[1:]), [image])
case('batch norm without scale', sequence(lambda l: l.BatchNormalization(scale=False), lambda l: l.BatchNormalization(center=False, epsilon=.01), shape=image[1:]), [image])
case('batch norm of rows', sequence(lambda l: l.Dense(5), lambda l: l.BatchNormalization(), shape=(4,)), [(2, 4)])
case('layer norm', sequence(lambda l: l.LayerNormalization(epsilon=1e-5), lambda l: l.LayerNormalization(center=False), lambda l: l.LayerNormalization(scale=False), shape=(5, 6)), [(1, 5, 6)])
for name in ('elu', 'selu', 'softplus', 'softsign', 'exponential', 'sigmoid', 'hard_sigmoid', 'swish', 'gelu', 'linear', 'mish', 'log_softmax', 'relu6', 'leaky_relu', 'hard_silu'):
    case(f'activation {name}', lambda k, name=name: (getattr(k.activations, name), k.Sequential([k.Input((7,), name='x'), k.layers.Activation(name, name='act')], name='net'))[1], [(3, 7)])
case('layers that activate', sequence(lambda l: l.LeakyReLU(.2), lambda l: l.ELU(.7), lambda l: l.PReLU(shared_axes=[1, 2]), lambda l: l.Softmax(axis=-1), shape=image[1:]), [image])
case('a bent line', sequence(lambda l: l.ReLU(max_value=1.5, negative_slope=.1, threshold=.2), shape=(9,)), [(4, 9)])
case('another bent line', sequence(lambda l: l.ReLU(max_value=1.5, negative_slope=.1), shape=(9,)), [(4, 9)])
case('a threshold', lambda k: k.Sequential([k.Input((9,), name='x'), k.layers.ThresholdedReLU(theta=.3)], name='net'), [(4, 9)])
case('shapes', sequence(lambda l: l.Reshape((5, -1)), lambda l: l.Permute((2, 1)), lambda l: l.ZeroPadding1D((1, 2)), lambda l: l.Cropping1D((2, 1)), lambda l: l.UpSampling1D(2), lambda l: l.Flatten(), lambda l: l.RepeatVector(2), shape=image[1:]), [image])
case('images', sequence(lambda l: l.ZeroPadding2D(((1, 0), (2, 1))), lambda l: l.Cropping2D(((0, 1), (1, 1))), lambda l: l.UpSampling2D((2, 3)), shape=image[1:]), [image])
case('bilinear', sequence(lambda l: l.UpSampling2D(2, interpolation='bilinear'), shape=image[1:]), [image])
case('dropped at inference', sequence(lambda l: l.GaussianNoise(.1), lambda l: l.GaussianDropout(.1), lambda l: l.SpatialDropout2D(.2), lambda l: l.ActivityRegularization(), lambda l: l.Flatten(), shape=image[1:]), [image])
case('vectors of a table', sequence(lambda l: l.Embedding(9, 4), lambda l: l.Dense(3), lambda l: l.GlobalAveragePooling1D(), shape=(6,)), [(2, 6)], integers=9)
case('sums and joins', functional([image[1:], image[1:]], lambda l, a, b: [l.Concatenate()([l.Add()([a, b]), l.Multiply()([a, b]), l.Average()([a, b, a])]), l.Subtract()([l.Maximum()([a, b]), l.Minimum()([a, b])])]), [image, image])
case('a residual block', functional([image[1:]], lambda l, x: l.Dense(2)(l.GlobalAveragePooling2D(keepdims=True)(l.Activation('relu')(l.Add()([x, l.Conv2D(3, 3, padding='same')(x)]))))), [image])
def twice(k):
    x = k.Input((4,), name='x'); y = k.Input((4,), name='y'); shared = k.layers.Dense(3, activation='relu', name='shared')
    return k.Model([x, y], k.layers.Concatenate(name='both')([shared(x), shared(y)]), name='net')
case('one layer, two calls', twice, [(1, 4), (1, 4)])
def inside(k):
    a = k.Input((6, 5, 3), name='image'); body = k.Model(a, k.layers.Conv2D(2, 3, name='conv')(a), name='body')
    head = k.Sequential([k.Input((4, 3, 2), name='features'), k.layers.Flatten(name='flat'), k.layers.Dense(3, name='logits')], name='head')
    x = k.Input((6, 5, 3), name='x'); return k.Model(x, head(body(x)), name='net')
case('models inside a model', inside, [image])
case('weights of eight bits', sequence(lambda l: l.Conv2D(4, 3), lambda l: l.Flatten(), lambda l: l.Dense(3), shape=image[1:]), [image], kind='uint8')
case('half floats', sequence(lambda l: l.Conv2D(4, 3), lambda l: l.Flatten(), lambda l: l.Dense(3), shape=image[1:]), [image], kind='float16')
case('numbered weights', sequence(lambda l: l.Conv2D(4, 3), lambda l: l.BatchNormalization(), shape=image[1:]), [image], numbered=True)
for make in ('SimpleRNN', 'GRU', 'LSTM'):
    case(f'{make}, every step and the last', sequence(lambda l: getattr(l, make)(4, return_sequences=True, name='a'), lambda l: getattr(l, make)(3, use_bias=False, go_backwards=True, name='b'), shape=(5, 3)), [(2, 5, 3)])
    case(f'{make}, both ways', sequence(lambda l: l.Bidirectional(getattr(l, make)(4, return_sequences=True, name='a'), name='both'), lambda l: l.Bidirectional(getattr(l, make)(3, name='b'), merge_mode='sum', name='sum'), shape=(5, 3)), [(2, 5, 3)], numbered=make == 'LSTM')
case('GRU that resets before the product', sequence(lambda l: l.GRU(4, reset_after=False, activation='relu', recurrent_activation='hard_sigmoid', name='a'), shape=(5, 3)), [(1, 5, 3)])
case('LSTM backwards, every step', sequence(lambda l: l.LSTM(4, return_sequences=True, go_backwards=True, name='a'), lambda l: l.Bidirectional(l.GRU(2, return_sequences=True, name='b'), merge_mode='ave', name='mean'), shape=(4, 3)), [(1, 4, 3)])
def handed_on(k):
    x = k.Input((4, 3), name='x'); y = k.Input((3, 2), name='y'); _, h, c = k.layers.LSTM(4, return_state=True, name='encoder')(x)
    return k.Model([x, y], [k.layers.LSTM(4, name='decoder')(y, initial_state=[h, c]), h], name='net')
case('states handed on', handed_on, [(1, 4, 3), (1, 3, 2)])
print('{"maker": "Keras %s and %s", "cases": [\n%s\n]}' % (tf_keras.__version__, keras.__version__, ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases)))
