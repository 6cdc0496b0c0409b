/** What this machine's CPU is, from the kernel's own text files. Reads files; runs nothing and times nothing. */
import { readFile, readdir } from 'node:fs/promises';

export interface HostCpu {
  readonly model: string;
  readonly flags: ReadonlySet<string>;
  readonly cores: number;
  readonly hertz: number;
  readonly caches: { readonly l1: number; readonly l2: number; readonly l3: number };
}

/** `/proc/cpuinfo` as far as it matters here. */
export const parseCpuInfo = (text: string): Pick<HostCpu, 'model' | 'flags' | 'cores' | 'hertz'> => {
  const field = (name: string): string | undefined => new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim();
  const [family, model, stepping] = [field('cpu family'), field('model'), field('stepping')];
  return {
    // a guest's model name may say nothing ("AMD EPYC"): family and model tell the core apart
    model: `${field('model name') ?? 'unknown CPU'}${family ? ` (family ${family} model ${model ?? '?'} stepping ${stepping ?? '?'})` : ''}`,
    flags: new Set((field('flags') ?? '').split(/\s+/).filter(Boolean)),
    cores: (text.match(/^processor\s*:/gm) ?? []).length || 1,
    hertz: Number(field('cpu MHz') ?? 3000) * 1e6,
  };
};

/** `48K`, `1024K` or `32M` in bytes. */
export const parseCacheSize = (text: string): number => {
  const match = /^(\d+)([KMG]?)/.exec(text.trim());
  if (!match) return 0;
  const unit = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[match[2] as '' | 'K' | 'M' | 'G'];
  return Number(match[1]) * unit;
};

const cachesOf = async (): Promise<HostCpu['caches']> => {
  const sizes = { l1: 32 << 10, l2: 512 << 10, l3: 16 << 20 };
  const directory = '/sys/devices/system/cpu/cpu0/cache';
  try {
    for (const index of await readdir(directory)) {
      if (!index.startsWith('index')) continue;
      const read = async (name: string): Promise<string> => (await readFile(`${directory}/${index}/${name}`, 'utf8')).trim();
      if (await read('type') === 'Instruction') continue;
      const level = await read('level'), size = parseCacheSize(await read('size'));
      if (level === '1') sizes.l1 = size;
      else if (level === '2') sizes.l2 = size;
      else if (level === '3') sizes.l3 = size;
    }
  } catch {
    // a container may hide them; the common sizes above rank well enough
  }
  return sizes;
};

export const readHost = async (): Promise<HostCpu> => ({ ...parseCpuInfo(await readFile('/proc/cpuinfo', 'utf8')), caches: await cachesOf() });
