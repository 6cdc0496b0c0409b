/** Attributes of an ONNX node: each has a kind of its own in the file; a flag is an integer. */
import { toInteger, type AttributeSource } from '@loopsmith/frontend-shared';
import type { OnnxAttribute, OnnxNode } from '@loopsmith/onnx-file';

type Kind = OnnxAttribute['kind'];

export const attributeSource = ({ attributes }: OnnxNode): AttributeSource => {
  const of = <K extends Kind>(name: string, kind: K): Extract<OnnxAttribute, { readonly kind: K }> | undefined => {
    const attribute = attributes.get(name);
    return attribute && isOf(attribute, kind) ? attribute : undefined;
  };
  const integer = (name: string): number | undefined => { const found = of(name, 'int'); return found && toInteger(found.value); };
  return {
    format: 'ONNX', has: (name) => attributes.has(name), describe: (name) => `of kind ${attributes.get(name)?.kind}`,
    integer, integers: (name) => of(name, 'ints')?.value.map(toInteger),
    number: (name) => of(name, 'float')?.value, numbers: (name) => of(name, 'floats')?.value,
    flag: (name) => { const value = integer(name); return value === undefined ? undefined : value !== 0; },
    text: (name) => of(name, 'string')?.value, tensor: (name) => of(name, 'tensor')?.value,
  };
};

const isOf = <K extends Kind>(attribute: OnnxAttribute, kind: K): attribute is Extract<OnnxAttribute, { readonly kind: K }> => attribute.kind === kind;
