/** GraphDef to TfGraph: nodes, attributes, functions. Checks what can be checked without knowing operators. */
import { onDemand } from '@loopsmith/util';
import { elementTypeName } from './element-type.js';
import type { TfAttribute, TfFunction, TfGraph, TfNode } from './graph.js';
import { shapeOf } from './read-shape.js';
import { tensorOf } from './read-tensor.js';
import { addIntegers, bytesOf, entryOf, fieldsOf, fixedBytes, floatOf, integerOf, textOf, type Source } from './wire.js';

export const graphOf = (source: Source, bytes: Uint8Array): TfGraph => {
  const nodes: TfNode[] = [], functions = new Map<string, TfFunction>();
  for (const field of fieldsOf(source, bytes)) {
    if (field.number === 1) nodes.push(nodeOf(source, bytesOf(source, field)));
    else if (field.number === 2) {
      for (const part of fieldsOf(source, bytesOf(source, field))) {
        if (part.number !== 1) continue;
        const one = functionOf(source, bytesOf(source, part));
        functions.set(one.name, one);
      }
    }
  }
  return { nodes, functions };
};

const nodeOf = (source: Source, bytes: Uint8Array): TfNode => {
  let name = '', operator = '';
  const inputs: string[] = [], attributes: (readonly [string, Uint8Array])[] = [];
  for (const field of fieldsOf(source, bytes)) {
    switch (field.number) {
      case 1: name = textOf(source, field); break;
      case 2: operator = textOf(source, field); break;
      case 3: inputs.push(textOf(source, field)); break;
      case 5: attributes.push(entryOf(source, field)); break;
      default: // device and debugging information
    }
  }
  return { name, operator, inputs, attributes: new Map(attributes.map(([key, value]) => [key, attributeOf(source, value, name)])) };
};

/** Of several fields the last one counts, as protobuf has it for a oneof. */
const attributeOf = (source: Source, bytes: Uint8Array, owner: string): TfAttribute => {
  let attribute: TfAttribute = { kind: 'other', value: 'nothing' };
  for (const field of fieldsOf(source, bytes)) {
    switch (field.number) {
      case 1: attribute = listOf(source, bytesOf(source, field)); break;
      case 2: attribute = { kind: 'text', value: textOf(source, field) }; break;
      case 3: attribute = { kind: 'integer', value: integerOf(source, field) }; break;
      case 4: attribute = { kind: 'number', value: floatOf(source, field) }; break;
      case 5: attribute = { kind: 'flag', value: integerOf(source, field) !== 0 }; break;
      case 6: attribute = { kind: 'type', value: elementTypeName(integerOf(source, field)) }; break;
      case 7: attribute = { kind: 'shape', value: shapeOf(source, bytesOf(source, field)) }; break;
      case 8: attribute = { kind: 'tensor', value: tensorOf(source, bytesOf(source, field), owner) }; break;
      case 10: attribute = { kind: 'function', value: nameOf(source, bytesOf(source, field)) }; break;
      default: attribute = { kind: 'other', value: `field ${field.number}` };
    }
  }
  return attribute;
};

const listOf = (source: Source, bytes: Uint8Array): TfAttribute => {
  const texts: string[] = [], integers: number[] = [], numbers: number[] = [], types: string[] = [];
  for (const field of fieldsOf(source, bytes)) {
    switch (field.number) {
      case 2: texts.push(textOf(source, field)); break;
      case 3: addIntegers(source, field, (low, high) => integers.push((high | 0) * 4294967296 + low)); break;
      case 4: {
        const packed = fixedBytes(source, field, 4), view = new DataView(packed.buffer, packed.byteOffset, packed.length);
        for (let at = 0; at < packed.length; at += 4) numbers.push(view.getFloat32(at, true));
        break;
      }
      case 6: addIntegers(source, field, (low) => types.push(elementTypeName(low))); break;
      default: // flags, shapes, tensors and functions occur in no operator that is read
    }
  }
  return { kind: 'list', texts, integers, numbers, types };
};

/** Its nodes are read when they are asked for: a SavedModel has functions for training, saving and tracing that no signature calls. */
const functionOf = (source: Source, bytes: Uint8Array): TfFunction => {
  const bodies: Uint8Array[] = [], inputs: string[] = [], outputs: string[] = [], returns = new Map<string, string>();
  let name = '';
  const pair = (field: Parameters<typeof entryOf>[1]): readonly [string, string] => {
    const [key, value] = entryOf(source, field);
    return [key, new TextDecoder().decode(value)];
  };
  for (const field of fieldsOf(source, bytes)) {
    switch (field.number) {
      case 1:
        for (const part of fieldsOf(source, bytesOf(source, field))) {
          if (part.number === 1) name = textOf(source, part);
          else if (part.number === 2) inputs.push(nameOf(source, bytesOf(source, part)));
          else if (part.number === 3) outputs.push(nameOf(source, bytesOf(source, part)));
        }
        break;
      case 3: bodies.push(bytesOf(source, field)); break;
      case 4: returns.set(...pair(field)); break;
      default: // attributes of the function and of its arguments, and what runs for its effect
    }
  }
  const nodes = onDemand(() => bodies.map((body) => nodeOf(source, body)));
  return { name, inputs, outputs, get nodes() { return nodes(); }, returns };
};

/** Field 1 of an argument or of a named function: its name. */
const nameOf = (source: Source, bytes: Uint8Array): string => {
  let name = '';
  for (const field of fieldsOf(source, bytes)) if (field.number === 1) name = textOf(source, field);
  return name;
};
