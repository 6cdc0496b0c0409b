/**
 * A look at the protobuf wire format before anything is decoded: the decoder recurses, so nesting is bounded here, and
 * a file that was cut off is told from one that is something else. It walks lengths and decodes no value.
 */
import { refuse } from '@loopsmith/util';

/** The messages through which an ONNX file can nest without end, with their fields that are messages (numbers of onnx.proto3). */
type Message = 'Model' | 'Training' | 'Function' | 'Graph' | 'Node' | 'Attribute' | 'ValueInfo' | 'Type' | 'ElementType' | 'Map' | 'Tensor';
const nested: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  Model: { 7: 'Graph', 20: 'Training', 25: 'Function' },
  Training: { 1: 'Graph', 2: 'Graph' },
  Function: { 7: 'Node', 11: 'Attribute' },
  Graph: { 1: 'Node', 11: 'ValueInfo', 12: 'ValueInfo', 13: 'ValueInfo' },
  Node: { 5: 'Attribute' },
  Attribute: { 6: 'Graph', 11: 'Graph', 14: 'Type', 15: 'Type' },
  ValueInfo: { 2: 'Type' },
  Type: { 4: 'ElementType', 5: 'Map', 9: 'ElementType' },
  ElementType: { 1: 'Type' },
  Map: { 2: 'Type' },
  Tensor: {},
};

/** Real models stay below 30 (three messages per nested If or Loop); the decoder's stack holds more than a thousand. */
const deepest = 200;

interface Field { readonly number: number; readonly wireType: number; readonly start: number; readonly end: number }

/** The field at `at`, or a word for what is wrong there. */
const fieldAt = (bytes: Uint8Array, at: number, end: number): Field | 'cut off' | 'not protobuf' => {
  const tag = varint(bytes, at, end);
  if (typeof tag === 'string') return tag;
  const number = Math.floor(tag.value / 8), wireType = tag.value % 8;
  if (number === 0 || number > 536870911) return 'not protobuf';
  const of = (start: number, size: number): Field | 'cut off' => (start + size > end ? 'cut off' : { number, wireType, start, end: start + size });
  switch (wireType) {
    case 0: {
      const value = varint(bytes, tag.next, end);
      return typeof value === 'string' ? value : of(tag.next, value.next - tag.next);
    }
    case 1: return of(tag.next, 8);
    case 2: {
      const length = varint(bytes, tag.next, end);
      return typeof length === 'string' ? length : of(length.next, length.value);
    }
    case 5: return of(tag.next, 4);
    default: return 'not protobuf'; // groups (3, 4) are older than ONNX, 6 and 7 were never given out
  }
};

const varint = (bytes: Uint8Array, at: number, end: number): { readonly value: number; readonly next: number } | 'cut off' | 'not protobuf' => {
  let value = 0, scale = 1;
  for (let i = 0; i < 10; i++, scale *= 128) {
    if (at + i >= end) return 'cut off';
    const byte = bytes[at + i]!;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, next: at + i + 1 };
  }
  return 'not protobuf';
};

/**
 * Refuses bytes that the decoder must not see. `what` names them in the message: `the model`, `tensor file x.pb`.
 * A frame ends where its parent said, so running past a frame's end inside a file of full length is damage, not a cut.
 */
export const checkWire = (bytes: Uint8Array, root: 'Model' | 'Tensor', what: string): void => {
  const refuseWire = (code: string, message: string): never => refuse({ code, stage: 'import', message });
  if (bytes.length === 0) return refuseWire('onnx-empty', `${what} is empty (0 bytes); download or export it again`);
  const stack: { message: Message; at: number; readonly end: number }[] = [{ message: root, at: 0, end: bytes.length }];
  for (;;) {
    const frame = stack[stack.length - 1];
    if (!frame) return;
    if (frame.at >= frame.end) { stack.pop(); continue; }
    const field = fieldAt(bytes, frame.at, frame.end);
    if (field === 'cut off' && frame.end === bytes.length) {
      return refuseWire(
        'onnx-truncated',
        `${what} ends in the middle of a field that starts at byte ${frame.at} of ${bytes.length}; the file is cut off or is not ONNX, so download or export it again`,
      );
    }
    if (typeof field === 'string')
      return refuseWire(
        'onnx-damaged',
        `${what} is not ONNX: byte ${frame.at} starts no protobuf field of a ${frame.message} message; check that this is the model file and not a text or an archive`,
      );
    frame.at = field.end;
    const inner = field.wireType === 2 ? nested[frame.message][field.number] : undefined;
    if (inner === undefined) continue;
    if (stack.length >= deepest)
      return refuseWire(
        'onnx-too-deep',
        `${what} nests more than ${deepest} messages at byte ${field.start}; no real model does, so it is refused before it exhausts the stack`,
      );
    stack.push({ message: inner, at: field.start, end: field.end });
  }
};

/** The content of every field of a number in a message that `checkWire` let pass: what a schema older than the file does not know. */
export const contentsOf = (bytes: Uint8Array, number: number): readonly Uint8Array[] => {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const field = fieldAt(bytes, at, bytes.length);
    if (typeof field === 'string') return found;
    if (field.number === number && field.wireType === 2) found.push(bytes.subarray(field.start, field.end));
    at = field.end;
  }
  return found;
};

/** Wire type per top-level field of ModelProto; a TensorFlow SavedModel or GraphDef has other types there, or no field 7. */
const modelFields: Readonly<Record<number, number>> = { 1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2 };

/** Whether the bytes are laid out as a ModelProto with a graph. A model cut off in its graph still is one. */
export const looksLikeModel = (bytes: Uint8Array): boolean => {
  let hasGraph = false;
  for (let at = 0; at < bytes.length;) {
    const field = fieldAt(bytes, at, bytes.length);
    if (field === 'cut off') return hasGraph || (at > 0 && bytes[at]! >> 3 === 7);
    if (field === 'not protobuf' || modelFields[field.number] !== field.wireType) return false;
    hasGraph ||= field.number === 7;
    at = field.end;
  }
  return hasGraph;
};
