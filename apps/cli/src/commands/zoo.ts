/** `loopsmith zoo`: writes one of the well-known networks, with seeded weights, as an ONNX file. */
import { Command } from 'commander';
import { examples, type MakeCommand } from './command.js';

export const zooCommand: MakeCommand = (world) =>
  new Command('zoo')
    .summary('write a well-known network as an ONNX file')
    .description('Writes a well-known network with seeded weights as an ONNX file: the same bytes on every machine, trained for nothing.\nWithout a name, lists the names.')
    .argument('[name]', 'of the network')
    .option('-o, --output <file>', 'the file to write (default: NAME.onnx)')
    .addHelpText('after', examples('zoo', 'zoo resnet18 -o resnet18.onnx'))
    .action(async (name: string | undefined, options: { readonly output?: string }) => {
      const { zooModel, zooNames } = await import('@loopsmith/zoo');
      if (name === undefined) {
        world.out.write(`${zooNames.join('\n')}\n`);
        return;
      }
      const { refuse } = await import('@loopsmith/util');
      const known = zooNames.find((one) => one === name) ?? refuse({ code: 'zoo-unknown', stage: 'zoo', message: `the zoo has no network "${name}"; it has ${zooNames.join(', ')}` });
      const { writeBytes } = await import('../files.js');
      const file = options.output ?? `${name}.onnx`, bytes = zooModel(known);
      writeBytes(world.folder, file, bytes);
      world.out.write(`Wrote ${file} (${(bytes.length / 2 ** 20).toFixed(1)} MiB)\n`);
    });
