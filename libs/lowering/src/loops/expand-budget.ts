/** How many statements a kernel becomes when its marked loops are written out, and the refusal when that is too many. Expands nothing. */
import { extentOf, type Kernel, type LoopVariable, type Statement } from '@loopsmith/ir';
import { refuse } from '@loopsmith/util';

interface Count { readonly statements: number; readonly worst: { readonly copies: number; readonly loops: readonly LoopVariable[] } }
const nothing: Count = { statements: 0, worst: { copies: 0, loops: [] } };

const countAll = (body: readonly Statement[]): Count => body.map(count).reduce((a, b) => ({
  statements: a.statements + b.statements,
  worst: b.worst.copies > a.worst.copies ? b.worst : a.worst,
}), nothing);

const count = (statement: Statement): Count => {
  if (statement.kind !== 'for' && statement.kind !== 'if') return { statements: 1, worst: { copies: 1, loops: [] } };
  const inner = countAll(statement.body);
  if (statement.kind === 'for' && statement.as === 'unrolled') {
    const extent = extentOf(statement.variable);
    return { statements: inner.statements * extent, worst: { copies: inner.worst.copies * extent, loops: [statement.variable, ...inner.worst.loops] } };
  }
  return { statements: inner.statements + 1, worst: inner.worst };
};

/** Refuses a kernel whose text would have more than `budget` statements, before any of them is made; named values are not counted. */
export const checkBudget = (kernel: Kernel, budget: number): void => {
  const { statements, worst } = countAll(kernel.body);
  if (statements <= budget) return;
  const loops = worst.loops.map((variable) => `${variable.name} (${extentOf(variable)})`).join(', ');
  refuse({
    code: 'program-too-large',
    stage: 'lower',
    message: `kernel ${kernel.name} unrolls to ${statements.toLocaleString('en-US')} statements, more than ${budget.toLocaleString('en-US')}; unroll fewer of ${loops || 'its loops'}`,
  });
};
