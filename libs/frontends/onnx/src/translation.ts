/** What the translator of an ONNX operator is given beside what every front end has: attributes and the operator set's version. Says nothing about any operator. */
import type { Attributes, Translation, Translator, Translators } from '@loopsmith/frontend-shared';
import type { OnnxNode } from '@loopsmith/onnx-file';

export interface OnnxTranslation extends Translation {
  readonly node: OnnxNode;
  /** The version of the node's operator set: the same name means different things over time. */
  readonly opset: number;
  readonly attributes: Attributes;
}
export type OnnxTranslator = Translator<OnnxTranslation>;
export type OnnxTranslators = Translators<OnnxTranslation>;
