/**
 * What a worker has done and not yet told everyone: a file of its own, synced before anything is sent. After a crash it says
 * what is to be sent again, what need not be done again, and how often something was begun and never ended. Sends nothing itself.
 */
import type { Outgoing } from '@loopsmith/wire';
import { closeSync, existsSync, fdatasyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Answers that are remembered; a redelivery comes within seconds, so this is plenty. */
const KEPT = 2000;

type Line = { readonly begun: string } | { readonly done: string; readonly messages: readonly Outgoing[] } | { readonly sent: string };

export interface Outbox {
  /** Counts a start; answers how often this was begun without an end, this time included. */
  begin(id: string): number;
  /** Durable when it returns. */
  done(id: string, messages: readonly Outgoing[]): void;
  sent(id: string): void;
  /** What was done: `messages` are still to be sent when not `sent`. */
  find(id: string): { readonly messages: readonly Outgoing[]; readonly sent: boolean } | undefined;
  unsent(): readonly string[];
  close(): void;
}

export const openOutbox = (folder: string): Outbox => {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'outbox.jsonl');
  const begun = new Map<string, number>(), done = new Map<string, { messages: readonly Outgoing[]; sent: boolean }>();
  const apply = (line: Line): void => {
    if ('begun' in line) begun.set(line.begun, (begun.get(line.begun) ?? 0) + 1);
    else if ('done' in line) {
      begun.delete(line.done);
      done.set(line.done, { messages: line.messages, sent: false });
      for (const [id, { sent }] of done) {
        if (done.size <= KEPT) break;
        if (sent) done.delete(id);
      }
    } else {
      const one = done.get(line.sent);
      if (one) one.sent = true;
    }
  };
  for (const text of existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []) {
    // the last line may be torn by a crash: what it told was not durable, so nobody was told
    try { if (text !== '') apply(JSON.parse(text) as Line); } catch { continue; }
  }
  const lines = (): readonly Line[] => [
    ...[...begun].flatMap(([id, times]) => Array.from({ length: times }, (): Line => ({ begun: id }))),
    ...[...done].flatMap(([id, { messages, sent }]): readonly Line[] => [{ done: id, messages }, ...(sent ? [{ sent: id }] : [])]),
  ];
  // what is kept takes the place of the file at once: a start that is cut off loses nothing either
  const shorter = openSync(`${path}.new`, 'w');
  writeSync(shorter, lines().map((line) => `${JSON.stringify(line)}\n`).join(''));
  fdatasyncSync(shorter);
  closeSync(shorter);
  renameSync(`${path}.new`, path);
  const file = openSync(path, 'a');
  const write = (line: Line): void => {
    writeSync(file, `${JSON.stringify(line)}\n`);
    apply(line);
  };
  return {
    begin: (id) => {
      write({ begun: id });
      return begun.get(id)!;
    },
    done: (id, messages) => {
      write({ done: id, messages });
      fdatasyncSync(file);
    },
    sent: (id) => { write({ sent: id }); },
    find: (id) => done.get(id),
    unsent: () => [...done].flatMap(([id, { sent }]) => (sent ? [] : [id])),
    close: () => { closeSync(file); },
  };
};
