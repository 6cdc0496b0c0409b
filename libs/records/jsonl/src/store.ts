/**
 * Records in an append-only file, one JSON object a line. Never rewrites a line: what it cannot read stays in the file and
 * is reported, and only a last line torn by a crash is cut off. Decides nothing about records.
 */
import type { RecordStore, RecordStoreFactory, TuningRecord } from '@loopsmith/contracts';
import { fail, refuse, succeed } from '@loopsmith/util';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { printRecord, readRecord } from './line.js';

export const jsonlRecords: RecordStoreFactory = {
  id: 'jsonl',
  open: async (path) => {
    try {
      await mkdir(dirname(path), { recursive: true });
      // a+ creates it, reads anywhere and always writes at the end, also when another process appends too
      const file = await open(path, 'a+');
      const { records, faults, keep, unended } = readFile(await file.readFile(), path);
      if (keep !== null) await file.truncate(keep);
      return succeed(storeOver(file, path, records, faults, unended ? '\n' : ''));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return fail({ code: 'records-unreadable', stage: 'records', message: `record file ${path} cannot be opened (${code}); name a file you may write with --records`, text: message });
    }
  },
};

interface Contents {
  readonly records: readonly TuningRecord[];
  readonly faults: string[];
  /** Bytes to keep when the last line is torn. */
  readonly keep: number | null;
  /** The last record is whole but its line is not ended. */
  readonly unended: boolean;
}

const NEWLINE = 10;

const readFile = (bytes: Buffer, path: string): Contents => {
  const records: TuningRecord[] = [], faults: string[] = [];
  let keep: number | null = null, unended = false;
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const line = bytes.toString('utf8', start, end);
    const record = line.trim() === '' ? 'empty' : readRecord(line);
    if (typeof record !== 'string') records.push(record);
    else if (newline < 0) {
      keep = start;
      faults.push(`${path}:${number}: the last line was cut short, probably by a crash; its ${end - start} bytes were removed and its candidate will be measured again`);
    } else if (record !== 'empty') faults.push(`${path}:${number}: ${record}; the line is kept and ignored`);
    unended = newline < 0 && typeof record !== 'string';
    start = end + 1;
  }
  return { records, faults, keep, unended };
};

const storeOver = (file: FileHandle, path: string, read: readonly TuningRecord[], faults: readonly string[], before: string): RecordStore => {
  const all: TuningRecord[] = [];
  const ids = new Set<string>();
  const byTask = new Map<string, TuningRecord[]>();
  const remember = (record: TuningRecord): boolean => {
    if (ids.has(record.id)) return false;
    ids.add(record.id);
    all.push(record);
    const ofTask = byTask.get(record.task);
    if (ofTask) ofTask.push(record);
    else byTask.set(record.task, [record]);
    return true;
  };
  read.forEach(remember);

  let waiting = before;
  let flushed: Promise<void> = Promise.resolve();
  let scheduled: Promise<void> | null = null;
  /** Everything that waits when the disk gets to it goes into one write and one sync. */
  const flush = (): Promise<void> => {
    scheduled ??= flushed = flushed.catch(() => undefined).then(async () => {
      const text = waiting;
      waiting = '';
      scheduled = null;
      try {
        await file.appendFile(text);
        await file.datasync();
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === undefined) throw error;
        refuse({ code: 'file-unwritable', stage: 'records', message: `record file ${path} cannot be written (${code}); ${code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full: make room, and the same command goes on from what is there' : 'name a file you may write with --records'}`, text: message });
      }
    });
    return scheduled;
  };

  return {
    faults,
    all: () => all,
    ofTask: (task) => byTask.get(task) ?? [],
    append: async (record) => {
      if (!remember(record)) return;
      waiting += `${printRecord(record)}\n`;
      await flush();
    },
    close: async () => {
      await flushed;
      await file.close();
    },
  };
};
