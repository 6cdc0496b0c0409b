/** One tokenizer for all texts (graph, definition, schedule, loops), and how they write names and numbers. `--` starts a comment; line breaks and indentation are tokens. */
import { refuse } from '@loopsmith/util';
import { isDType, type DType, type TensorType } from '../dtype.js';

/** Refuses a text, in words that say where. */
export const unreadable = (message: string): never => refuse({ code: 'text-unreadable', stage: 'parse', message });

export interface Token { readonly kind: 'name' | 'number' | 'symbol' | 'string' | 'newline' | 'end'; readonly text: string; readonly line: number; readonly indent: number }

const pattern =
  /[ \t]+|--[^\n]*|(\n)|(-?inf\b|nan\b)|([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(\+=|>=|<=|==|!=|->|\.\.|[-+*/%()[\]{}<>=,;:&|.])|("(?:[^"\\\n]|\\.)*")/gy;

/** Whether a text is read back as a name: words of letters, digits and _ with dots between, the first of them neither inf nor nan, which are numbers. */
export const isName = (text: string): boolean => /^(?!inf\b|nan\b)[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(text);

export const tokenize = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  let line = 1, position = 0;
  let indent = /^ */.exec(text)![0].length;
  pattern.lastIndex = 0;
  while (position < text.length) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (!match) return unreadable(`line ${line}: cannot read "${text.slice(position, position + 12)}"`);
    position = pattern.lastIndex;
    if (match[1] !== undefined) {
      tokens.push({ kind: 'newline', text: '\n', line, indent });
      line++;
      indent = /^ */.exec(text.slice(position))![0].length;
    } else if (match[2] !== undefined || match[4] !== undefined) tokens.push({ kind: 'number', text: match[2] ?? match[4]!, line, indent });
    else if (match[3] !== undefined) tokens.push({ kind: 'name', text: match[3], line, indent });
    else if (match[5] !== undefined) tokens.push({ kind: 'symbol', text: match[5], line, indent });
    else if (match[6] !== undefined) tokens.push({ kind: 'string', text: match[6], line, indent }); // a JSON string, with its quotes
  }
  tokens.push({ kind: 'end', text: '', line, indent: 0 });
  return tokens;
};

/** A cursor over tokens; every refusal names the line, what was found and what was expected. */
export interface Cursor {
  peek(ahead?: number): Token;
  next(): Token;
  /** Takes the token when it has this text. */
  accept(text: string): boolean;
  expect(text: string): Token;
  /** The cursor behind a token of this text. */
  after(text: string): Cursor;
  name(): string;
  dtype(): DType;
  /** `f32[64,56,56]` */
  type(): TensorType;
  integer(): number;
  /** As `numberText` writes it. */
  number(): number;
  /** Items between two brackets, with a comma between two. */
  list<T>(open: string, close: string, item: () => T): readonly T[];
  skipNewlines(): void;
  refuse(expected: string): never;
}

export const cursorOver = (tokens: readonly Token[]): Cursor => {
  let at = 0;
  const last = tokens[tokens.length - 1]!;
  const cursor: Cursor = {
    peek: (ahead = 0) => tokens[at + ahead] ?? last,
    next: () => tokens[at++] ?? last,
    accept: (text) => {
      const token = cursor.peek();
      if (token.text !== text || token.kind === 'end') return false;
      at++;
      return true;
    },
    expect: (text) => (cursor.peek().text === text ? cursor.next() : cursor.refuse(`"${text}"`)),
    after: (text) => {
      cursor.expect(text);
      return cursor;
    },
    name: () => (cursor.peek().kind === 'name' ? cursor.next().text : cursor.refuse('a name')),
    dtype: () => {
      const { text } = cursor.peek();
      if (!isDType(text)) return cursor.refuse('a dtype');
      at++;
      return text;
    },
    type: () => ({ dtype: cursor.dtype(), shape: cursor.list('[', ']', cursor.integer) }),
    integer: () => {
      const negative = cursor.accept('-');
      const token = cursor.peek();
      if (token.kind !== 'number' || !/^\d+$/.test(token.text)) return cursor.refuse('an integer');
      at++;
      return negative ? -Number(token.text) : Number(token.text);
    },
    number: () => {
      const negative = cursor.accept('-');
      const token = cursor.peek();
      if (token.kind !== 'number') return cursor.refuse('a number');
      at++;
      const size = token.text === 'inf' ? Infinity : token.text === '-inf' ? -Infinity : token.text === 'nan' ? NaN : Number(token.text);
      return negative ? -size : size;
    },
    list: (open, close, item) => {
      cursor.expect(open);
      if (cursor.accept(close)) return [];
      const items = [item()];
      while (cursor.accept(',')) items.push(item());
      cursor.expect(close);
      return items;
    },
    skipNewlines: () => { while (cursor.peek().kind === 'newline') at++; },
    refuse: (expected) => {
      const token = cursor.peek();
      const found = token.kind === 'end' ? 'the end' : token.kind === 'newline' ? 'the end of the line' : `"${token.text}"`;
      return unreadable(`line ${token.line}: expected ${expected}, found ${found}`);
    },
  };
  return cursor;
};

/** A number as it is read back exactly. */
export const numberText = (value: number): string =>
  Number.isNaN(value) ? 'nan' : value === Infinity ? 'inf' : value === -Infinity ? '-inf' : Object.is(value, -0) ? '-0' : String(value);
