/** Attributes of a TensorFlow node: each has a kind of its own; lists of several kinds share one. Old graphs leave out what has its default. */
import type { AttributeSource } from '@loopsmith/frontend-shared';
import type { TfAttribute } from '@loopsmith/tensorflow-file';

type Kind = TfAttribute['kind'];

export const attributeSource = (attributes: ReadonlyMap<string, TfAttribute>): AttributeSource => {
  const of = <K extends Kind>(name: string, kind: K): Extract<TfAttribute, { readonly kind: K }> | undefined => {
    const attribute = attributes.get(name);
    return attribute && isOf(attribute, kind) ? attribute : undefined;
  };
  return {
    format: 'TensorFlow', has: (name) => attributes.has(name), describe: (name) => `of kind ${attributes.get(name)?.kind}`,
    integer: (name) => of(name, 'integer')?.value, integers: (name) => of(name, 'list')?.integers,
    number: (name) => of(name, 'number')?.value, numbers: (name) => of(name, 'list')?.numbers,
    flag: (name) => of(name, 'flag')?.value,
    texts: (name) => of(name, 'list')?.texts,
    text: (name) => of(name, 'text')?.value ?? of(name, 'type')?.value,
    tensor: (name) => { const value = of(name, 'tensor')?.value; return value && value.dtype !== 'string' ? value : undefined; },
  };
};

const isOf = <K extends Kind>(attribute: TfAttribute, kind: K): attribute is Extract<TfAttribute, { readonly kind: K }> => attribute.kind === kind;
