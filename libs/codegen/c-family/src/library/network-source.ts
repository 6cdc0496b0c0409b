/**
 * Prints network.c: the tables of a compiled network and nothing that runs. The structs are those of
 * `libs/runtime/native/loopsmith_tables.h`. Names come from the model file and are written as escaped bytes, so that no
 * character of it is ever C text.
 */
import { bytesOf, type Launch, type TensorType } from '@loopsmith/ir';
import { code } from '@loopsmith/util';
import type { Place } from './places.js';

export interface NetworkTables {
  readonly threads: number;
  /** As `__builtin_cpu_supports` names them. */
  readonly features: readonly string[];
  readonly arenaBytes: number;
  readonly scratchBytes: number;
  readonly slackBytes: number;
  readonly weightsBytes: number;
  readonly checksum: readonly number[];
  readonly inputs: readonly Signature[];
  readonly outputs: readonly (Signature & { readonly source: Place })[];
  /** Numbers of the inputs and outputs that some call reads past their end. */
  readonly overread: { readonly input: ReadonlySet<number>; readonly output: ReadonlySet<number> };
  /** `launch`: where `deviceCode` is given. */
  readonly calls: readonly { readonly symbol: string; readonly buffers: readonly Place[]; readonly launch?: Launch }[];
  /** What a driver compiles or loads where the library runs; the symbols are then its kernels, and no functions of the library. */
  readonly deviceCode?: readonly Uint8Array[];
}
export interface Signature extends TensorType { readonly name: string }

export const networkSource = (tables: NetworkTables): string => {
  const { inputs, outputs, calls, overread, deviceCode } = tables;
  const symbols = deviceCode ? [] : [...new Set(calls.map((call) => identifier(call.symbol)))];
  return code`
    /* The tables of a compiled network. Generated; holds no code. */
    #include "loopsmith_tables.h"

    ${symbols.map((symbol) => `void ${symbol}(void *const *buffers, void *scratch, int part, int parts);`)}

    ${calls.map(({ buffers }, i) => `static const loopsmith_place call_${i}[] = {${list(buffers.map(placeText))}};`)}
    ${array('loopsmith_call', 'calls', calls.map(({ symbol, buffers }, i) => `{${deviceCode ? '0' : symbol}, ${buffers.length}, call_${i}}`))}

    ${[...shapes('input', inputs), ...shapes('output', outputs)]}
    ${array('loopsmith_tensor', 'inputs', inputs.map((input, i) => tensorText(input, `input_${i}`)))}
    ${array('loopsmith_output_table', 'outputs', outputs.map((output, i) => `{${tensorText(output, `output_${i}`)}, ${placeText(output.source)}}`))}
    ${flags('exact_inputs', inputs.map((_, i) => !overread.input.has(i)))}
    ${flags('exact_outputs', outputs.map((_, i) => !overread.output.has(i)))}
    static const char *const features[] = {${list([...tables.features.map(bytesText), '0'])}};

    const loopsmith_network_tables loopsmith_network = {
      .abi = LOOPSMITH_TABLES_ABI,
      .threads = ${tables.threads},
      .cpu_features = features,
      .arena_bytes = ${tables.arenaBytes},
      .scratch_bytes = ${tables.scratchBytes},
      .slack_bytes = ${tables.slackBytes},
      .weights_bytes = ${tables.weightsBytes},
      .weights_checksum = {${list(tables.checksum.map((lane) => `${lane}u`))}},
      .input_count = ${inputs.length},
      .output_count = ${outputs.length},
      .call_count = ${calls.length},
      .inputs = ${inputs.length > 0 ? 'inputs' : '0'},
      .outputs = ${outputs.length > 0 ? 'outputs' : '0'},
      .calls = ${calls.length > 0 ? 'calls' : '0'},
      .exact_inputs = ${inputs.length > 0 ? 'exact_inputs' : '0'},
      .exact_outputs = ${outputs.length > 0 ? 'exact_outputs' : '0'},
    };
    ${deviceCode ? deviceTables(deviceCode, calls) : []}
  ` + '\n';
};

