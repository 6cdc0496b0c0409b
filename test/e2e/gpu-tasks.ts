/**
 * Every distinct task of a network of the zoo for architectures of a GPU that is not here: built for each, and its answers checked
 * on this CPU. Where two architectures have the same text, the answers of one are those of both. Measures nothing.
 */
import { onnx } from '@loopsmith/frontend-onnx';
import type { Artifact, Device, HardwarePlugin, KernelResources, Point, Task } from '@loopsmith/contracts';
import type { Schedule } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks, networkOptions } from '@loopsmith/stages';
import { unwrap } from '@loopsmith/util';
import { zooModel, type ZooName } from '@loopsmith/zoo';
import type { Compile } from './vendor-gpu-cases.js';

export interface CheckedTask {
  readonly isa: string;
  readonly label: string;
  readonly resources: readonly KernelResources[];
  /** Of the tolerance, at most 1: a wrong answer is an Error with the harness's words. */
  readonly error: number;
}

/** More than the three values that one schedule was seen to put aside: blocks of 64 threads, for which NVRTC held itself to 80 registers of 255. */
const leastSpill = 16;
/** Built without a report, spilled, or answered wrong. */
export const isFaulty = ({ resources, error }: CheckedTask): boolean => resources.length === 0 || resources.some(({ spilledBytes }) => spilledBytes >= leastSpill) || error > 1;

/** A text that was answered for another architecture is only compiled for the next; texts that are new are built two at a time, as long as two CPUs have work. */
export const checkTasks = async (plugin: HardwarePlugin, compile: Compile, isas: readonly string[], name: ZooName, directory: string): Promise<readonly CheckedTask[]> => {
  const graph = unwrap(onnx.import(zooModel(name), { name, shapes: {}, values: {} }));
  const checked: CheckedTask[] = [], errors = new Map<string, number>();
  for (const isa of isas) {
    const target = unwrap(await plugin.resolve(isa)), network = unwrap(toNetwork(graph, networkOptions(plugin, target)));
    const chosen = extractTasks(network, { target, threads: 1 }).map(({ task }): Chosen => {
      const space = plugin.space(task), point = space.untuned(), schedule = unwrap(space.schedule(point));
      return { task, point, schedule, text: plugin.emit(task, unwrap(plugin.lower(task, schedule)), 'kernel').source };
    });
    const known = chosen.filter(({ text }) => errors.has(text)), codes = known.length === 0 ? [] : await compile(isa, known.map(({ text }) => text));
    known.forEach(({ task, text }, i) => checked.push({ isa, label: task.label, resources: [...unwrap(codes[i]!).resources?.values() ?? []], error: errors.get(text)! }));
    const fresh = chosen.filter((each) => !known.includes(each));
    const builder = unwrap(await plugin.builder(target, directory));
    const artifacts = await twoAtATime(fresh, async ({ task, point, schedule }, i) => unwrap((await builder.build(task, [{ id: `t${i}`, task: task.key, point, schedule }]))[0]!));
    const device = unwrap(await plugin.device(target, { threads: 1, directory, seed: 1, modelled: true }));
    try {
      for (const [i, { task, text }] of fresh.entries()) {
        errors.set(text, await errorOf(device, task, artifacts[i]!));
        checked.push({ isa, label: task.label, resources: artifacts[i]!.report.resources ?? [], error: errors.get(text)! });
      }
    } finally {
      await device.close();
    }
  }
  return checked;
};

interface Chosen { readonly task: Task; readonly point: Point; readonly schedule: Schedule; readonly text: string }

const twoAtATime = async <T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<readonly R[]> => {
  const made: R[] = [], waiting = items.entries();
  const next = async (): Promise<void> => { for (const [i, item] of waiting) made[i] = await work(item, i); };
  await Promise.all([next(), next()]);
  return made;
};

const errorOf = async (device: Device, task: Task, artifact: Artifact): Promise<number> => {
  const bench = unwrap(await device.prepare(task));
  try {
    const { outcome } = await bench.measure(artifact, { purpose: 'search', repeat: 0, cutoffNs: null });
    if (!outcome.ok) throw new Error(`${task.label} on ${task.target.id}: ${outcome.failure.code}: ${outcome.failure.message}`);
    return outcome.value.error;
  } finally {
    await bench.close();
  }
};
