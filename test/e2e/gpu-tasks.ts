/**
 * Every distinct task of a network of the zoo for architectures of a GPU that is not here: built for each, and its answers checked
 * on this CPU. Where two architectures have the same text, the answers of one are those of both. Measures nothing.
 */
import { onnx } from '@loopsmith/frontend-onnx';
import type { Artifact, Device, HardwarePlugin, KernelResources, Task } from '@loopsmith/contracts';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks, networkOptions } from '@loopsmith/stages';
import { unwrap } from '@loopsmith/util';
import { zooModel, type ZooName } from '@loopsmith/zoo';

export interface CheckedTask {
  readonly isa: string;
  readonly label: string;
  readonly resources: readonly KernelResources[];
  /** Of the tolerance, at most 1: a wrong answer is an Error with the harness's words. */
  readonly error: number;
}

export const checkTasks = async (plugin: HardwarePlugin, isas: readonly string[], name: ZooName, directory: string): Promise<readonly CheckedTask[]> => {
  const graph = unwrap(onnx.import(zooModel(name), { name, shapes: {}, values: {} }));
  const checked: CheckedTask[] = [], errors = new Map<string, number>();
  for (const isa of isas) {
    const target = unwrap(await plugin.resolve(isa)), network = unwrap(toNetwork(graph, networkOptions(plugin, target)));
    const builder = unwrap(await plugin.builder(target, directory));
    const device = unwrap(await plugin.device(target, { threads: 1, directory, seed: 1, modelled: true }));
    try {
      for (const { task } of extractTasks(network, { target, threads: 1 })) {
        const space = plugin.space(task), point = space.untuned();
        const [artifact] = (await builder.build(task, [{ id: `t${checked.length}`, task: task.key, point, schedule: unwrap(space.schedule(point)) }])).map(unwrap);
        const text = artifact!.kernel.source.replaceAll(`t${checked.length}`, '');
        if (!errors.has(text)) errors.set(text, await errorOf(device, task, artifact!));
        checked.push({ isa, label: task.label, resources: artifact!.report.resources ?? [], error: errors.get(text)! });
      }
    } finally {
      await device.close();
    }
  }
  return checked;
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
