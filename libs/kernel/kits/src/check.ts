/**
 * One thing a plugin has to keep. A check throws an Error that says what was expected; it needs no test framework:
 * `for (const { name, run } of strategyChecks(mine)) it(name, run)`.
 */
export interface Check {
  /** A clause that goes on from the plugin's name: `proposes legal points only`. */
  readonly name: string;
  run(): void | Promise<void>;
}

/** Throws unless `holds`. */
export function demand(holds: boolean, expected: string): asserts holds {
  if (!holds) throw new Error(expected);
}

/** Throws unless both have the same JSON text. */
export const demandSame = (found: unknown, expected: unknown, what: string): void => {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  demand(a === b, `${what}: expected ${shortened(b)}, found ${shortened(a)}`);
};

const shortened = (text: string | undefined): string => (text === undefined ? 'nothing' : text.length > 400 ? `${text.slice(0, 400)}…` : text);
