/**
 * The text of a Program, read by people, goldens and `parseProgram`. Perfectly nested loops share a line, a body of one
 * simple statement follows its head after `:` where the line stays short. It is not C, and says nothing an emitter decides.
 */
import { conditionText, indexText, sameIndex, type LoopVariable } from '../index/index-expression.js';
import type { LoopKind } from '../schedule/plan.js';
import { operationText } from '../tensor/text.js';
import { extentOf } from '../tensor/tensor.js';
import { typeOf, type Buffer, type Expression, type Kernel, type Program, type SimpleStatement, type Statement } from './program.js';

/** Longest line that a one-statement body may share with its head. */
const lineWidth = 140;

/** Buffers in ABI order, then kernels. `parseProgram` reads it back to an equal program. */
export const printProgram = (program: Program): string =>
  [...program.buffers.map((buffer) => `buffer ${bufferText(buffer, 'global')}`), ...program.kernels.map(printKernel)].join('\n') + '\n';

export const printKernel = (kernel: Kernel): string => {
  const { launch } = kernel;
  const head = `kernel ${kernel.name}${launch ? ` launch blocks ${launch.blocks.join(' ')}, threads ${launch.threads.join(' ')}, shared ${launch.sharedBytes} bytes` : ''}`;
  return [head, ...bodyLines(kernel.body, '  ')].join('\n');
};

/** `X: f32[4096] input slack 448`; what the place implies (`global` in the header, `temporary` everywhere) is left out. */
const bufferText = (buffer: Buffer, impliedScope: Buffer['scope'] | null): string =>
  `${buffer.name}: ${buffer.dtype}[${buffer.size}]${buffer.scope === impliedScope ? '' : ` ${buffer.scope}`}${buffer.role === 'temporary' ? '' : ` ${buffer.role}`}${buffer.slack === 0 ? '' : ` slack ${buffer.slack}`}`;

const bodyLines = (body: readonly Statement[], indent: string): string[] => body.flatMap((statement) => statementLines(statement, indent));

const statementLines = (statement: Statement, indent: string): string[] => {
  switch (statement.kind) {
    case 'for': {
      const loops = [loopText(statement.variable, statement.as)];
      let { body } = statement;
      for (let only = body[0]; body.length === 1 && only?.kind === 'for'; only = body[0]) {
        loops.push(loopText(only.variable, only.as));
        body = only.body;
      }
      return headWithBody(`${indent}for ${loops.join(', ')}`, body, indent);
    }
    case 'if': return headWithBody(`${indent}if ${conditionText(statement.when)}`, statement.body, indent);
    default: return [indent + simpleText(statement)];
  }
};

const headWithBody = (head: string, body: readonly Statement[], indent: string): string[] => {
  const only = body[0];
  if (body.length === 1 && only !== undefined && only.kind !== 'for' && only.kind !== 'if') {
    const line = `${head}: ${simpleText(only)}`;
    if (line.length <= lineWidth) return [line];
  }
  return [head, ...bodyLines(body, `${indent}  `)];
};

const loopText = (variable: LoopVariable, as: LoopKind): string =>
  `${variable.name} ${variable.first === 0 ? `< ${extentOf(variable)}` : `in ${variable.first}..${variable.last}`}${as === 'serial' ? '' : ` ${loopKindText(as)}`}`;

/** `parallel`, `unrolled`, `block.x`. */
export const loopKindText = (as: LoopKind): string => (typeof as === 'string' ? as : `${as.bound}.${as.dimension}`);

const firstText = (first: number | undefined): string => (first === undefined ? '' : ` first ${first}`);

/** On one line. */
export const simpleText = (statement: SimpleStatement): string => {
  switch (statement.kind) {
    case 'declare': return `declare ${bufferText(statement.buffer, null)}`;
    case 'store': return assignment(`${statement.buffer.name}[${indexText(statement.at)}]`, statement.value,
      (target) => target.kind === 'load' && target.buffer.name === statement.buffer.name && sameIndex(target.at, statement.at));
    case 'barrier': return `barrier block ${statement.id}`;
    case 'let': return `let ${statement.name} = ${expressionText(statement.value)}`;
    case 'set': return assignment(`set ${statement.name}`, statement.value, (target) => target.kind === 'register' && target.name === statement.name);
    case 'address': return `address ${statement.name} = ${statement.buffer.name} + ${indexText(statement.at)}`;
    case 'write': return `write ${statement.base ?? statement.buffer.name}[${indexText(statement.at)}]${firstText(statement.first)} = ${expressionText(statement.value)}`;
    default: return statement satisfies never;
  }
};

/** `target += v` stands for `target = target + v`, nothing else. */
const assignment = (target: string, value: Expression, isTarget: (operand: Expression) => boolean): string =>
  value.kind === 'binary' && value.operator === 'add' && isTarget(value.left)
    ? `${target} += ${expressionText(value.right)}`
    : `${target} = ${expressionText(value)}`;

/** An expression in the words of the definition's text, with the fewest parentheses. `above`: how tightly what surrounds it binds. */
export const expressionText = (expression: Expression, above = 0): string => {
  const call = (name: string, ...parts: readonly Expression[]): string => `${name}(${parts.map((part) => expressionText(part)).join(', ')})`;
  switch (expression.kind) {
    case 'load': return `${expression.buffer.name}[${indexText(expression.at)}]`;
    case 'register': return expression.name;
    case 'read': return `load${expression.type.lanes} ${expression.base ?? expression.buffer.name}[${indexText(expression.at)}]${firstText(expression.first)}`;
    case 'broadcast': return call(`broadcast${expression.lanes}`, expression.of);
    case 'lane': return call(`lane${expression.lane}`, expression.of);
    case 'across': return call(`across_${expression.operator}`, expression.of);
    case 'gather': return `gather${expression.type.lanes} ${expression.base ?? expression.buffer.name}[${indexText(expression.at)}] step ${expression.step}`;
    case 'assemble': return call(`assemble_${expression.dtype}`, ...expression.lanes);
    default: return operationText(expression, above, expressionText);
  }
};

/** For messages: `f32 x 8` or `f32`. */
export const typeText = (expression: Expression): string => {
  const { dtype, lanes } = typeOf(expression);
  return lanes === 1 ? dtype : `${dtype} x ${lanes}`;
};
