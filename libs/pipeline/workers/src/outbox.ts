/**
 * What a worker has done and not yet told everyone: a file of its own, synced before anything is sent, written anew when it has
 * grown long. After a crash it says what is to be sent again, what need not be done again, and how often something was begun and
 * never told. Sends nothing itself.
 */
import { sharedRuns } from '@loopsmith/util';
import type { Outgoing } from '@loopsmith/wire';
import { closeSync, existsSync, fdatasync, fdatasyncSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Answers that are remembered; a redelivery comes within seconds, so this is plenty. */
const KEPT = 2000;
/** Characters. */
const LONG = 1 << 24;
const syncFile = promisify(fdatasync);

type Line = { readonly begun: string } | { readonly done: string; readonly messages: readonly Outgoing[] } | { readonly sent: string };

export interface Outbox {
  /** Counts a start; answers how often this was begun and not told, this time included. */
  begin(id: string): number;
  /** Durable when it resolves: what is done until `company` resolves becomes durable together. The same again takes the place of the former. */
  done(id: string, messages: readonly Outgoing[], company?: Promise<void>): Promise<void>;
  sent(id: string): void;
  /** What was done, though it may not be durable yet: `messages` are still to be sent when not `sent`; else they are forgotten. */
  find(id: string): { readonly messages: readonly Outgoing[]; readonly sent: boolean } | undefined;
  unsent(): readonly string[];
  close(): void;
}

/** `longest`: characters after which the file is written anew. */
export const openOutbox = (folder: string, longest = LONG): Outbox => {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'outbox.jsonl');
  const begun = new Map<string, number>(), done = new Map<string, { readonly messages: readonly Outgoing[]; readonly sent: boolean }>();
  const apply = (line: Line): void => {
    if ('begun' in line) begun.set(line.begun, (begun.get(line.begun) ?? 0) + 1);
    else if ('done' in line) {
      done.set(line.done, { messages: line.messages, sent: false });
      for (const [id, { sent }] of done) {
        if (done.size <= KEPT) break;
        if (sent) done.delete(id);
      }
    } else {
      begun.delete(line.sent);
      if (done.has(line.sent)) done.set(line.sent, { messages: [], sent: true });
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
  const nameDurable = (): void => {
    const names = openSync(folder, 'r');
    fsyncSync(names);
    closeSync(names);
  };
  /** What is kept takes the place of the file at once: cut off at any moment, nothing is lost. Answers the file to go on in. */
  const shortened = (): number => {
    const text = lines().map((line) => `${JSON.stringify(line)}\n`).join(''), shorter = openSync(`${path}.new`, 'w');
    writeFileSync(shorter, Buffer.from(text));
    fdatasyncSync(shorter);
    renameSync(`${path}.new`, path);
    nameDurable();
    written = text.length;
    return shorter;
  };
  /** `broken`: the last line may lack its end, as where the disk was full; the next begins on a line of its own. */
  let written = 0, broken = false, file = shortened();
  const write = (line: Line): void => {
    const text = `${broken ? '\n' : ''}${JSON.stringify(line)}\n`;
    broken = true;
    // all of it or an error, where one call of the system may write a part
    writeFileSync(file, Buffer.from(text));
    broken = false;
    written += text.length;
    apply(line);
  };
  const synced = sharedRuns(async () => {
    await syncFile(file);
    if (written < longest) return;
    const long = file;
    file = shortened();
    closeSync(long);
  });
  return {
    begin: (id) => {
      write({ begun: id });
      return begun.get(id)!;
    },
    done: async (id, messages, company) => {
      write({ done: id, messages });
      await company;
      await synced();
    },
    sent: (id) => { write({ sent: id }); },
    find: (id) => done.get(id),
    unsent: () => [...done].flatMap(([id, { sent }]) => (sent ? [] : [id])),
    close: () => { closeSync(file); },
  };
};
