/**
 * Reads the text of a Program; the inverse of `printProgram`. Names resolve by scope: loops, buffers, registers and
 * addresses must be bound before they are used. Whether the program is sound is for `verifyProgram` to say.
 */
import { attempt, type Outcome } from '@loopsmith/util';
import { isDType } from '../dtype.js';
import { parseCondition, parseIndex, type Scope as VariableScope } from '../index/parse.js';
import type { Index, LoopVariable } from '../index/index-expression.js';
import type { LoopKind } from '../schedule/plan.js';
import type { Scope } from '../schedule/step.js';
import { binaryOperators, type Operation } from '../tensor/operation.js';
import { readOperation, type OperationReader } from '../tensor/parse-operation.js';
import { cursorOver, tokenize, unreadable, type Cursor } from '../text/tokens.js';
import { isAcrossOperator, typeOf, type Buffer, type Expression, type Kernel, type Launch, type Program, type Statement, type Type } from '../loops/program.js';

/** A program, or the first line that cannot be read and what was expected there. */
export const parseProgram = (text: string): Outcome<Program> => attempt(() => new Reader(cursorOver(tokenize(text))).program());

const scopes: readonly string[] = ['global', 'scratch', 'shared', 'register'] satisfies readonly Scope[];
const roles: readonly string[] = ['input', 'compile', 'output', 'temporary'] satisfies readonly Buffer['role'][];
const plainKinds: readonly string[] = ['serial', 'unrolled', 'vectorized', 'parallel'] satisfies readonly LoopKind[];

class Reader implements OperationReader<Expression> {
  private variables = new Map<string, LoopVariable>();
  private buffers = new Map<string, Buffer>();
  /** What `let`, `set` and `address` named so far in this kernel; that a use follows its definition on every path is verified, not parsed. */
  private readonly registers = new Map<string, Type>();
  private readonly addresses = new Map<string, Buffer>();

  readonly cursor: Cursor;
  readonly scope: VariableScope = (name) => this.variables.get(name);
  constructor(cursor: Cursor) { this.cursor = cursor; }

  program(): Program {
    const buffers: Buffer[] = [], kernels: Kernel[] = [];
    for (this.cursor.skipNewlines(); this.cursor.peek().kind !== 'end'; this.cursor.skipNewlines()) {
      if (this.cursor.accept('buffer')) { buffers.push(this.buffer('global')); this.endOfLine(); }
      else if (this.cursor.accept('kernel')) kernels.push(this.kernel());
      else this.cursor.refuse('"buffer" or "kernel"');
    }
    return { kernels, buffers };
  }

  /** name ':' dtype '[' size ']' [scope] [role] ['slack' int] */
  private buffer(scope: Scope): Buffer {
    const name = this.cursor.name(), dtype = this.cursor.after(':').dtype(), size = this.cursor.after('[').integer();
    this.cursor.expect(']');
    const word = <T extends string>(words: readonly string[], otherwise: T): T => (words.includes(this.cursor.peek().text) ? (this.cursor.name() as T) : otherwise);
    const buffer: Buffer = { name, dtype, size, scope: word(scopes, scope), role: word(roles, 'temporary'), slack: this.cursor.accept('slack') ? this.cursor.integer() : 0 };
    this.buffers.set(name, buffer);
    return buffer;
  }

  /** 'kernel' name ['launch' 'blocks' x y z ',' 'threads' x y z ',' 'shared' int 'bytes'] and its body */
  private kernel(): Kernel {
    const indent = this.cursor.peek().indent;
    const name = this.cursor.name();
    this.registers.clear();
    this.addresses.clear();
    let launch: Launch | null = null;
    if (this.cursor.accept('launch')) {
      const three = (): [number, number, number] => [this.cursor.integer(), this.cursor.integer(), this.cursor.integer()];
      this.cursor.expect('blocks');
      const blocks = three();
      this.cursor.after(',').expect('threads');
      const threads = three();
      launch = { blocks, threads, sharedBytes: this.cursor.after(',').after('shared').integer() };
      this.cursor.expect('bytes');
    }
    return { name, body: this.block(indent), launch };
  }

  /** What is indented more than `indent`, or one statement after ':'. */
  private body(indent: number): readonly Statement[] {
    return this.cursor.accept(':') ? [this.statement(indent)] : this.block(indent);
  }

  private block(indent: number): readonly Statement[] {
    this.endOfLine();
    const outer = this.buffers;
    this.buffers = new Map(outer);
    const statements: Statement[] = [];
    this.cursor.skipNewlines();
    const own = this.cursor.peek().indent;
    while (this.cursor.peek().kind !== 'end' && this.cursor.peek().indent > indent) {
      if (this.cursor.peek().indent !== own) this.cursor.refuse(`an indentation of ${own} spaces`);
      const { line } = this.cursor.peek();
      statements.push(this.statement(own));
      // a statement that ended in a block stands at the next line already
      if (this.cursor.peek().line === line) this.endOfLine();
      this.cursor.skipNewlines();
    }
    this.buffers = outer;
    return statements;
  }

