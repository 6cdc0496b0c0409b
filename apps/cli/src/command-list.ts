/**
 * The commands in the order of the program's help: what the help says of each, and where it is. Loads none of them: a command is
 * imported when it is named, so that `--help` reads this file alone. A spec holds names and usage to what the commands say themselves.
 */
import type { MakeCommand } from './commands/command.js';

export interface ListedCommand {
  readonly name: string;
  /** What stands behind the name in a line of the help. */
  readonly usage: string;
  readonly summary: string;
  load(): Promise<MakeCommand>;
}

export const commandList: readonly ListedCommand[] = [
  { name: 'start', usage: '[options] [model]', summary: 'tune, compile, check and time a model with one command', load: async () => (await import('./commands/start.js')).startCommand },
  { name: 'tune', usage: '[options] <model>', summary: 'measure schedules for a model on this machine', load: async () => (await import('./commands/tune.js')).tuneCommand },
  { name: 'compile', usage: '[options] <model>', summary: 'write a library that runs a model', load: async () => (await import('./commands/compile.js')).compileCommand },
  { name: 'run', usage: '[options] <folder>', summary: 'run a compiled model on .npy files', load: async () => (await import('./commands/run.js')).runCommand },
  { name: 'bench', usage: '[options] <folder>', summary: 'time a compiled model', load: async () => (await import('./commands/bench.js')).benchCommand },
  { name: 'verify', usage: '[options] <model|folder> <case...>', summary: 'compare the answers of a model with known ones', load: async () => (await import('./commands/verify.js')).verifyCommand },
  { name: 'extract', usage: '[options] <model>', summary: 'list the tasks of a model before tuning it', load: async () => (await import('./commands/extract.js')).extractCommand },
  { name: 'inspect', usage: '[options] <model|folder>', summary: 'what is in a model or a compiled folder', load: async () => (await import('./commands/inspect.js')).inspectCommand },
  { name: 'records', usage: '<command>', summary: 'look at measurements, merge and prune them', load: async () => (await import('./commands/records.js')).recordsCommand },
  { name: 'report', usage: '[options] [model]', summary: 'what tuning found, as a page with pictures', load: async () => (await import('./commands/report.js')).reportCommand },
  { name: 'explain', usage: '[options] <record>', summary: 'a record in full: schedule, prediction, measurement, code', load: async () => (await import('./commands/explain.js')).explainCommand },
  { name: 'explain-error', usage: '[options] [code]', summary: 'what a failure code means and what helps', load: async () => (await import('./commands/explain-error.js')).explainErrorCommand },
  { name: 'space', usage: '<command>', summary: "list and record the spaces of a model's tasks", load: async () => (await import('./commands/space.js')).spaceCommand },
  { name: 'compare-strategies', usage: '[options]', summary: 'compare search strategies and cost models on recorded spaces', load: async () => (await import('./commands/compare-strategies.js')).compareStrategiesCommand },
  { name: 'replay', usage: '[options] <log>', summary: 'propose a logged run again, without hardware', load: async () => (await import('./commands/replay.js')).replayCommand },
  { name: 'zoo', usage: '[options] [name]', summary: 'write a well-known network as an ONNX file', load: async () => (await import('./commands/zoo.js')).zooCommand },
  { name: 'targets', usage: '[options]', summary: 'list what can be compiled for, and what is missing here', load: async () => (await import('./commands/targets.js')).targetsCommand },
  { name: 'new', usage: '<command>', summary: 'write the files of a plugin of your own', load: async () => (await import('./commands/new.js')).newCommand },
  { name: 'doctor', usage: '[options]', summary: 'check what this machine has and lacks', load: async () => (await import('./commands/doctor.js')).doctorCommand },
  { name: 'broker', usage: '[options]', summary: 'start Apache Kafka on this machine', load: async () => (await import('./commands/broker.js')).brokerCommand },
  { name: 'worker', usage: '[options]', summary: 'serve stages of the pipeline on a cluster', load: async () => (await import('./commands/worker.js')).workerCommand },
  { name: 'jobs', usage: '<command>', summary: 'list, follow or end jobs of a cluster', load: async () => (await import('./commands/jobs.js')).jobsCommand },
];
