/** `loopsmith inspect`: what is in a model file, or in a folder that `compile` wrote. */
import { Command } from 'commander';
import type { CompilerOptions, Told } from '../compiler.js';
import { examples, jsonOption, verboseOption, withCompilerOptions, type MakeCommand } from './command.js';

export const inspectCommand: MakeCommand = (world) =>
  withCompilerOptions(new Command('inspect'))
    .description(
      'Shows what a model takes and gives, its operators and weights; of a compiled folder, what it was compiled for and from which records.\nOf a model that leaves sizes open, what can be said without them, and the --shape that completes it (exit code 3).\nWith --print-ir, the network between the passes that make tasks of it.',
    )
    .argument('<model|folder>', 'a model (its file or its folder), or what `compile` wrote')
    .addOption(jsonOption('one JSON object; of a folder, its manifest'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      examples(
        'inspect model.onnx', 'inspect model.onnx --print-ir after=fuse', 'inspect model.onnx --print-ir after=changed',
        'inspect model --json | jq .sizes',
      ),
    )
    .action(async (model: string, options: CompilerOptions & { readonly json: boolean }) => {
      world.brief?.();
      const { existsSync, statSync } = await import('node:fs');
      const { join, resolve } = await import('node:path');
      const { importGraph, openCompiler, openHost, readModelFile } = await import('../compiler.js');
      const { missingOperators } = await import('../missing-operators.js');
      const { deployedFiles, readManifest } = await import('@loopsmith/runtime');
      const { unwrap } = await import('@loopsmith/util');
      const { modelFacts } = await import('../inspection.js');
      const { completedCommand, openModelText } = await import('../open-model.js');
      const { bytesText } = await import('../quantities.js');
      const { count } = await import('../progress.js');
      const { table } = await import('../table.js');
      const say = (line: string): void => world.out.write(`${line}\n`);
      const signature = (
        what: string,
        tensors: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[],
      ): void => {
        for (const { name, dtype, shape } of tensors) say(`${what} ${name}: ${dtype} [${shape.join(',')}]`);
      };
      const path = resolve(world.folder, model);
      // a folder may be a model too, as SavedModels are
      if (existsSync(join(path, deployedFiles.manifest)) && statSync(path).isDirectory()) {
        const manifest = unwrap(await readManifest(path));
        if (options.json) return say(JSON.stringify(manifest));
        const { target, threads, tasks = [], sizes } = manifest,
          tuned = tasks.filter(({ record }) => record !== null).length;
        say(`compiled for ${target}, ${count(threads, 'thread')}, from a model of SHA-256 ${manifest.model ?? 'unknown'}`);
        signature('input', manifest.inputs);
        signature('output', manifest.outputs);
        say(
          `${count(
            tasks.reduce((sum, task) => sum + task.calls, 0),
            'call',
          )} of ${count(tasks.length, 'kernel')}, ${tuned} tuned${sizes ? `; weights ${bytesText(sizes.weightBytes)}, arena ${bytesText(sizes.arenaBytes)}, scratch ${bytesText(sizes.scratchBytes)} a thread` : ''}`,
        );
        world.out.write(
          table(tasks, [
            { title: 'calls', right: true, cell: (task) => String(task.calls) },
            { title: 'record', cell: ({ record }) => record ?? 'untuned' },
            { title: 'task', cell: ({ task }) => task },
            { title: 'label', cell: ({ label }) => label },
          ], world.out.columns),
        );
        return;
      }
      const file = readModelFile(model, world.folder),
        host = await openHost(world, options.plugin);
      const missing = missingOperators();
      const unsupported = (): readonly { readonly operator: string; readonly nodes: readonly string[] }[] => missing.rows.map(({ operator, nodes }) => ({ operator, nodes }));
      const told: Told = {
        onUnsupported: missing.told,
        // the refusal follows
        onOpenShapes: (open) => world.out.write(
          options.json
            ? `${JSON.stringify({ ...open, missing: unsupported(), complete: completedCommand(['inspect', model], open, options) })}\n`
            : openModelText(['inspect', model], open, missing, options),
        ),
      };
      const { format, graph } = await importGraph(world, host, file, options, {}, told);
      const facts = { ...modelFacts(format, graph), missing: unsupported() };
      if (options.printIr) await openCompiler(world, file, options, {}, told);
      if (options.json) {
        say(JSON.stringify(facts));
        return missing.refuse();
      }
      say(
        `${file.name}: ${count(graph.nodes.length, 'node')}, read by ${format}${missing.rows.length > 0 ? '; the part that needs no operator that is not imported' : ''}`,
      );
      signature('input', facts.inputs);
      signature('output', facts.outputs);
      say(`${count(facts.constants.tensors, 'constant')}, ${bytesText(facts.constants.bytes)}`);
      world.out.write(
        table(facts.operators, [
          { title: 'nodes', right: true, cell: ({ nodes }) => String(nodes) },
          { title: 'operator', cell: ({ operator }) => operator },
        ]),
      );
      for (const { operator, nodes } of missing.rows) say(`not imported: ${operator}, ${count(nodes.length, 'node')}`);
      return missing.refuse();
    });
