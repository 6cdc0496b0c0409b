/** `loopsmith extract`: what tuning a model would take on, before any time is spent. */
import { Command } from 'commander';
import type { CompilerOptions, Told } from '../compiler.js';
import { examples, jsonOption, verboseOption, withCompilerOptions, type MakeCommand } from './command.js';

export const extractCommand: MakeCommand = (world) =>
  withCompilerOptions(new Command('extract'))
    .description(
      'Lists every task that a model becomes: how often it is called, its arithmetic, the bytes it moves, the forecast of its untuned schedule.\nA task is tunable, or a fallback, which gets the one schedule that every definition can have. Operators that are not supported are\nnamed all at once (exit code 3), behind the tasks of the part that needs none of them. Of a model that leaves sizes open, inputs and operators\nare shown, and the --shape to give (exit code 3). Nothing is built or measured.',
    )
    .argument('<model>', 'a model: its file or its folder')
    .addOption(
      jsonOption(
        'one JSON object per task: task label calls status points flops bytes forecastMs; per operator that is not imported: operator nodes status; of a model with open sizes, per input: name dtype shape status',
      ),
    )
    .addOption(verboseOption())
    .addHelpText(
      'after',
      examples(
        'extract model.onnx',
        'extract model.onnx --target x86-avx:avx512 --threads 2',
        'extract model.onnx --json | jq -r \'select(.status == "fallback") | .label\'',
      ),
    )
    .action(async (model: string, options: CompilerOptions & { readonly json: boolean }) => {
      world.brief?.();
      const { openCompiler, readModelFile } = await import('../compiler.js');
      const { extractedRows } = await import('../extraction.js');
      const { bytesText, flopText, prefixed } = await import('../quantities.js');
      const { count } = await import('../progress.js');
      const { timeText } = await import('../recorded.js');
      const { table } = await import('../table.js');
      const { openModelText } = await import('../open-model.js');
      const { missingOperators } = await import('../missing-operators.js');
      const missing = missingOperators();
      const told: Told = {
        onUnsupported: missing.told,
        // the refusal follows
        onOpenShapes: (open) => world.out.write(
          options.json
            ? [...open.inputs.map((input) => ({ ...input, status: 'open' })), ...missing.rows].map((row) => `${JSON.stringify(row)}\n`).join('')
            : openModelText(['extract', model], open, missing, options),
        ),
      };
      const compiler = await openCompiler(world, readModelFile(model, world.folder), options, {}, told);
      const rows = extractedRows(compiler);
      if (options.json) {
        world.out.write([...rows, ...missing.rows].map((row) => `${JSON.stringify(row)}\n`).join(''));
        return missing.refuse();
      }
      const total = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((sum, row) => sum + row.calls * of(row), 0);
      const fallbacks = rows.filter(({ status }) => status === 'fallback').length;
      world.out.write(
        table(rows, [
          { title: 'calls', right: true, cell: ({ calls }) => String(calls) },
          { title: 'status', cell: ({ status }) => status },
          { title: 'points', right: true, cell: ({ points }) => String(points) },
          { title: 'FLOP', right: true, cell: ({ flops }) => prefixed(flops) },
          { title: 'bytes', right: true, cell: ({ bytes }) => bytesText(bytes) },
          { title: 'forecast', right: true, cell: ({ forecastMs }) => timeText(1e6 * forecastMs) },
          { title: 'task', cell: ({ task }) => task },
          { title: 'label', cell: ({ label }) => label },
        ], world.out.columns),
      );
      for (const [what, names] of [
        ['input', compiler.network.inputs],
        ['output', compiler.network.outputs],
      ] as const) {
        for (const name of names) {
          const { dtype, shape } = compiler.network.tensors.get(name)!;
          world.out.write(`${what} ${name}: ${dtype} [${shape.join(',')}]\n`);
        }
      }
      for (const { operator, nodes } of missing.rows) world.out.write(`not imported: ${operator}, ${count(nodes.length, 'node')}\n`);
      world.out.write(
        `${count(rows.length, 'task')} for ${compiler.target.id}${missing.rows.length > 0 ? ' in the part that needs no operator that is not imported' : ''}, ${fallbacks} of them ${fallbacks === 1 ? 'a fallback' : 'fallbacks'}; ${count(
          total(() => 1),
          'call',
        )}: ${flopText(total(({ flops }) => flops))}, forecast ${timeText(1e6 * total(({ forecastMs }) => forecastMs))} untuned\n`,
      );
      return missing.refuse();
    });
