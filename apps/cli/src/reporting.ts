/** The page of a tuning, written where the user said. Gathers records and a model's tasks; draws nothing. */
import type { ExtractedTask, RecordStore } from '@loopsmith/contracts';
import { refuse } from '@loopsmith/util';
import { commandLine } from './command-line.js';
import { openCompiler, openHost, readModelFile, recordsPath, type Compiler, type CompilerOptions } from './compiler.js';
import { writeBytes } from './files.js';
import { defaults } from './plugins.js';
import { count } from './progress.js';
import { openExistingRecords } from './record-commands.js';
import { reportPage } from './report-page.js';
import { reportOf } from './tuning-report.js';
import type { World } from './world.js';

/** What a finished run leaves beside its records; its path as it is shown. */
export const writeRunReport = async (world: World, { host, tasks }: Compiler, records: RecordStore, name: string): Promise<string> => {
  const file = `${defaults.state}/${name}.html`;
  writeBytes(world.folder, file, Buffer.from(reportPage(name, await reportOf(records.all(), host, callsOf(tasks)))));
  return file;
};

export const writeReport = async (world: World, model: string | undefined, options: CompilerOptions & { readonly records?: string; readonly output: string }): Promise<string> => {
  const file = model === undefined ? null : readModelFile(model, world.folder);
  const store = await openExistingRecords(world, options.plugin, options.records);
  try {
    const compiler = file && await openCompiler(world, file, options), host = compiler?.host ?? await openHost(world, options.plugin);
    const places = await reportOf(store.all(), host, compiler && callsOf(compiler.tasks));
    if (places.length === 0)
      return refuse({
        code: 'task-unknown',
        stage: 'records',
        message: `${options.records ?? recordsPath(world, undefined)} has no record of ${file === null ? 'anything' : `a task of ${file.name} for ${options.target.hardware}:${options.target.isa} with ${count(options.threads, 'thread')}${others(store)}`}; make some with \`${commandLine(['tune', model ?? 'MODEL.onnx'], options, { more: options.records === undefined ? [] : ['--records', options.records] })}\`, or name another file with --records`,
      });
    writeBytes(world.folder, options.output, Buffer.from(reportPage(file?.name ?? null, places)));
    return `Wrote ${options.output}: ${count(
      places.reduce((sum, { tasks }) => sum + tasks.length, 0),
      'task',
    )}, ${count(
      places.reduce((sum, { records }) => sum + records, 0),
      'record',
    )}\n`;
  } finally {
    await store.close();
  }
};

/** What the file has instead, for whoever tuned with other options. */
const others = (store: RecordStore): string => {
  const places = [...new Set(store.all().map(({ environment: { isa, threads } }) => `${isa} with ${count(threads, 'thread')}`))].sort();
  return places.length === 0 ? '' : ` (what it has is for ${places.join(', ')}: \`report\` takes the --target, --threads and --shape that \`tune\` had)`;
};

const callsOf = (tasks: readonly ExtractedTask[]): ReadonlyMap<string, number> => new Map(tasks.map(({ task, calls }) => [task.key, calls.length]));
