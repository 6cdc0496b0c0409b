/** The build stage as a worker: a batch of candidates to artifacts in the store. A candidate that does not compile is an answer. */
import type { Artifact, Builder, Candidate } from '@loopsmith/contracts';
import { parseSchedule } from '@loopsmith/ir';
import { build, type Built, type Proposed } from '@loopsmith/stages';
import { fail, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { kernelText, type ArtifactRef, type ArtifactStore, type BuildAnswer, type BuildRequest, type Outgoing, type WireCandidate, type WireOutcome } from '@loopsmith/wire';
import { readFile } from 'node:fs/promises';
import { lastValueFrom, of } from 'rxjs';
import type { Answering } from './answering.js';
import { LIBRARIES, recentFiles } from './recent-files.js';
import { storedTasks } from './stored.js';

export const buildWork = (builder: Builder, store: ArtifactStore, { worker, now }: Answering) => {
  const taskOf = storedTasks(store), used = recentFiles(LIBRARIES);
  return async (request: BuildRequest): Promise<readonly Outgoing[]> => {
    const task = await taskOf(request.task);
    const candidates = request.candidates.map(({ id, point, schedule }: WireCandidate): Candidate => ({ id, task: task.key, point, schedule: unwrap(parseSchedule(schedule)) }));
    const proposed: Proposed = { task, batch: 0, purpose: 'search', candidates, known: new Map() };
    // the very stage of a run in one process; a batch of this size is one call of the builder there too
    const { artifacts }: Built = await lastValueFrom(of(proposed).pipe(build(builder, new AbortController().signal)));
    const libraries = new Map<string, string>();
    const outcome: WireOutcome<ArtifactRef>[] = [];
    for (const { id } of candidates) outcome.push(await stored(artifacts.get(id)!, libraries, store));
    for (const library of libraries.keys()) await used(library);
    return [{ topic: 'built', message: { v: 1, id: request.id, job: request.job, worker, at: now(), outcome: succeed(outcome) } satisfies BuildAnswer }];
  };
};

/** Puts the kernel and the library it is in, once per library, where measuring workers find them. */
const stored = async (built: Outcome<Artifact>, libraries: Map<string, string>, store: ArtifactStore): Promise<WireOutcome<ArtifactRef>> => {
  if (!built.ok) return fail({ ...built.failure, ...(built.failure.text === undefined ? {} : { text: built.failure.text.slice(0, 20_000) }) });
  const { id, candidate, library, kernel, report } = built.value;
  let bytes = libraries.get(library);
  if (bytes === undefined) libraries.set(library, bytes = await store.put(await readFile(library)));
  return succeed({ id, candidate, kernel: await store.put(kernelText(kernel)), library: bytes, report });
};
