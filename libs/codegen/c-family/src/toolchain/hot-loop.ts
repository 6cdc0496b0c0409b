/**
 * Reads what a compiler made of a function: the innermost loop with the most multiply-adds, its instructions and its
 * accesses to the stack. Two such accesses in a loop of twelve multiply-adds halve its speed, so they are a build result.
 * Understands the assembly text of gcc and clang for x86-64, Arm (both states) and RISC-V; judges nothing.
 */

export interface HotLoop {
  readonly instructions: number;
  readonly multiplyAdds: number;
  readonly stackAccesses: number;
  /** Its lines, from its label to the branch that closes it. */
  readonly text: string;
}

export const noLoop: HotLoop = { instructions: 0, multiplyAdds: 0, stackAccesses: 0, text: '' };
const label = /^([.\w$]+):/;
const instruction = /^\s+([a-z][\w.]*)/;
// x86; aarch64, 32-bit Arm and RISC-V, whose branches all start with b but for those that compare with zero
const jump = /^\s+(?:j[a-z]*|b(?:\.?[a-z]{2,4})?|cbn?z|tbn?z)\s+(?:.*,\s*)?(\.L[\w$]+)/;
const multiplyAdd = /^\s+(?:vfn?m(?:add|sub)\w*|fml[as]|fn?m(?:add|sub)|vfm[as]|vml[as]|vfn?m(?:acc|add)\.v[fv])\b/;
const framePointer = /^\s+movq\s+%rsp, %rbp/;

/** The hot loop of `symbol`, or of the clone gcc made of it (`symbol.constprop.0`); all zeros when it has no loop. */
export const hotLoop = (assembly: string, symbol: string): HotLoop => {
  const lines = functionLines(assembly, symbol);
  const places = new Map<string, number>();
  lines.forEach((line, i) => { const found = label.exec(line); if (found) places.set(found[1]!, i); });
  const loops: { readonly from: number; readonly to: number }[] = [];
  lines.forEach((line, to) => {
    const from = places.get(jump.exec(line)?.[1] ?? '');
    if (from !== undefined && from < to) loops.push({ from, to });
  });
  const innermost = loops.filter((a) => !loops.some((b) => b !== a && b.from >= a.from && b.to <= a.to && (b.from !== a.from || b.to !== a.to)));
  // on Arm and RISC-V also an address that is computed from the stack pointer, as 32-bit Arm spills vectors
  const stack = lines.some((line) => framePointer.test(line)) ? /\(%r[sb]p|[\s,[(]sp\b|\[x29\b/ : /\(%rsp|[\s,[(]sp\b|\[x29\b/;
  return innermost.map(({ from, to }): HotLoop => {
    const loop = lines.slice(from, to + 1), body = loop.filter((line) => instruction.test(line));
    return {
      instructions: body.length,
      multiplyAdds: body.filter((line) => multiplyAdd.test(line)).length,
      stackAccesses: body.filter((line) => stack.test(line)).length,
      text: loop.join('\n'),
    };
  }).reduce(hotter, noLoop);
};

/**
 * The body behind an exported function (see `print-kernels`), as it is called there: of two bodies of the same code in one unit, gcc keeps
 * the first for both.
 */
export const bodyOf = (assembly: string, symbol: string): string =>
  functionLines(assembly, symbol).map((line) => /\s([\w$]+_body)\b/.exec(line)?.[1]).find((body) => body !== undefined) ?? `${symbol}_body`;

/** The one with more multiply-adds, then with more instructions. */
export const hotter = (a: HotLoop, b: HotLoop): HotLoop =>
  b.multiplyAdds > a.multiplyAdds || (b.multiplyAdds === a.multiplyAdds && b.instructions > a.instructions) ? b : a;

const functionLines = (assembly: string, symbol: string): readonly string[] => {
  const lines = assembly.split('\n');
  const head = new RegExp(`^${symbol.replace(/[$.]/g, '\\$&')}(?:\\.(?!cold)[\\w.]+)?:`);
  const start = lines.findIndex((line) => head.test(line));
  if (start < 0) return [];
  const end = lines.findIndex((line, i) => i > start && /^\s+\.size\s/.test(line));
  return lines.slice(start, end < 0 ? undefined : end);
};
