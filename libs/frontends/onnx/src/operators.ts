/** Every ONNX operator that is imported, by name: those that are translated, and those whose graphs are written out. */
import { controlFlow } from './control-flow.js';
import { translators } from './operators/translators.js';

export const operators: ReadonlyMap<string, unknown> = new Map<string, unknown>([...translators, ...Object.entries(controlFlow)]);
