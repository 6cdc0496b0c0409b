/** What machine this is and how much of it others use meanwhile. Reads Linux's text files; decides nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg, release, totalmem } from 'node:os';
import type { Target } from '@loopsmith/contracts';

export interface Machine {
  readonly cpu: string; readonly cores: number; readonly target: string;
  /** Bytes. */
  readonly caches: Target['caches']; readonly memory: number;
  readonly kernel: string; readonly governor: string; readonly compiler: string; readonly node: string;
  readonly loadAverage: readonly number[];
}

export const describeMachine = (target: Target, cpu: string): Machine => {
  const governor = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';
  return {
    cpu, cores: availableParallelism(), target: target.id, caches: target.caches, memory: totalmem(), kernel: release(),
    governor: existsSync(governor) ? readFileSync(governor, 'utf8').trim() : 'not said',
    compiler: execFileSync('gcc', ['--version'], { encoding: 'utf8' }).split('\n')[0]!, node: process.version, loadAverage: loadavg(),
  };
};

/** Shares of one core over a stretch of time: 0.5 is half a core. */
export interface Load { readonly others: number; readonly stolen: number }
/** Above this the figures beside it deserve a warning. */
export const tolerable = 0.08;

interface Ticks { readonly busy: number; readonly stolen: number; readonly own: number; readonly at: number }

/** Starts a stretch; the answer ends it. System CPU time minus that of this process and everything it started. */
export const meterLoad = (): (() => Load) => {
  const before = readTicks();
  return () => {
    const after = readTicks(), elapsed = Math.max(1, after.at - before.at);
    return { others: Math.max(0, after.busy - before.busy - (after.own - before.own)) / elapsed, stolen: (after.stolen - before.stolen) / elapsed };
  };
};

/** Linux counts in hundredths of a second (USER_HZ). */
const readTicks = (): Ticks => {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number);
  return { busy: user + nice + system + irq + softirq, stolen, own: ownTicks(), at: performance.now() / 10 };
};

/** Of this process and all below it; those that have ended count in their parents. */
const ownTicks = (): number => {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((id) => {
    try {
      // the name in parentheses may hold anything, so fields are counted behind it
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      return [{ id: Number(id), parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) }];
    } catch {
      return []; // it has just ended
    }
  });
  const ours = new Set([process.pid]);
  for (let known = 0; known < ours.size;) {
    known = ours.size;
    for (const { id, parent } of processes) if (ours.has(parent)) ours.add(id);
  }
  return processes.reduce((sum, { id, ticks }) => (ours.has(id) ? sum + ticks : sum), 0);
};
