/** The stage that compiles a batch, all of it in one call of the builder, batch after batch in order. Builds nothing that is known. */
import type { Artifact, Builder } from '@loopsmith/contracts';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { concatMap } from 'rxjs';
import { guard } from './guard.js';
import type { Built, Proposed, Stage } from './stage.js';
import type { Turns } from './turns.js';

export const build = (builder: Builder, turns: Turns, signal: AbortSignal): Stage<Proposed, Built> =>
  concatMap(async (proposed) => {
    const wanted = [...new Map(proposed.candidates.filter(({ id }) => !proposed.known.has(id)).map((candidate) => [candidate.id, candidate])).values()];
    if (wanted.length === 0 || signal.aborted) return { ...proposed, artifacts: new Map<string, Outcome<Artifact>>() };
    const built = await turns(() => guard('build', `the builder of ${proposed.task.target.id}`, async () => succeed(await builder.build(proposed.task, wanted, signal))));
    const outcomeOf = (i: number): Outcome<Artifact> =>
      built.ok ? built.value[i] ?? fail({ code: 'plugin-crashed', stage: 'build', message: `the builder of ${proposed.task.target.id} answered ${built.value.length} of ${wanted.length} candidates; this is a bug of the plugin` }) : built;
    return { ...proposed, artifacts: new Map(wanted.map(({ id }, i) => [id, outcomeOf(i)])) };
  });
