/** What the translator of an MXNet operator is given beside what every front end has. Says nothing about any operator. */
import type { Translation, Translator, Translators } from '@loopsmith/frontend-shared';
import type { MxnetAttributes } from './attributes.js';

export interface MxnetTranslation extends Translation { readonly attributes: MxnetAttributes }
export type MxnetTranslator = Translator<MxnetTranslation>;
export type MxnetTranslators = Translators<MxnetTranslation>;
