/**
 * The process that builds and measures for a worker: it loads plugins and runs what comes from the network, behind the worker's
 * fence, and never holds a Kafka client, whose timers would disturb times. Ends when the worker does.
 */
import { createHost, pluginSource } from '@loopsmith/host';
import type { Artifact, Bench, Builder, Candidate, Device } from '@loopsmith/contracts';
import { parseSchedule } from '@loopsmith/ir';
import { allowedCpus } from '@loopsmith/runtime';
import { coresFor, openBenches, type Benches, type Turns } from '@loopsmith/stages';
import { FailureError, fail, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { kernelText, readKernel, readTask } from '@loopsmith/wire';
import { builtInPlugins } from '../plugins.js';
import type { Call, CallName, Calls, HandsArtifact, HandsOptions, Opened, Reply } from './hands-messages.js';

interface Hands { readonly builder: Builder | null; readonly device: Device | null; readonly benches: Benches | null; readonly measuring: Turns; readonly opened: Opened }
let hands: Hands | null = null;

const open = async ({ folder, plugins, hardware: id, isa, threads, directory, builds, measures }: HandsOptions): Promise<Hands> => {
  const host = unwrap(await createHost([...builtInPlugins, ...plugins.map((name) => pluginSource(name, folder))]));
  const hardware = unwrap(await host.hardware.get(id)), target = unwrap(await hardware.resolve(isa));
  const device = measures ? unwrap(await hardware.device(target, { threads, directory, seed: 1 })) : null;
  const { lanes, measuring } = coresFor(allowedCpus(), device?.cpus ?? []);
  const builder = builds ? unwrap(await hardware.builder(target, directory, lanes)) : null;
  return {
    builder, device, benches: device && openBenches(device),
    measuring,
    opened: { target, environment: device?.environment ?? null, protocol: device?.protocol ?? null, fingerprint: builder?.fingerprint ?? null },
  };
};
const opened = (): Hands => {
  if (!hands) throw new Error('nothing is open yet');
  return hands;
};
const withBench = <T>(task: string, work: (bench: Bench) => Promise<T>): Promise<Outcome<T>> => opened().benches!.use(unwrap(readTask(task)), work);
const artifactOf = ({ kernel, ...artifact }: HandsArtifact): Artifact => ({ ...artifact, kernel: unwrap(readKernel(kernel)) });

const calls: { readonly [K in CallName]: (takes: Calls[K]['takes']) => Promise<Calls[K]['gives']> } = {
  open: async (options) => {
    try {
      hands = await open(options);
      return succeed(hands.opened);
    } catch (error) {
      if (error instanceof FailureError) return fail(error.failure);
      throw error;
    }
  },
  build: async ({ task: text, candidates }) => {
    const { builder } = opened(), task = unwrap(readTask(text));
    const batch = candidates.map(({ id, point, schedule }): Candidate => ({ id, task: task.key, point, schedule: unwrap(parseSchedule(schedule)) }));
    const built = await builder!.build(task, batch);
    return built.map((one): Outcome<HandsArtifact> => (one.ok ? succeed({ ...one.value, kernel: kernelText(one.value.kernel) }) : one));
  },
  prepare: ({ task }) => withBench(task, () => Promise.resolve(null)),
  measure: async ({ task, artifact, request }) => unwrap(await withBench(task, (bench) => opened().measuring(() => bench.measure(artifactOf(artifact), request)))),
  compare: async ({ task, artifacts, rounds, roundNs }) =>
    unwrap(await withBench(task, (bench) => opened().measuring(() => bench.compare(artifacts.map(artifactOf), rounds, roundNs)))),
  close: async () => {
    await hands?.benches?.close();
    await hands?.device?.close();
    return null;
  },
};

process.on('message', ({ n, call, takes }: Call) => {
  (calls[call] as (takes: unknown) => Promise<unknown>)(takes).then(
    (gives) => process.send!({ n, ok: true, gives } satisfies Reply),
    (error: unknown) =>
      process.send!({
        n,
        ok: false,
        message: error instanceof Error ? error.message : String(error),
        stack: error instanceof Error ? (error.stack ?? '') : '',
      } satisfies Reply),
  );
});
// of a group of its own, so that no Ctrl-C reaches it: the worker decides when it ends
process.on('disconnect', () => process.exit(0));
