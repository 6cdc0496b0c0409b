/**
 * Records in an append-only file, one JSON object a line. Never rewrites nor removes a line: what it cannot read stays in the file and
 * is reported. Reading takes no right to write and changes nothing, also beside a run that appends. Decides nothing about records.
 */
import type { RecordStore, RecordStoreFactory, TuningRecord } from '@loopsmith/contracts';
import { fail, listUnder, refuse, sharedRuns, succeed } from '@loopsmith/util';
import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readRecord } from './line.js';

export const jsonlRecords: RecordStoreFactory = {
  id: 'jsonl',
  open: async (path) => {
    try {
      const { records, faults } = parsed(await bytesOf(path), path);
      return succeed(storeOver(path, records, faults));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return fail({
        code: 'records-unreadable',
        stage: 'records',
        message: `record file ${path} cannot be read (${code}); name a file you may read with --records`,
        text: message,
      });
    }
  },
};

/** Of a file that nobody has made yet, none. */
const bytesOf = async (path: string): Promise<Buffer> => {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
};

const NEWLINE = 10;

const parsed = (bytes: Buffer, path: string): { readonly records: readonly TuningRecord[]; readonly faults: readonly string[] } => {
  const records: TuningRecord[] = [], faults: string[] = [];
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const newline = bytes.indexOf(NEWLINE, start), end = newline < 0 ? bytes.length : newline;
    const line = bytes.toString('utf8', start, end), record = line.trim() === '' ? null : readRecord(line);
    if (typeof record === 'string') {
      faults.push(
        newline < 0
          ? `${path}:${number}: the last line is not whole: a run was ended while it wrote it, or writes it now; it is ignored, and its candidate will be measured again`
          : `${path}:${number}: ${record}; the line is kept and ignored`,
      );
    } else if (record !== null) records.push(record);
    start = end + 1;
  }
  return { records, faults };
};

/** A folder, and those above it down from the one that holds the first that was made; `made` is undefined where none was. */
const withParents = (folder: string, made: string | undefined): readonly string[] =>
  (made === undefined || folder === dirname(made) || folder === dirname(folder) ? [folder] : [folder, ...withParents(dirname(folder), made)]);
/** Where the system lets a folder be: one that may not be read, and some file systems, cannot. */
const synced = async (folder: string): Promise<void> => {
  try {
    const handle = await open(folder, 'r');
    try { await handle.sync(); } finally { await handle.close(); }
  } catch { /* the file is as whole as it was before folders were synced */ }
};

/** For appending. What begins here begins on a line of its own, whatever the last writer left. */
const openToAppend = async (path: string): Promise<{ readonly file: FileHandle; readonly before: string }> => {
  const folder = dirname(path), made = await mkdir(folder, { recursive: true });
  // a+ creates it, reads anywhere and always writes at the end
  const file = await open(path, 'a+');
  const { size } = await file.stat(), last = Buffer.alloc(1);
  if (size > 0) await file.read(last, 0, 1, size - 1);
  // a power cut takes a file whose name was not written down, however often its content was
  else for (const one of withParents(folder, made)) await synced(one);
  return { file, before: size > 0 && last[0] !== NEWLINE ? '\n' : '' };
};

const storeOver = (path: string, read: readonly TuningRecord[], faults: readonly string[]): RecordStore => {
  const all: TuningRecord[] = [];
  const ids = new Set<string>();
  const byTask = new Map<string, TuningRecord[]>();
  const remember = (record: TuningRecord): boolean => {
    if (ids.has(record.id)) return false;
    ids.add(record.id);
    all.push(record);
    listUnder(byTask, record.task, record);
    return true;
  };
  read.forEach(remember);

  let waiting = '', file: FileHandle | null = null, flushed: Promise<void> = Promise.resolve();
  /** Everything that waits when the disk gets to it goes into one write and one sync. */
  const flush = sharedRuns(async () => {
    let text = waiting;
    waiting = '';
    try {
      if (file === null) {
        const opened = await openToAppend(path);
        file = opened.file;
        text = opened.before + text;
      }
      await file.appendFile(text);
      await file.datasync();
    } catch (error) {
      // what it wrote may end in the middle of a line: whoever goes on opens it anew, and begins one of its own
      const broken = file;
      file = null;
      await broken?.close().catch(() => undefined);
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      refuse({
        code: 'file-unwritable',
        stage: 'records',
        message: `record file ${path} cannot be written (${code}); ${code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full: make room, and the same command goes on from what is there' : 'name a file you may write with --records'}`,
        text: message,
      });
    }
  });

  return {
    faults,
    all: () => all,
    ofTask: (task) => byTask.get(task) ?? [],
    append: async (record) => {
      if (!remember(record)) return;
      waiting += `${JSON.stringify(record)}\n`;
      await (flushed = flush());
    },
    close: async () => {
      try {
        // rejects where the last write failed: whoever appended was told, and whoever closes is told again
        await flushed;
      } finally {
        await file?.close();
      }
    },
  };
};
