/** Steps as a function in AT&T text: registers chosen, the frame laid out. */
import type { KernelRequest } from '@loopsmith/codegen-c-family';
import { signed } from './integers.js';
import type { Integer, Operand, Step, Vector } from './instruction.js';
import { colour, crowdedOut, intervalsOf, type Interval } from './registers.js';
import { withoutDead } from './remove-dead.js';
import { spilled } from './spill.js';
import type { Steps } from './statements.js';
import { unwritten } from './unwritten.js';

/** Those a caller keeps come last; `%rax`, `%rcx`, `%rdx` belong to the steps, `%rbp` to the frame. `%rdi` and `%rsi` are the caller's words until the kernel is entered. */
const integerRegisters = ['%r8', '%r9', '%r10', '%r11', '%rdi', '%rsi', '%rbx', '%r12', '%r13', '%r14', '%r15'] as const;
const handedOver = new Set<string>(['%rdi', '%rsi']), kept = new Set<string>(['%rbx', '%r12', '%r13', '%r14', '%r15']);

export interface VectorFile { readonly count: number; readonly bytes: number }

/** The exported function, which goes on in the one behind it that does the work. */
export const functionText = (program: Steps, { symbol, serial }: Pick<KernelRequest, 'symbol' | 'serial'>, file: VectorFile): readonly string[] => {
  const { steps, vectors } = chosenVectors(program.steps, program.vectors, file);
  const words = intervalsOf(steps, 'integer'), count = integerRegisters.length;
  const integers = colour(words, crowdedOut(words, count)!, count, (r, { from }) => !handedOver.has(integerRegisters[r]!) || from >= 2 * program.entered);
  const places = new Map<string, number>();
  let frame = 0;
  const placed = (key: string, bytes: number): string => {
    const at = places.get(key) ?? frame;
    if (!places.has(key)) { places.set(key, at); frame += bytes; }
    return `${at}(%rsp)`;
  };
  // vectors first, so that their places are aligned
  for (const step of steps) if (step.kind === 'instruction') for (const operand of step.operands) if (typeof operand !== 'string' && operand.kind === 'slot') placed(`v${operand.id}`, file.bytes);

  const lines: string[] = [];
  const line = (name: string, operands: readonly string[]): void => { lines.push(`\t${name}${operands.length > 0 ? ` ${operands.join(', ')}` : ''}`); };
  const integerText = ({ id }: Integer): string => { const register = integers.get(id); return register === undefined ? placed(`i${id}`, 8) : integerRegisters[register]!; };
  const vectorText = ({ id, lanes, masked }: Vector): string => `%${lanes === 16 ? 'z' : lanes === 8 ? 'y' : 'x'}mm${vectors.get(id)!}${masked ? '{%k1}{z}' : ''}`;
  const textOf = (operand: Operand): string => {
    if (typeof operand === 'string') return operand;
    switch (operand.kind) {
      case 'integer': return integerText(operand);
      case 'vector': return vectorText(operand);
      case 'slot': return placed(`v${operand.id}`, file.bytes);
      case 'memory': {
        const base = integerText(operand.base), onStack = base.endsWith(')');
        if (onStack) line('movq', [base, '%rdx']);
        return `${operand.displacement === 0 ? '' : signed(operand.displacement)}(${onStack ? '%rdx' : base})${operand.broadcast === undefined ? '' : `{1to${operand.broadcast}}`}`;
      }
      default: return operand satisfies never;
    }
  };

  /** Whether the number that the line before put into `%rax` can go to its place at once: no instruction moves memory to memory. Nothing reads `%rax` once it is stored. */
  const straight = (before: string | undefined, to: string): boolean => before !== undefined && /^\tmovq .*, %rax$/.test(before) && !(before.includes('(') && to.includes('('));

  for (const step of steps) switch (step.kind) {
    case 'instruction': {
      const { name, operands } = step, texts = operands.map(textOf);
      if (name === 'clear') line('vxorps', [texts[0]!, texts[0]!, texts[0]!].map((text) => text.replace(/^%[zy]/, '%x')));
      else if ((name === 'vmovaps' || name === 'movq') && texts[0] === texts[1]) break;
      else if (name === 'movq' && texts[0] === '%rax' && straight(lines.at(-1), texts[1]!)) line('movq', [lines.pop()!.slice('\tmovq '.length, -', %rax'.length), texts[1]!]);
      else if (texts.at(-1) === '{%k1}') line(name, [...texts.slice(0, -2), `${texts.at(-2)}{%k1}`]);
      else line(name, texts);
      break;
    }
    case 'jump': line(step.name, [step.to]); break;
    case 'label': lines.push(`${step.name}:`); break;
    case 'begin': lines.push(`\t.p2align ${step.innermost ? 5 : 4}`, `${step.name}:`); break;
    case 'end': break;
    default: step satisfies never;
  }

  const body = `${symbol}_body`, begin = (name: string): readonly string[] => ['\t.p2align 4', `\t.globl ${name}`, `\t.type ${name}, @function`, `${name}:`];
  const used = new Set(integers.values()), saved = integerRegisters.filter((name, r) => kept.has(name) && used.has(r));
  const pool = program.constants.flatMap(({ label, value, times }) => ['\t.p2align 5', `${label}:`, ...Array.from({ length: times }, () => `\t.long ${bitsOf(value)}`)]);
  return [
    ...(pool.length > 0 ? ['\t.pushsection .rodata', ...pool, '\t.popsection'] : []),
    '\t.pushsection .text', ...begin(symbol),
    ...(serial ? ['\ttestl %edx, %edx', `\tjne .L${symbol}_idle`] : []), '\tmovslq %edx, %rdx', '\tmovslq %ecx, %rcx', `\tjmp ${body}`, ...(serial ? [`.L${symbol}_idle:`, '\tret'] : []),
    `\t.size ${symbol}, .-${symbol}`, `\t.hidden ${body}`, ...begin(body),
    '\tpushq %rbp', '\tmovq %rsp, %rbp', ...saved.map((name) => `\tpushq ${name}`), ...(frame > 0 ? [`\tsubq $${frame}, %rsp`, `\tandq $-${file.bytes}, %rsp`] : []),
    ...lines,
    '\tvzeroupper', ...(frame > 0 ? [`\tleaq -${8 * saved.length}(%rbp), %rsp`] : []), ...[...saved].reverse().map((name) => `\tpopq ${name}`), '\tpopq %rbp', '\tret',
    `\t.size ${body}, .-${body}`, '\t.popsection',
  ];
};

/** Every vector in a register: those that crowd the others out are spilled until all that is left fits. `made`: how many numbers are taken. */
const chosenVectors = (given: readonly Step[], made: number, { count, bytes }: VectorFile): { readonly steps: readonly Step[]; readonly vectors: ReadonlyMap<number, number> } => {
  let steps = withoutDead(given), next = made;
  for (;;) {
    const intervals: ReadonlyMap<number, Interval> = intervalsOf(steps, 'vector'), without = crowdedOut(intervals, count, (id) => id >= made) ?? unwritten('more operands than registers');
    if (without.size === 0) return { steps, vectors: colour(intervals, without, count) };
    steps = spilled(steps, without, bytes / 4, () => next++);
  }
};

const bitsOf = (value: number): number => new Uint32Array(new Float32Array([value]).buffer)[0]!;
