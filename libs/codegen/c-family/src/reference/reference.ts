/**
 * The reference: a definition as plain C99, unscheduled, in double. It is the truth that every candidate is compared with
 * in full, so it is printed straight from the definition and optimises nothing. Means what `evaluate` means, but for one
 * thing: f32 stages stay in double (a kernel may keep them in registers, unrounded, and is judged against the exact value);
 * stages of every other dtype are rounded to it. `evaluate` checks it at points.
 */
import {
  elementsOf, extentOf, identityOf, isFloat, operatorOfReduction, outputOf, stageText,
  type Definition, type DType, type LoopVariable, type Reduction, type Stage, type Tensor,
} from '@loopsmith/ir';
import { code } from '@loopsmith/util';
import { helpers, type Helper } from './helpers.js';
import { rowAxis } from './row-axis.js';
import { binaryInC, castInC, numberInC, storedType, valueInC, widenedType, type Names, type Place } from './value.js';

/**
 * A translation unit that exports
 * `void loopsmith_reference(const void *const *inputs, void *output)`:
 * inputs in the definition's order, compile-time ones too, row-major in their dtypes; output as row-major doubles, integers
 * too. Needs libm and, for intermediate stages, malloc; without memory it aborts. Link with -lm; compile without -ffast-math.
 */
export const referenceSource = (definition: Definition): string => {
  const used = new Set<Helper>();
  const places = new Map<string, Place>();
  const place = (tensor: Tensor, name: string, raw: boolean): string => { places.set(tensor.name, { tensor, name, raw }); return name; };
  const output = outputOf(definition);
  const inputs = definition.inputs.map((input, i) => `const ${storedType[input.dtype]} *${place(input, `i${i}`, true)} = inputs[${i}];`);
  const tables = definition.tables.map((table, i) =>
    `static const ${isFloat(table.dtype) ? 'double' : 'int64_t'} ${place(table, `t${i}`, false)}[] = {${table.values.map((value) => numberInC(table.dtype, value)).join(', ')}};`);
  const kept = definition.stages.filter((stage) => stage !== output);
  kept.forEach((stage, i) => place(stage, `s${i}`, false));
  place(output, 'out', false);
  const stages = definition.stages.map((stage) => stageInC(stage, places, used, stage === output));
  return code`
    #include <math.h>
    #include <stdint.h>
    #include <stdlib.h>

    ${Object.entries(helpers).filter(([name]) => used.has(name as Helper)).map(([, text]) => text)}
    ${tables}

    void loopsmith_reference(const void *const *inputs, void *output) {
      ${definition.inputs.length === 0 ? ['(void)inputs;'] : inputs}
      ${kept.map((stage, i) => `${widenedType(stage.dtype)} *s${i} = malloc(${elementsOf(stage)} * sizeof *s${i});`)}
      ${kept.length === 0 ? [] : [`if (${kept.map((_, i) => `!s${i}`).join(' || ')}) abort();`]}
      double *restrict out = output;
      ${stages}
      ${kept.map((_, i) => `free(s${i});`)}
    }
  ` + '\n';
};

/** The loop nest of one stage, its points row-major, every sum in the order of its reduction axes. */
const stageInC = (stage: Stage, places: ReadonlyMap<string, Place>, used: Set<Helper>, isOutput: boolean): string => {
  const axes = new Map([...stage.axes.map((axis, i) => [axis.name, `v${i}`] as const), ...(stage.reduce?.axes ?? []).map((axis, i) => [axis.name, `r${i}`] as const)]);
  const names: Names = {
    place: (tensor) => places.get(tensor) ?? unknown(stage, tensor),
    variable: (name) => axes.get(name) ?? unknown(stage, name),
    use: (helper) => { used.add(helper); return helper; },
  };
  const { name } = names.place(stage.name);
  const value = valueInC(stage.value, names);
  const loop = (loops: readonly LoopVariable[], body: string): string => nest(loops, axes, body);
  const store = (result: string, dtype: DType): string => `*to++ = ${isOutput && !isFloat(stage.dtype) ? '(double)' : ''}${stored(dtype, stage.dtype, result, names)};`;
  return code`
    /* ${stageText(stage)} */
    {
      ${isOutput ? 'double' : widenedType(stage.dtype)} *restrict to = ${name};
      ${stage.reduce ? reductionInC(stage, stage.reduce, value, names, loop, store) : loop(stage.axes, store(value, stage.dtype))}
    }
  `;
};

/** One sum at a time, or a row of sums where neighbours in the last axis read neighbours: several times as fast and the same to the bit. */
const reductionInC = (
  stage: Stage, { operator, accumulate, axes: over }: Reduction, value: string, names: Names,
  loop: (loops: readonly LoopVariable[], body: string) => string, store: (result: string, dtype: DType) => string,
): string => {
  const type = isFloat(accumulate) ? 'double' : 'int64_t', identity = numberInC(accumulate, identityOf(operator, accumulate));
  const combine = (reduced: string): string =>
    `${reduced} = ${binaryInC(operatorOfReduction(operator), accumulate, reduced, value, names)};`;
  const last = rowAxis(stage, (tensor) => names.place(tensor).tensor);
  if (!last) return loop(stage.axes, code`
    ${type} reduced = ${identity};
    ${loop(over, combine('reduced'))}
    ${store('reduced', accumulate)}
  `);
  const reduced = `row[${names.variable(last.name)}]`;
  return loop(stage.axes.slice(0, -1), code`
    ${type} row[${extentOf(last)}];
    ${loop([last], `${reduced} = ${identity};`)}
    ${loop([...over, last], combine(reduced))}
    ${loop([last], store(reduced, accumulate))}
  `);
};

/** f32 and f64 stay in double; all else becomes a value of the stage's dtype. */
const stored = (from: DType, to: DType, value: string, names: Names): string =>
  to === 'f32' || to === 'f64' ? value : to === 'f16' || to === 'bf16' ? castInC('f64', to, value, names) : castInC(from, to, value, names);

const nest = (loops: readonly LoopVariable[], names: ReadonlyMap<string, string>, body: string): string => {
  const [first, ...rest] = loops;
  if (!first) return body;
  const name = names.get(first.name)!;
  return code`
    for (int64_t ${name} = 0; ${name} <= ${first.last}; ${name}++) {
      ${nest(rest, names, body)}
    }
  `;
};

const unknown = (stage: Stage, name: string): never => {
  throw new Error(`reference: stage ${stage.name} uses "${name}", which it does not have; verify definitions first`);
};
