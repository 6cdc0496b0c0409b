/**
 * Places every tensor between calls in one arena: tensors that are never alive together share bytes. Greedy by size, the
 * largest first, each at the lowest offset where nothing alive with it lies (Pisarchyk and Lee, "Efficient Memory Management
 * for Deep Neural Net Inference", 2020). Inputs and outputs of the model belong to the caller, constants to the library.
 */
import { bufferOf, bytesOf, layoutSize, type MemoryPlan, type Network } from '@loopsmith/ir';

/** Bytes that a kernel may read past the end of a buffer: a register tile's dead points. */
export const slackBytes = 4096;
const alignment = 64;

/** Offsets are multiples of 64 and every tensor is followed by `slackBytes`. Padding lanes must be finite: whoever makes the arena zeroes it once. */
export const planMemory = (network: Network): MemoryPlan => {
  const lives = [...lifetimes(network)].map(([name, { begin, end }]) => {
    const { dtype, layout } = network.tensors.get(name)!;
    const bytes = Math.ceil((layoutSize(layout) * bytesOf[dtype] + slackBytes) / alignment) * alignment;
    return { name, begin, end, bytes, offset: 0 };
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

/** From the first call that writes into a buffer to the last that reads or writes any of it, by the tensor that has the buffer. */
const lifetimes = (network: Network): ReadonlyMap<string, { readonly begin: number; end: number }> => {
  const lives = new Map<string, { readonly begin: number; end: number }>();
  const buffer = (name: string): string => bufferOf(network.tensors, network.tensors.get(name)!).name;
  const elsewhere = new Set([...network.inputs, ...network.outputs]);
  network.calls.forEach((call, i) => {
    const made = buffer(call.output);
    if (!elsewhere.has(made) && !lives.has(made)) lives.set(made, { begin: i, end: i });
    for (const name of [made, ...call.inputs.map(buffer)]) { const life = lives.get(name); if (life) life.end = i; }
  });
  return lives;
};
