/** What the translator of a TensorFlow operator is given beside what every front end has. Says nothing about any operator. */
import type { Attributes, Translation, Translator, Translators } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { FlatNode } from './flatten.js';

export interface TfTranslation extends Translation {
  readonly node: FlatNode;
  readonly attributes: Attributes;
  /** Lists of tensors by the tensor that stands for them, for this import. */
  readonly lists: Map<string, readonly (GraphTensor | undefined)[]>;
}
export type TfTranslator = Translator<TfTranslation>;
export type TfTranslators = Translators<TfTranslation>;
