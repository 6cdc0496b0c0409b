/** Attention and its rotations, spelled out in products of matrices, masks and softmax. No fused kernel is here. */
import { lastTwoSwapped, pairs, places, reshaped, scalarLike, taken } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

type Heads = readonly [batch: number, heads: number, steps: number, width: number];

/** [b, steps, heads * width] as [b, heads, steps, width]; four axes are that already. */
const inHeads = (t: OnnxTranslation, X: GraphTensor, role: string, attribute: string): GraphTensor => {
  const heads = t.attributes.integer(attribute, 0);
  if (X.shape.length === 4) return X;
  const [b, steps, hidden] = X.shape as [number, number, number];
  if (X.shape.length !== 3 || heads < 1 || hidden % heads !== 0)
    return t.refuse(
      `reads ${role} of shape [${X.shape.join(',')}]; expected [b,heads,steps,width], or [b,steps,hidden] with a hidden width that ${heads} heads divide`,
    );
  return t.emit('transpose', [t.emit('reshape', [X], { shape: [b, steps, heads, hidden / heads] })], { permutation: [0, 2, 1, 3] });
};

/** Scores [b, heads, steps, all] with everything that is masked at -infinity. */
const masked = (t: OnnxTranslation, scores: GraphTensor, past: number): GraphTensor => {
  const [, , steps, all] = scores.shape as Heads, mask = t.optional(3), never = scalarLike(t, scores, -Infinity);
  let S = scores;
  if (mask) {
    // a mask of fewer keys masks the others
    const missing = all - mask.shape.at(-1)!;
    const whole =
      missing > 0
        ? t.emit('pad', [mask], {
            pads: [...mask.shape.map(() => 0), ...mask.shape.map((_, axis) => (axis === mask.shape.length - 1 ? missing : 0))],
            value: mask.dtype === 'bool' ? 0 : -Infinity,
          })
        : mask;
    S = mask.dtype === 'bool' ? t.emit('where', [whole, S, never]) : t.emit('add', [S, whole]);
  }
  const lengths = t.optional(6);
  if (lengths) S = t.emit('where', [t.emit('less', [places(t, 'i64', all, 3, 4), t.emit('reshape', [lengths], { shape: [...lengths.shape, 1, 1, 1] })]), S, never]);
  if (!t.attributes.flag('is_causal', false)) return S;
  return t.emit('where', [pairs(t, 'bool', steps, all, (step, key) => key <= step + past), S, never]);
};

export const attentions: OnnxTranslators = {
  /**
   * softmax(scale Q K^T, masked) V. Heads of Q that share one of K and V stand behind one another, so that one product serves
   * them all and nothing is repeated. Source: ONNX operator Attention.
   */
  Attention: (t) => {
    const Q = inHeads(t, t.input(0, 'Q'), 'Q', 'q_num_heads'), ownK = inHeads(t, t.input(1, 'K'), 'K', 'kv_num_heads'), ownV = inHeads(t, t.input(2, 'V'), 'V', 'kv_num_heads');
    const pastK = t.optional(4), pastV = t.optional(5);
    const K = pastK ? t.emit('concat', [pastK, ownK], { axis: 2 }) : ownK, V = pastV ? t.emit('concat', [pastV, ownV], { axis: 2 }) : ownV;
    const [b, heads, steps, width] = Q.shape as Heads, [, shared, all] = K.shape as Heads, wide = V.shape[3]!, share = heads / shared;
    if (!Number.isInteger(share) || V.shape[1] !== shared)
      return t.refuse(`has ${heads} heads of Q for ${shared} of K and ${V.shape[1]} of V; those of K and V must be as many and divide those of Q`);
    const scale = t.attributes.number('scale', 1 / Math.sqrt(width)), cap = t.attributes.number('softcap', 0);
    const rows = t.emit('reshape', [t.emit('multiply', [Q, scalarLike(t, Q, scale)])], { shape: [b, shared, share * steps, width] });
    const product = t.emit('reshape', [t.emit('matmul', [rows, lastTwoSwapped(t, K)])], { shape: [b, heads, steps, all] });
    const capped = cap === 0 ? product : t.emit('multiply', [t.emit('tanh', [t.emit('divide', [product, scalarLike(t, product, cap)])]), scalarLike(t, product, cap)]);
    const scores = masked(t, capped, pastK?.shape[2] ?? 0), P = t.emit('softmax', [scores], { axis: 3 });
    const heard = t.emit('reshape', [t.emit('matmul', [t.emit('reshape', [P], { shape: [b, shared, share * steps, all] }), V])], { shape: [b, heads, steps, wide] });
    const Y = t.input(0, 'Q').shape.length === 3 ? t.emit('reshape', [t.emit('transpose', [heard], { permutation: [0, 2, 1, 3] })], { shape: [b, steps, heads * wide] }) : heard;
    return [Y, K, V, [product, capped, scores, P][t.attributes.integer('qk_matmul_output_mode', 0)] ?? product];
  },
  /** Pairs of elements turned by the angles whose cosines and sines are given; what is behind rotary_embedding_dim stays. Source: ONNX operator RotaryEmbedding. */
  RotaryEmbedding: (t) => {
    const given = t.input(0, 'X'), inner = given.shape.length === 4, positions = t.optional(3);
    if (!inner && given.shape.length !== 3) return t.refuse(`reads X of shape [${given.shape.join(',')}]; expected [b,heads,steps,width] or [b,steps,hidden]`);
    const [b, steps] = inner ? [given.shape[0]!, given.shape[2]!] : (given.shape as [number, number, number]);
    const numbered = t.attributes.integer('num_heads', 0),
      heads = inner ? given.shape[1]! : numbered || t.refuse('has no num_heads, which three axes need'),
      X = inner ? given : t.emit('reshape', [given], { shape: [b, steps, heads, given.shape[2]! / heads] });
    const width = X.shape[3]!, turned = t.attributes.integer('rotary_embedding_dim', 0) || width, half = turned / 2;
    const angles = (position: number, role: string): GraphTensor => {
      const cache = t.input(position, role), ofSteps = positions ? t.emit('gather', [cache, positions], { axis: 0 }) : cache;
      return t.emit('reshape', [taken(t, ofSteps, 2, 0, half)], { shape: inner ? [b, 1, steps, half] : [b, steps, 1, half] });
    };
    const cos = angles(1, 'cos_cache'), sin = angles(2, 'sin_cache'), interleaved = t.attributes.flag('interleaved', false);
    const times = (x: GraphTensor, y: GraphTensor): GraphTensor => t.emit('multiply', [x, y]);
    const left = interleaved ? taken(t, X, 3, 0, turned, 2) : taken(t, X, 3, 0, half), right = interleaved ? taken(t, X, 3, 1, turned, 2) : taken(t, X, 3, half, turned);
    const parts = [t.emit('subtract', [times(cos, left), times(sin, right)]), t.emit('add', [times(sin, left), times(cos, right)])];
    const rest = turned < width ? [taken(t, X, 3, turned, width)] : [], split = [...X.shape.slice(0, 3), half, 1];
    const front = interleaved
      ? [
          t.emit(
            'reshape',
            [
              t.emit(
                'concat',
                parts.map((part) => t.emit('reshape', [part], { shape: split })),
                { axis: 4 },
              ),
            ],
            { shape: [...X.shape.slice(0, 3), turned] },
          ),
        ]
      : parts;
    return reshaped(t, front.length + rest.length === 1 ? front[0]! : t.emit('concat', [...front, ...rest], { axis: 3 }), given.shape);
  },
};
