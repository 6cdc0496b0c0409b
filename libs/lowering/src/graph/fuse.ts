/**
 * Fuses elementwise calls into the call that makes their operand: bias, normalisation, residual sum and activation become
 * the epilogue of the convolution before them; chains of elementwise calls become one. Knows no operator by name.
 *
 * A call joins a producer only if nobody else reads what that producer makes and it is no output of the model; then no
 * cycle can arise, since every way from producer to consumer is the joined one. Elementwise producers are joined first, so
 * that a whole formula reaches the reduction before it; of two that reduce, the later one takes the call, and the earlier
 * one's result is a run-time operand. Nothing joins a concatenation of what calls make: they will write its slices. Moves in a
 * row (a transposition behind a reshape) become one call, whatever order of elements is between them. What a spatial call makes
 * keeps its axes: under another shape its channels would not be stored in blocks, and its register tile is made of those.
 */
import { outputOf, shapeOf, type Call, type Network } from '@loopsmith/ir';
import { product } from '@loopsmith/util';
import { isSpatial } from './channel-tensors.js';
import { concatenationOf } from './concatenation.js';
import { readingCalls, withCalls } from './edit.js';
import { isElementwise, join, sizeOf } from './join.js';

/** An inlined formula with more parts stays a call of its own: operands that are read twice double what they inline. */
const largestFormula = 256;

export const fuse = (network: Network): Network => {
  const readers = readingCalls(network);
  const count = (name: string, by: number): void => { readers.set(name, (readers.get(name) ?? 0) + by); };

  const willBeSliced = (call: Call): boolean => call.inputs.some((name) => makers.has(name)) && concatenationOf(call.definition) !== undefined;
  const calls: (Call | undefined)[] = [];
  /** Position in `calls` of what makes a tensor. */
  const makers = new Map<string, number>();
  for (const original of network.calls) {
    let call = original;
    for (;;) {
      // what is laid side by side is written where it will be read: a move before it would take that place away
      const candidates = concatenationOf(call.definition)
        ? []
        : [...new Set(call.inputs)]
            .flatMap((name) => {
              const at = makers.get(name);
              if (at === undefined || readers.get(name) !== 1 || willBeSliced(calls[at]!) || losesChannels(calls[at]!, call)) return [];
              return [{ name, at, producer: calls[at]! }];
            })
            .sort((a, b) => Number(isElementwise(b.producer.definition)) - Number(isElementwise(a.producer.definition)) || b.at - a.at);
      const joined = candidates.map(({ name, at, producer }) => ({ at, producer, result: join(producer, call, name) }))
        .find(({ result }) => result && sizeOf(outputOf(result.definition).value) <= largestFormula);
      if (!joined?.result) break;
      for (const name of new Set([...joined.producer.inputs, ...call.inputs])) count(name, -1);
      // what both read has lost a reader
      for (const name of new Set(joined.producer.inputs)) if (call.inputs.includes(name)) count(name, -1);
      for (const name of new Set(joined.result.inputs)) count(name, 1);
      calls[joined.at] = undefined;
      call = joined.result;
    }
    makers.set(call.output, calls.length);
    calls.push(call);
  }
  return withCalls(network, calls.filter((call) => call !== undefined));
};

/** Whether a call gives another shape to pixels that a spatial one makes. */
const losesChannels = (producer: Call, consumer: Call): boolean => {
  const [made, wanted] = [producer, consumer].map(({ definition }) => shapeOf(outputOf(definition))) as [readonly number[], readonly number[]];
  return product(made.slice(2)) > 1 && made.join() !== wanted.join() && isSpatial(producer.definition);
};
