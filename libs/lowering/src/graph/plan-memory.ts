/**
 * Places every tensor between calls in one arena: tensors that are never alive together share bytes. Greedy by size, the
 * largest first, each at the lowest offset where nothing alive with it lies (Pisarchyk and Lee, "Efficient Memory Management
 * for Deep Neural Net Inference", 2020). Inputs and outputs of the model belong to the caller, constants to the library.
 */
import { bytesOf, layoutSize, type MemoryPlan, type Network } from '@loopsmith/ir';

/** Bytes that a kernel may read past the end of a buffer: a register tile's dead points. */
export const slackBytes = 4096;
const alignment = 64;

/** Offsets are multiples of 64 and every tensor is followed by `slackBytes`. Padding lanes must be finite: whoever makes the arena zeroes it once. */
export const planMemory = (network: Network): MemoryPlan => {
  const ends = new Map<string, number>();
  network.calls.forEach((call, i) => { for (const name of call.inputs) ends.set(name, i); });
  const outputs = new Set(network.outputs);
  const lives = network.calls.flatMap((call, begin) => {
    if (outputs.has(call.output)) return [];
    const { dtype, layout } = network.tensors.get(call.output)!;
    const bytes = Math.ceil((layoutSize(layout) * bytesOf[dtype] + slackBytes) / alignment) * alignment;
    return [{ name: call.output, begin, end: ends.get(call.output) ?? begin, bytes, offset: 0 }];
  });
  const placed: typeof lives = [];
  for (const life of lives.toSorted((a, b) => b.bytes - a.bytes || a.begin - b.begin)) {
    const beside = placed.filter((other) => other.begin <= life.end && life.begin <= other.end).sort((a, b) => a.offset - b.offset);
    for (const other of beside) {
      if (life.offset + life.bytes <= other.offset) break;
      life.offset = Math.max(life.offset, other.offset + other.bytes);
    }
    placed.push(life);
  }
  return { bytes: Math.max(0, ...placed.map(({ offset, bytes }) => offset + bytes)), offsets: new Map(lives.map(({ name, offset }) => [name, offset])) };
};
