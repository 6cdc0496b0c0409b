/** `loopsmith run`: one inference of a compiled folder on .npy files. */
import { Command, Option } from 'commander';
import { namedFile, positiveInteger } from '../option-values.js';
import { examples, pluginOption, verboseOption, type MakeCommand } from './command.js';

interface RunOptions { readonly input: ReadonlyMap<string, string>; readonly outputDir: string; readonly threads?: number; readonly plugin: readonly string[] }

export const runCommand: MakeCommand = (world) =>
  new Command('run')
    .description('Runs a compiled folder once on .npy files and writes one .npy file per output.')
    .argument('<folder>', 'what `compile` wrote')
    .addOption(new Option('--input <name=file.npy>', 'value of an input (repeatable)').default(new Map(), 'none').argParser(namedFile))
    .option('--output-dir <folder>', 'where to write NAME.npy for every output', '.')
    .addOption(new Option('--threads <n>', 'threads to run with (default: those it was compiled for)').argParser(positiveInteger))
    .addOption(pluginOption())
    .addOption(verboseOption())
    .addHelpText('after', examples('run model --input data=image.npy --output-dir out'))
    .action(async (folder: string, options: RunOptions) => {
      const { join } = await import('node:path');
      const { openFolder, withSession } = await import('../opening.js');
      const { checkInputs, outputFiles, readArray, writeArray } = await import('../arrays.js');
      const { makeFolder } = await import('../files.js');
      await withSession(openFolder(world, folder, options.threads ?? 0, options.plugin), async (session) => {
        const inputs = new Map([...options.input].map(([name, file]) => [name, readArray(file, world.folder)]));
        checkInputs(session, inputs);
        const files = outputFiles(session.outputs, folder);
        const outputs = await session.run(inputs);
        makeFolder(world.folder, options.outputDir);
        for (const [name, data] of outputs) {
          const file = join(options.outputDir, files.get(name)!);
          writeArray(file, world.folder, data);
          world.out.write(`${name}: ${data.dtype} [${data.shape.join(',')}] in ${file}\n`);
        }
      });
    });
