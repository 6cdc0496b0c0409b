/**
 * Blocks and threads of a launched kernel: every thread is a generator that runs to its next barrier, thread after thread, block
 * after block. It watches memory that threads have in common: two threads that meet in an element with no barrier between, one
 * of them storing, throw, and so do threads that come to different barriers. It computes nothing itself.
 */
import type { Numbers } from '../tensor/data.js';
import type { Buffer, Kernel, Launch } from '../loops/program.js';

/** Told before each access: the number of the buffer, the element, whether it is stored, and the place in the text. Answers the element. */
export type Watch = (slot: number, index: number, stores: boolean, site: number) => number;
export type Thread = Generator<number, void, undefined>;

/** Who used an element last since the memory's last barrier. */
interface Shadow { readonly epoch: Int32Array; readonly writer: Int32Array; readonly reader: Int32Array; readonly site: Int32Array }
const nobody = -1, several = -2;
const shadowOf = ({ size, slack }: Buffer): Shadow =>
  ({ epoch: new Int32Array(size + slack), writer: new Int32Array(size + slack), reader: new Int32Array(size + slack), site: new Int32Array(size + slack) });

/** `memoryOf` makes the memory of a slot: the caller's for global buffers, poisoned otherwise. */
export const runLaunched = (
  kernel: Kernel & { readonly launch: Launch }, memory: readonly Buffer[], sites: readonly string[],
  memoryOf: (slot: number) => Numbers, start: (arrays: readonly Numbers[], hardware: readonly number[], watch: Watch) => Thread,
): void => {
  const { blocks, threads } = kernel.launch, count = threads[0] * threads[1] * threads[2];
  const shadows = memory.map(shadowOf);
  let epoch = 0, thread = 0, block = 0;
  const where = (number: number): string => {
    const inBlock = number % count, [x, y] = threads;
    return `thread ${inBlock % x},${Math.floor(inBlock / x) % y},${Math.floor(inBlock / (x * y))}`;
  };
  const watch: Watch = (slot, index, stores, site) => {
    const shadow = shadows[slot]!, global = memory[slot]!.scope === 'global';
    const me = block * count + thread, now = global ? 1 : epoch;
    if (shadow.epoch[index] !== now) { shadow.epoch[index] = now; shadow.writer[index] = shadow.reader[index] = nobody; }
    const writer = shadow.writer[index]!, reader = shadow.reader[index]!;
    const other = writer !== nobody && writer !== me ? writer : stores && reader !== nobody && reader !== me ? reader : nobody;
    if (other !== nobody) {
      const blockOf = Math.floor(other / count);
      throw new Error(
        `${sites[site]!} in ${where(me)} of block ${blockText(block, blocks)}, and ${sites[shadow.site[index]!]!} in ${other === several ? 'other threads' : `${where(other)}${blockOf === block ? '' : ` of block ${blockText(blockOf, blocks)}`}`}: they meet at element ${index} with no barrier between`,
      );
    }
    if (stores) shadow.writer[index] = me; else shadow.reader[index] = reader === nobody || reader === me ? me : several;
    shadow.site[index] = site;
    return index;
  };

  const blockCount = blocks[0] * blocks[1] * blocks[2];
  for (block = 0; block < blockCount; block++) {
    epoch++;
    const shared = new Map<number, Numbers>();
    memory.forEach((buffer, slot) => { if (buffer.scope === 'shared' || buffer.scope === 'global') shared.set(slot, memoryOf(slot)); });
    const running = Array.from({ length: count }, (_, t) =>
      start(
        memory.map((_buffer, slot) => shared.get(slot) ?? memoryOf(slot)),
        [
          block % blocks[0],
          Math.floor(block / blocks[0]) % blocks[1],
          Math.floor(block / (blocks[0] * blocks[1])),
          t % threads[0],
          Math.floor(t / threads[0]) % threads[1],
          Math.floor(t / (threads[0] * threads[1])),
        ],
        watch,
      ),
    );
    for (let done = 0; done < count; epoch++) {
      const barriers = new Map<number, number>();
      running.forEach((each, t) => {
        thread = t;
        const next = each.next();
        if (next.done) done++;
        else barriers.set(next.value, (barriers.get(next.value) ?? 0) + 1);
      });
      const [first, second] = barriers.keys();
      if (second !== undefined)
        throw new Error(
          `kernel ${kernel.name}: in block ${blockText(block, blocks)} some threads wait at barrier ${first}, others at barrier ${second}; all threads of a block come to the same barriers`,
        );
      if (first !== undefined && barriers.get(first)! < count)
        throw new Error(
          `kernel ${kernel.name}: in block ${blockText(block, blocks)} ${barriers.get(first)} of ${count} threads wait at barrier ${first}, and the others never come to it; all threads of a block come to the same barriers`,
        );
    }
  }
};

const blockText = (block: number, [x, y]: readonly [number, number, number]): string => `${block % x},${Math.floor(block / x) % y},${Math.floor(block / (x * y))}`;
