# What TensorFlow itself answers for graphs with loops, written for the specs of the front end. It trains nothing and keeps no model.
"""loops.json: loops with constant trip counts, as functions of TF 2 and as frames of TF 1, with TensorFlow's answers. Seeded; cases as in operators.json, but for functions.

    python3 -m venv V && V/bin/pip install tensorflow-cpu==2.21.0
    V/bin/python make-loops.py > loops.json
"""
import base64, json, os
os.environ.update(TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='', TF_ENABLE_ONEDNN_OPTS='0')
import numpy as np, tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
rng = np.random.RandomState(5); cases = []
def r(*shape): return rng.randn(*shape).astype('float32').round(3)
def flat(a): return [float(format(x, '.7g')) for x in np.asarray(a, dtype='float64').ravel()]
def tensor(a): return {'dtype': 'f32', 'shape': list(a.shape), 'values': flat(a)}

def names(d): return sorted({n.op for n in d.node} | {n.op for f in d.library.function for n in f.node_def})
def add(name, definition, x, y):
    for node in list(definition.node) + [n for f in definition.library.function for n in f.node_def]:
        for attribute in ('_output_shapes', '_class', '_stateful_parallelism', '_xla_propagate_compile_time_consts'): node.attr.pop(attribute, None)
    cases.append({'name': name, 'operators': names(definition), 'graph': base64.b64encode(definition.SerializeToString()).decode(), 'inputs': [{'name': 'x', **tensor(x)}], 'outputs': [tensor(np.asarray(y))]})

def both(name, f, x):
    """As functions, and lowered to frames."""
    concrete = tf.function(lambda x: tf.identity(f(x), name='out0')).get_concrete_function(tf.TensorSpec(x.shape, tf.float32, name='x'))
    y = concrete(tf.constant(x)); y = y[0] if isinstance(y, (list, tuple)) else y
    for lower, kind in ((False, 'functions'), (True, 'frames')):
        frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=lower); d = frozen.graph.as_graph_def()
        add(f'{name}, {kind}', d, x, y)

both('a counted loop', lambda x: tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2. + 1.), (tf.constant(0), x))[1], r(2, 3))
def nested(x):
    inner = lambda v: tf.while_loop(lambda j, w: j < 2, lambda j, w: (j + 1, tf.tanh(w + tf.cast(j, tf.float32))), (tf.constant(0), v))[1]
    return tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, inner(v) * 1.5), (tf.constant(0), x))[1]
both('a loop in a loop', nested, r(2, 3))
both('two conditions', lambda x: tf.while_loop(lambda i, n, v: tf.logical_and(i < 9, n > 1), lambda i, n, v: (i + 2, n - 3, v - .5), (tf.constant(0), tf.constant(8), x))[2], r(4))
def rows(x):
    made = tf.TensorArray(tf.float32, 3, element_shape=[4]); given = tf.TensorArray(tf.float32, 3, element_shape=[4]).unstack(x)
    return tf.while_loop(lambda i, h, a: i < 3, lambda i, h, a: (i + 1, tf.tanh(h + given.read(i)), a.write(i, h * 2.)), (tf.constant(0), tf.zeros([4]), made))[2].stack()
both('rows of a list', rows, r(3, 4))
for cell in ('SimpleRNN', 'LSTM', 'GRU'):
    tf.keras.utils.set_random_seed(3); layer = getattr(tf.keras.layers, cell)(3, return_sequences=True); layer(tf.zeros([1, 5, 4]))
    both(f'Keras {cell}', lambda x, layer=layer: layer(x), r(1, 5, 4))

with tf.Graph().as_default() as graph:
    tf.compat.v1.disable_control_flow_v2()
    x = tf.compat.v1.placeholder(tf.float32, [3, 4], name='x'); made = tf.TensorArray(tf.float32, 3, infer_shape=True); given = tf.TensorArray(tf.float32, 3, element_shape=[4]).unstack(x)
    _, _, result = tf.compat.v1.while_loop(lambda i, h, a: i < 3, lambda i, h, a: (i + 1, tf.tanh(h + given.read(i)), a.write(i, h * 2.)), (tf.constant(0), tf.zeros([4]), made))
    y = tf.add(result.stack(), tf.cast(tf.raw_ops.TensorArraySizeV3(handle=result.handle, flow_in=result.flow), tf.float32), name='out0'); value = r(3, 4)
    with tf.compat.v1.Session() as session: answer = session.run(y, {x: value})
    add('a TensorArray of TensorFlow 1', graph.as_graph_def(), value, answer)
print('{"maker": "TensorFlow %s", "cases": [\n%s\n]}' % (tf.__version__, ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases)))
