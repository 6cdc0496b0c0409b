/** Random graphs through compiled kernels against their definitions. One that differs is shrunk and written out as text. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { printGraph, toNumbers, type Graph, type TensorData } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { evaluateGraph, randomChoices, randomData, randomGraph, type Choice } from '@loopsmith/lowering/testing';
import { seededRandom, unwrap } from '@loopsmith/util';
import { buildCases } from './build-cases.js';
import { kernelsOf } from './prepare-case.js';

/** What is wrong with graphs `from` up to `to`, one sentence each, and how many nodes they had. */
export const randomGraphFaults = async (from: number, to: number, perCompile: number): Promise<{ readonly faults: readonly string[]; readonly nodes: number }> => {
  const faults: string[] = [];
  let nodes = 0;
  for (let first = from; first < to; first += perCompile) {
    const seeds = Array.from({ length: Math.min(perCompile, to - first) }, (_, i) => first + i);
    const all = seeds.map((seed) => randomChoices(seededRandom(seed))), graphs = all.map(randomGraph);
    for (const graph of graphs) nodes += graph.nodes.length;
    for (const [i, fault] of (await differences(graphs)).entries()) if (fault !== undefined) faults.push(`graph ${seeds[i]!} ${fault}; shrunk in ${await shrunk(all[i]!, seeds[i]!, async (graph) => (await differences([graph]))[0] !== undefined)}`);
  }
  return { faults, nodes };
};

/** Per graph, how its compiled answers differ, undefined where they do not. */
const differences = async (graphs: readonly Graph[]): Promise<readonly (string | undefined)[]> => {
  const target = unwrap(await x86Avx.resolve('host')), scratch = mkdtempSync(join(tmpdir(), 'loopsmith-random-'));
  try {
    const buildable = graphs.map((graph, i) => ({ one: { name: `graph ${i}` }, ...kernelsOf(unwrap(toNetwork(graph, { channelBlock: x86Avx.channelBlock(target) })), target) }));
    const built = await buildCases(buildable, { target, scratch, starting: () => undefined, limitMs: 300_000 });
    const found: (string | undefined)[] = [];
    for (const [i, graph] of graphs.entries()) {
      const each = built[i]!;
      found.push(each.ok ? await difference(graph, each.value.directory) : each.failure.message);
    }
    return found;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

const difference = async (graph: Graph, directory: string): Promise<string | undefined> => {
  const inputs = new Map(graph.inputs.map((name) => { const { dtype, shape } = graph.tensors.get(name)!; return [name, randomData(name, dtype, shape)] as const; }));
  const expected = evaluateGraph(graph, inputs), session = unwrap(await x86Avx.session(directory, 2));
  try {
    // twice: the second run finds the arena as the first left it
    for (const run of ['first', 'second']) {
      const answers = await session.run(inputs);
      for (const [name, wanted] of expected) {
        const fault = apart(answers.get(name)!, wanted);
        if (fault !== undefined) return `differs in ${name} of the ${run} run: ${fault}`;
      }
    }
    return undefined;
  } finally {
    await session.close();
  }
};

/** ‖got - wanted‖ <= 1e-4 ‖wanted‖ + 1e-6 √n for floats; integers are equal. */
export const apart = (got: TensorData, wanted: TensorData): string | undefined => {
  const a = toNumbers(got), b = toNumbers(wanted);
  let distance = 0, norm = 0;
  b.forEach((value, i) => { distance += (a[i]! - value) ** 2; norm += value ** 2; });
  const most = wanted.dtype === 'f32' ? 1e-4 * Math.sqrt(norm) + 1e-6 * Math.sqrt(b.length) : 0;
  return a.length === b.length && Math.sqrt(distance) <= most ? undefined : `${Math.sqrt(distance)} apart, ${most} allowed`;
};

/** Leaves out one node's choice after another for as long as the answers still differ; the file that holds what is left. */
export const shrunk = async (choices: readonly Choice[], seed: number, differs: (graph: Graph) => Promise<boolean>): Promise<string> => {
  let least = choices;
  for (let i = least.length - 1; i >= 0; i--) {
    const fewer = least.filter((_, k) => k !== i);
    if (fewer.length > 0 && await differs(randomGraph(fewer))) least = fewer;
  }
  const folder = join(tmpdir(), 'loopsmith-mismatches'), file = join(folder, `graph-${seed}.txt`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `-- choices ${JSON.stringify(least)}\n${printGraph(randomGraph(least))}`);
  return file;
};
