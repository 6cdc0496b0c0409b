/** What this printer of assembly has no words for; the kernel is left to the compiler of C then. */
export class Unwritten extends Error {}

export const unwritten = (what: string): never => {
  throw new Unwritten(what);
};
