/** `loopsmith new`: the files of a plugin of your own, which works as it is. The kinds are in `scaffolds/plugin-kinds.ts`. */
import { Command } from 'commander';
import { newPlugin, pluginKinds } from '../scaffolds/plugin-kinds.js';
import { examples, type MakeCommand } from './command.js';

export const newCommand: MakeCommand = (world) => {
  const command = new Command('new').description('Writes a folder with a plugin that works as it is, and says how to go on.');
  for (const kind of pluginKinds)
    command.addCommand(
      new Command(kind.name)
        .summary(kind.summary)
        .description(`Writes the folder NAME with ${kind.summary}.`)
        .argument('<name>', 'of the plugin and of the folder')
        .addHelpText('after', examples(`new ${kind.name} mine`))
        .action(async (name: string) => {
          const { existsSync } = await import('node:fs');
          const { join, resolve } = await import('node:path');
          const { makeFolder, writeBytes } = await import('../files.js');
          const { files, message } = await newPlugin(kind, name, (folder) => existsSync(resolve(world.folder, folder)));
          makeFolder(world.folder, name);
          for (const [file, text] of Object.entries(files)) writeBytes(world.folder, join(name, file), Buffer.from(text));
          world.out.write(message);
        }),
    );
  return command;
};
