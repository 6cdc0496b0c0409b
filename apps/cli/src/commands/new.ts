/** `loopsmith new`: the files of a plugin of your own, which works as it is. A kind of plugin is one entry of `kinds`. */
import { Command } from 'commander';
import { examples, type MakeCommand } from './command.js';

interface Kind {
  readonly name: string;
  readonly summary: string;
  /** Files by path inside the new folder, and the command lines to go on with. */
  files(name: string): Promise<Readonly<Record<string, string>>>;
  next(name: string): readonly string[];
}

const kinds: readonly Kind[] = [
  {
    name: 'search-strategy', summary: 'a search strategy, with a test that runs the conformance kit',
    files: async (name) => (await import('../scaffolds/search-strategy.js')).searchStrategyFiles(name),
    next: (name) => [`node --test ${name}`, `npx loopsmith compare-strategies --plugin ./${name}/index.js --pair annealing+gbt --pair ${name}+gbt`, `npx loopsmith tune model.onnx --plugin ./${name}/index.js --strategy ${name}`],
  },
  {
    name: 'hardware-plugin', summary: 'a hardware plugin, with a test that runs the conformance kit',
    files: async (name) => (await import('../scaffolds/hardware-plugin.js')).hardwarePluginFiles(name),
    next: (name) => [`node --test ${name}`, `npx loopsmith targets --plugin ./${name}/index.js`, `npx loopsmith compile model.onnx --plugin ./${name}/index.js --target ${name}:plain --untuned -o model`],
  },
];

export const newCommand: MakeCommand = (world) => {
  const command = new Command('new').summary('write the files of a plugin of your own').description('Writes a folder with a plugin that works as it is, and says how to go on.');
  for (const { name: kind, summary, files, next } of kinds)
    command.addCommand(new Command(kind).summary(summary).description(`Writes the folder NAME with ${summary}.`).argument('<name>', 'of the plugin and of the folder')
      .addHelpText('after', examples(`new ${kind} mine`))
      .action(async (name: string) => {
        const { existsSync } = await import('node:fs');
        const { join, resolve } = await import('node:path');
        const { refuse } = await import('@loopsmith/util');
        const { checkedName } = await import('../scaffolds/search-strategy.js');
        const { makeFolder, writeBytes } = await import('../files.js');
        const folder = resolve(world.folder, checkedName(name));
        if (existsSync(folder)) refuse({ code: 'folder-exists', stage: 'new', message: `there is something called ${name} here already; choose another name or remove it` });
        makeFolder(world.folder, name);
        for (const [file, text] of Object.entries(await files(name))) writeBytes(world.folder, join(name, file), Buffer.from(text));
        world.out.write(`Wrote ${name}/: ${Object.keys(await files(name)).join(', ')}\nGo on with:\n${next(name).map((line) => `  $ ${line}\n`).join('')}`);
      }));
  return command;
};
