/**
 * A structured program made ready for a GPU, pass by pass: the launch of every kernel from its bound loops, one thread for what
 * many would store alike, and barriers where threads of a block meet in shared memory. It adds statements and changes none; what
 * cannot be made right is a Failure that says why. Limits are an argument: it knows no device.
 */
import {
  dimensions, divergence, extentOf, indexText, isBound, launchExtent, launchOf, loopKindText, loopVariable, sharedHazards,
  type Hazard, type HardwareIndex, type Kernel, type Launch, type LaunchLimits, type Position, type Program, type Statement,
} from '@loopsmith/ir';
import { attempt, refuse, type Outcome } from '@loopsmith/util';

export const launchKernels = (program: Program, limits: LaunchLimits): Outcome<Program> => attempt(() => ({
  ...program,
  kernels: program.kernels.map((kernel) => insertBarriers(guardReplicas(withLaunch(kernel, limits)))),
}));

const refuseLaunch = (message: string): never => refuse({ code: 'launch-illegal', stage: 'lower', message });

/** The widest bound loop of each hardware index. A kernel in which nothing is bound runs as one thread. */
const withLaunch = (kernel: Kernel, limits: LaunchLimits): Kernel & { readonly launch: Launch } => {
  const launch = launchOf(kernel.body), reason = launchRefusal(launch, limits);
  return reason === null ? { ...kernel, launch } : refuseLaunch(`kernel ${kernel.name} needs ${reason}; bind smaller loops, or place less in shared memory`);
};

/** What of a launch is beyond the limits, as `400 threads a block of 256`; null when nothing is. */
export const launchRefusal = ({ blocks, threads, sharedBytes }: Launch, limits: LaunchLimits): string | null => {
  const total = threads[0] * threads[1] * threads[2];
  if (total > limits.threadsPerBlock) return `${total} threads a block of ${limits.threadsPerBlock}`;
  for (const [i, dimension] of dimensions.entries()) {
    if (threads[i]! > limits.threads[i]!) return `${threads[i]} threads in ${dimension} of ${limits.threads[i]}`;
    if (blocks[i]! > limits.blocks[i]!) return `${blocks[i]} blocks in ${dimension} of ${limits.blocks[i]}`;
  }
  return sharedBytes > limits.sharedBytes ? `${sharedBytes} bytes of shared memory of ${limits.sharedBytes}` : null;
};

/**
 * A store that no loop around it gives to one thread in some direction of the launch would be made by all of them, and doubled
 * where it sums: thread 0 of that direction makes it. Registers belong to each thread, which keeps its own.
 */
const guardReplicas = (kernel: Kernel & { readonly launch: Launch }): Kernel => {
  const indices: readonly HardwareIndex[] = dimensions.flatMap((dimension) => [{ bound: 'thread', dimension } as const, { bound: 'block', dimension } as const])
    .filter((index) => launchExtent(kernel.launch, index) > 1);
  let made = 0;
  const walk = (body: readonly Statement[], bound: ReadonlySet<string>): readonly Statement[] => body.map((statement) => {
    switch (statement.kind) {
      case 'for': return { ...statement, body: walk(statement.body, isBound(statement.as) ? new Set([...bound, loopKindText(statement.as)]) : bound) };
      case 'if': return { ...statement, body: walk(statement.body, bound) };
      case 'store': {
        if (statement.buffer.scope === 'register' || statement.buffer.scope === 'scratch') return statement;
        return indices.filter((index) => !bound.has(loopKindText(index)) && !(index.bound === 'block' && statement.buffer.scope === 'shared'))
          .reduce<Statement>((inner, as) => ({ kind: 'for', variable: loopVariable(`only${++made}`, 1), as, body: [inner] }), statement);
      }
      default: return statement;
    }
  });
  return { ...kernel, body: walk(kernel.body, new Set()) };
};

/** One barrier after the other, until no two threads meet. Each goes as far outside as the two accesses have a body in common. */
const insertBarriers = (kernel: Kernel): Kernel => {
  let current = kernel;
  for (;;) {
    const [hazard] = sharedHazards(current);
    if (hazard === undefined) return numbered(current);
    assertUniform(current, hazard);
    current = { ...current, body: insertedBefore(current.body, hazard.before) };
  }
};

const assertUniform = (kernel: Kernel, { buffer, around, first, second }: Hazard): void => {
  const loops = around.flatMap(({ statement }) => (statement.kind === 'for' ? [{ variable: statement.variable, as: statement.as }] : []));
  const guard = around.flatMap(({ statement }) => (statement.kind === 'if' ? statement.when : []));
  const apart = divergence(loops, guard, kernel.launch);
  if (apart === null) return;
  const need = `kernel ${kernel.name}: \`${second}\` needs a barrier after \`${first}\`, but`;
  refuseLaunch(
    apart.kind === 'guard'
      ? `${need} it lies under the guard \`${indexText(apart.condition)} >= 0\`, which differs between threads; place ${buffer} in a loop outside of ${apart.loop.name}`
      : `${need} only ${extentOf(apart.loop)} of ${apart.threads} threads run the loop ${apart.loop.name} around it; bind loops of one extent, or place ${buffer} outside of ${apart.loop.name}`,
  );
};

const barrier: Statement = { kind: 'barrier', id: 0 };
/** The body itself where nothing changed in it: positions are found by identity. */
const insertedBefore = (body: readonly Statement[], place: Position): readonly Statement[] => {
  if (body === place.body) return body.flatMap((statement) => (statement === place.statement ? [barrier, statement] : [statement]));
  const changed = body.map((statement) => {
    if (statement.kind !== 'for' && statement.kind !== 'if') return statement;
    const inner = insertedBefore(statement.body, place);
    return inner === statement.body ? statement : { ...statement, body: inner };
  });
  return changed.every((statement, i) => statement === body[i]) ? body : changed;
};

const numbered = (kernel: Kernel): Kernel => {
  let next = 0;
  const walk = (body: readonly Statement[]): readonly Statement[] => body.map((statement) =>
    (statement.kind === 'barrier' ? { ...statement, id: next++ } : statement.kind === 'for' || statement.kind === 'if' ? { ...statement, body: walk(statement.body) } : statement));
  return { ...kernel, body: walk(kernel.body) };
};
