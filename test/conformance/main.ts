/** `node test/dist/conformance/main.js [node|pytorch|models] [part of a name] [instruction set]`: runs the cases outside mocha and prints the table of what is no pass, for people at work on them. */
import { cpus } from 'node:os';
import { modelCases, nodeCases, pytorchCases } from './case-list.js';
import { runCases, type CaseResult } from './run-cases.js';

const [which = 'node', part = '', isa = 'host'] = process.argv.slice(2);
const cases = (which === 'models' ? modelCases() : which === 'pytorch' ? pytorchCases() : nodeCases()).filter(({ name }) => name.includes(part));
const began = Date.now();
const results = await runCases(cases, { isa, workers: cpus().length, batch: which === 'models' ? 1 : 32, timeoutMs: 120_000 });
for (const { name, verdict, reason } of results) if (verdict !== 'pass') process.stdout.write(`${verdict.padEnd(8)} ${name}: ${reason.slice(0, 400)}\n`);
const count = (verdict: CaseResult['verdict']): number => results.filter((result) => result.verdict === verdict).length;
process.stdout.write(`${count('pass')} of ${results.length} pass, ${count('refused')} refused, ${count('wrong')} wrong, ${count('crashed')} crashed in ${((Date.now() - began) / 1000).toFixed(0)} s\n`);
