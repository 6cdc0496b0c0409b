/**
 * The stage that compiles a batch, all of it in one call of the builder. Batches begin as they come and leave in order: what is
 * in flight is bounded by whoever sends. Builds nothing that is known.
 */
import type { Artifact, Builder } from '@loopsmith/contracts';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { concatMap, map, pipe } from 'rxjs';
import { guard } from './guard.js';
import type { Built, Proposed, Stage } from './stage.js';

export const build = (builder: Builder, signal: AbortSignal): Stage<Proposed, Built> => pipe(map((proposed) => buildBatch(builder, proposed, signal)), concatMap((built) => built));

const buildBatch = async (builder: Builder, proposed: Proposed, signal: AbortSignal): Promise<Built> => {
  const wanted = [...new Map(proposed.candidates.filter(({ id }) => !proposed.known.has(id)).map((candidate) => [candidate.id, candidate])).values()];
  if (wanted.length === 0 || signal.aborted) return { ...proposed, artifacts: new Map<string, Outcome<Artifact>>() };
  const built = await guard('build', `the builder of ${proposed.task.target.id}`, async () => succeed(await builder.build(proposed.task, wanted, signal)));
  const outcomeOf = (i: number): Outcome<Artifact> =>
    built.ok
      ? (built.value[i] ??
        fail({
          code: 'plugin-crashed',
          stage: 'build',
          message: `the builder of ${proposed.task.target.id} answered ${built.value.length} of ${wanted.length} candidates; this is a bug of the plugin`,
        }))
      : built;
  return { ...proposed, artifacts: new Map(wanted.map(({ id }, i) => [id, outcomeOf(i)])) };
};