  private statement(indent: number): Statement {
    const { cursor } = this;
    if (cursor.accept('for')) return this.loop(indent);
    if (cursor.accept('if')) return { kind: 'if', when: parseCondition(cursor, this.scope), body: this.body(indent) };
    // a word is a keyword unless it is a buffer that is being stored to
    if (cursor.peek(1).text !== '[') {
      const word = cursor.name();
      switch (word) {
        case 'declare': return { kind: 'declare', buffer: this.buffer('scratch') };
        case 'barrier': return { kind: 'barrier', id: cursor.after('block').integer() };
        case 'let': {
          const name = cursor.name();
          cursor.expect('=');
          const value = this.expression();
          this.registers.set(name, typeOf(value));
          return { kind: 'let', name, value };
        }
        case 'set': {
          const name = cursor.name();
          const type = this.registers.get(name);
          if (!type && cursor.peek().text === '+=') return cursor.refuse('"=", as the register has no value yet');
          const value = this.assigned(() => ({ kind: 'register', name, type: type! }));
          this.registers.set(name, typeOf(value));
          return { kind: 'set', name, value };
        }
        case 'address': {
          const name = cursor.name();
          cursor.expect('=');
          const buffer = this.bufferNamed();
          cursor.expect('+');
          this.addresses.set(name, buffer);
          return { kind: 'address', name, buffer, at: this.index() };
        }
        case 'write': {
          const place = { ...this.place(), ...this.first() };
          cursor.expect('=');
          return { kind: 'write', ...place, value: this.expression() };
        }
        default: return unreadable(`line ${cursor.peek().line}: expected a statement, found "${word}"`);
      }
    }
    const buffer = this.bufferNamed();
    const at = this.bracketed();
    return { kind: 'store', buffer, at, value: this.assigned(() => ({ kind: 'load', buffer, at })) };
  }

  /** name ('<' int | 'in' int '..' int) [kind] {',' ..} body: a perfect nest */
  private loop(indent: number): Statement {
    const { cursor } = this;
    const name = cursor.name();
    let first = 0, last: number;
    if (cursor.accept('in')) {
      first = cursor.integer();
      last = cursor.after('..').integer();
    } else last = cursor.after('<').integer() - 1;
    const variable: LoopVariable = { kind: 'variable', name, first, last };
    const as = this.loopKind();
    const outer = this.variables;
    this.variables = new Map(outer).set(name, variable);
    const body = cursor.accept(',') ? [this.loop(indent)] : this.body(indent);
    this.variables = outer;
    return { kind: 'for', variable, as, body };
  }

  private loopKind(): LoopKind {
    const token = this.cursor.peek();
    if (token.kind !== 'name') return 'serial';
    const bound = /^(block|thread)\.([xyz])$/.exec(token.text);
    if (!bound && !plainKinds.includes(token.text)) return this.cursor.refuse('a kind of loop, "," or a body');
    this.cursor.next();
    return bound ? { bound: bound[1] as 'block' | 'thread', dimension: bound[2] as 'x' | 'y' | 'z' } : (token.text as LoopKind);
  }

  /** '=' value, or '+=' value for target + value */
  private assigned(target: () => Expression): Expression {
    if (this.cursor.accept('+=')) return { kind: 'binary', operator: 'add', left: target(), right: this.expression() };
    this.cursor.expect('=');
    return this.expression();
  }

  made(operation: Operation<Expression>): Expression { return operation; }
  private expression(): Expression { return readOperation<Expression>(this); }

  /** load<lanes> place ['first' int] | gather<lanes> place 'step' int | buffer '[' index ']' | register */
  leaf(): Expression {
    const { cursor } = this, next = cursor.peek(1);
    if (next.text === '[') return { kind: 'load', buffer: this.bufferNamed(), at: this.bracketed() };
    const word = cursor.name();
    const access = /^(load|gather)(\d+)$/.exec(word);
    if (access && next.kind === 'name') {
      const place = this.place();
      const type: Type = { dtype: place.buffer.dtype, lanes: Number(access[2]) };
      if (access[1] === 'load') return { kind: 'read', type, ...place, ...this.first() };
      return { kind: 'gather', type, ...place, step: cursor.after('step').integer() };
    }
    const type = this.registers.get(word);
    return type ? { kind: 'register', name: word, type } : this.unknown('register', word);
  }

  /** broadcast<lanes> | lane<number> | across_<operator> | assemble_<dtype> */
  call(name: string, parts: readonly Expression[]): Expression | undefined {
    const [, word, number] = /^(broadcast|lane)(\d+)$/.exec(name) ?? /^(across|assemble)_(\w+)$/.exec(name) ?? [], [of, ...more] = parts;
    if (!of || number === undefined) return undefined;
    if (word === 'assemble') return isDType(number) ? { kind: 'assemble', dtype: number, lanes: parts } : undefined;
    if (more.length > 0) return undefined;
    if (word === 'broadcast') return { kind: 'broadcast', of, lanes: Number(number) };
    if (word === 'lane') return { kind: 'lane', of, lane: Number(number) };
    const operator = binaryOperators.filter(isAcrossOperator).find((each) => each === number);
    return operator && { kind: 'across', operator, of };
  }

  /** A buffer or a named address, with an offset in brackets. */
  private place(): { buffer: Buffer; base: string | null; at: Index } {
    const based = this.addresses.get(this.cursor.peek().text);
    return based ? { buffer: based, base: this.cursor.name(), at: this.bracketed() } : { buffer: this.bufferNamed(), base: null, at: this.bracketed() };
  }

  /** ['first' int] */
  private first(): { readonly first?: number } { return this.cursor.accept('first') ? { first: this.cursor.integer() } : {}; }

  private bracketed(): Index {
    this.cursor.expect('[');
    const at = this.index();
    this.cursor.expect(']');
    return at;
  }

  private bufferNamed(): Buffer {
    const name = this.cursor.name();
    return this.buffers.get(name) ?? this.unknown('buffer', name);
  }
  private index(): Index { return parseIndex(this.cursor, this.scope); }
  private endOfLine(): void {
    const { kind } = this.cursor.peek();
    if (kind === 'newline') this.cursor.next();
    else if (kind !== 'end') this.cursor.refuse('the end of the line');
  }
  private unknown(kind: string, name: string): never {
    return unreadable(`line ${this.cursor.peek().line}: no ${kind} named "${name}" is in scope`);
  }
}
