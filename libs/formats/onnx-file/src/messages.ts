/**
 * The messages of onnx-proto, loaded when a file is first read or written: to ask whether a file is ONNX needs none of them. By `require`, since before
 * it imports a CommonJS file Node looks for its exports, which takes three times as long as running it. Knows no message.
 */
import { createRequire } from 'node:module';
import type onnxProto from 'onnx-proto';
import { onDemand } from '@loopsmith/util';

export const messages = onDemand((): typeof onnxProto.onnx => (createRequire(import.meta.url)('onnx-proto') as typeof onnxProto).onnx);