/** As `libs/codegen/gpu/native/loopsmith_gpu.h` has them. */
const deviceTables = (pieces: readonly Uint8Array[], calls: NetworkTables['calls']): readonly string[] => [
  '#include "loopsmith_gpu.h"',
  ...array('loopsmith_launch', 'launches', calls.map(({ symbol, launch }) => launchText(symbol, launch!))),
  ...pieces.flatMap((piece, i) => [`static const char code_${i}[] __attribute__((aligned(64))) =`, ...codeLines(piece), ';']),
  `static const char *const code[] = {${list(pieces.map((_, i) => `code_${i}`))}};`,
  `static const size_t code_bytes[] = {${list(pieces.map((piece) => String(piece.length)))}};`,
  `const loopsmith_gpu_network loopsmith_gpu = {${pieces.length}, code, code_bytes, ${calls.length > 0 ? 'launches' : '0'}};`,
];

/** A `loopsmith_launch` of `libs/codegen/gpu/native/loopsmith_driver.h`. */
export const launchText = (symbol: string, { blocks, threads }: Launch): string => `{"${identifier(symbol)}", {${list(blocks.map(String))}}, {${list(threads.map(String))}}}`;

/** Bytes as C strings, a line of text each where they are text: a reader of network.c sees the kernels. */
export const codeLines = (bytes: Uint8Array): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const byte of bytes) {
    if (byte === 10) {
      lines.push(`"${line}\\n"`);
      line = '';
    } else
      line +=
        byte === 34 || byte === 92
          ? `\\${String.fromCharCode(byte)}`
          : byte >= 32 && byte < 127 && byte !== 63
            ? String.fromCharCode(byte)
            : `\\${byte.toString(8).padStart(3, '0')}`;
    if (line.length > 2000) { lines.push(`"${line}"`); line = ''; }
  }
  return [...lines, `"${line}"`];
};

const list = (items: readonly string[]): string => items.join(', ');
/** C has no empty arrays. */
const array = (type: string, name: string, items: readonly string[]): readonly string[] =>
  items.length === 0 ? [] : [`static const ${type} ${name}[] = {`, ...items.map((item) => `  ${item},`), '};'];

/** One byte for each tensor, 1 or 0. */
const flags = (name: string, set: readonly boolean[]): readonly string[] => (set.length === 0 ? [] : [`static const uint8_t ${name}[] = {${list(set.map((one) => (one ? '1' : '0')))}};`]);

const memories: Readonly<Record<Place['memory'], string>> = { arena: 'LOOPSMITH_ARENA', weights: 'LOOPSMITH_WEIGHTS', input: 'LOOPSMITH_INPUT', output: 'LOOPSMITH_OUTPUT' };
const placeText = ({ memory, index, offset }: Place): string => `{${memories[memory]}, ${index}, ${offset}}`;

const shapes = (role: string, tensors: readonly Signature[]): readonly string[] =>
  tensors.flatMap(({ shape }, i) => (shape.length === 0 ? [] : [`static const int64_t ${role}_${i}[] = {${list(shape.map(String))}};`]));
const tensorText = ({ name, dtype, shape }: Signature, shapeName: string): string =>
  `{${bytesText(name)}, "${dtype}", ${shape.length}, ${shape.length === 0 ? '0' : shapeName}, ${shape.reduce((product, extent) => product * extent, bytesOf[dtype])}}`;

/** A C string of the UTF-8 bytes of a text, every byte as three octal digits: they cannot run into what follows, unlike hexadecimal ones. */
export const bytesText = (text: string): string => {
  if (text.includes('\0')) throw new Error(`the name ${JSON.stringify(text)} holds a NUL character, which no C string can`);
  return `"${Array.from(new TextEncoder().encode(text), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`;
};

const identifier = (symbol: string): string => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(symbol)) throw new Error(`kernel symbol ${JSON.stringify(symbol)} is no C identifier`);
  return symbol;
};
