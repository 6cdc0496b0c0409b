/** ONNX's numbers for the kinds of attributes (AttributeProto.AttributeType) that are read and written. */
export const attributeType = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;
