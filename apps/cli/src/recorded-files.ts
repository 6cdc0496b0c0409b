/** Recorded spaces as files, plain or gzipped: read and parsed, refused by the name the user gave. Writes none. */
import { parseRecordedSpace, type RecordedSpace } from '@loopsmith/comparison';
import { refuse, unwrap } from '@loopsmith/util';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A recorded space as text or gzipped. */
export const readSpace = (file: string, shown: string): RecordedSpace => {
  if (!existsSync(file)) return refuse({ code: 'file-missing', stage: 'records', message: `there is no recorded space ${shown}; make one with \`loopsmith space record\`` });
  const bytes = readFileSync(file);
  return unwrap(parseRecordedSpace((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'), shown));
};
