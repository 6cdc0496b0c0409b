/** What can be done here for every target: from what the hardware plugins say they need. Installs nothing. */
import type { HardwarePlugin, Requirement } from '@loopsmith/contracts';

export interface TargetReport {
  readonly plugin: string;
  readonly isas: readonly string[];
  readonly requirements: readonly Requirement[];
}

export const targetReports = (plugins: readonly HardwarePlugin[]): Promise<readonly TargetReport[]> =>
  Promise.all(plugins.map(async (plugin) => ({ plugin: plugin.id, isas: plugin.isas, requirements: await plugin.requirements() })));

/**
 * ISAs of a plugin for which nothing of a purpose is missing. Answers are checked on the device itself, or on what stands in for it; where nothing can be
 * built, there is nothing to check or to measure.
 */
const isasFor = ({ isas, requirements }: TargetReport, purpose: Requirement['purpose']): readonly string[] => {
  const needed = (isa: string, of: Requirement['purpose']): readonly Requirement[] => requirements.filter((one) => one.purpose === of && (one.isas?.includes(isa) ?? true));
  const met = (needs: readonly Requirement[]): boolean => needs.every(({ found }) => found !== null);
  return isas.filter((isa) => {
    const own = needed(isa, purpose);
    if (!met(needed(isa, 'build'))) return false;
    return purpose === 'answers' ? met(needed(isa, 'measure')) || (own.length > 0 && met(own)) : met(own);
  });
};

const verbs = { build: 'builds', answers: 'checks answers', measure: 'measures' } as const satisfies Readonly<Record<Requirement['purpose'], string>>;
const purposes = Object.keys(verbs) as readonly (keyof typeof verbs)[];

/** `builds all, checks answers all, measures avx2, sse2`. */
export const abilities = (report: TargetReport): string =>
  purposes.map((purpose) => {
    const able = isasFor(report, purpose);
    return `${verbs[purpose]} ${able.length === report.isas.length ? 'all' : able.length === 0 ? 'none' : able.join(', ')}`;
  }).join('; ');

/** Lines for people: the plugin, what can be done for it here, and each requirement with the way to it where it is missing. */
export const reportLines = (report: TargetReport): readonly string[] => [
  `${report.plugin}: ${report.isas.join(', ')}`,
  `  here: ${abilities(report)}`,
  ...report.requirements.map(
    ({ what, purpose, found, install }) =>
      `  ${found === null ? 'MISSING' : 'found  '} to ${{ build: 'build', answers: 'check answers', measure: 'measure' }[purpose]}: ${what}${found === null ? `; ${install}` : ` (${found})`}`,
  ),
];
