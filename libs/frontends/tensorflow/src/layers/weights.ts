/** Which entry of the manifest is which weight of a layer. Converters have named them in four ways over the years. */
import type { TfTensor } from '@loopsmith/tensorflow-file';

/**
 * The weight of a layer by the names it has had (`depthwise_kernel`, since Keras 3 `kernel`) and its place among the layer's
 * weights, or undefined. Looked for as `conv/kernel`; with a cell between (`lstm/lstm_cell/kernel`, since TensorFlow 2.2);
 * by number (`conv/0`, Keras 3); and behind the names of models around it (`net/conv/kernel`), where only one ends so.
 */
export type FindWeight = (layer: string, names: readonly string[], place: number) => TfTensor | undefined;

export const weightFinder = (weights: ReadonlyMap<string, TfTensor>): FindWeight => {
  const withoutCell = new Map([...weights].map(([name, tensor]) => { const parts = name.split('/'); return [[...parts.slice(0, -2), parts.at(-1)].join('/'), tensor] as const; }));
  return (layer, names, place) => {
    const own = names.map((name) => `${layer}/${name}`);
    const known = own.map((name) => weights.get(name) ?? withoutCell.get(name)).find((tensor) => tensor !== undefined) ?? weights.get(`${layer}/${place}`);
    if (known) return known;
    const ending = new Set([...weights, ...withoutCell].flatMap(([name, tensor]) => (own.some((one) => name.endsWith(`/${one}`)) ? [tensor] : [])));
    return ending.size === 1 ? [...ending][0] : undefined;
  };
};
