/** Recorded spaces as files, plain or gzipped: read and parsed, refused by the name the user gave. Writes none. */
import { parseRecordedSpace, type RecordedSpace } from '@loopsmith/comparison';
import { refuse, unwrap } from '@loopsmith/util';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { reading } from './files.js';

/** A recorded space as text or gzipped. */
export const readSpace = (file: string, shown: string): RecordedSpace => {
  const bytes = reading(
    shown,
    { code: 'file-missing', stage: 'records', message: `there is no recorded space ${shown}; make one with \`loopsmith space record\`` },
    () => readFileSync(file),
  );
  return unwrap(parseRecordedSpace((file.endsWith('.gz') ? unpacked(bytes, shown) : bytes).toString('utf8'), shown));
};

const unpacked = (bytes: Buffer, shown: string): Buffer => {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    return refuse({
      code: 'recorded-space-invalid',
      stage: 'records',
      message: `${shown} is not gzipped, or damaged; copy it again, or record it with \`loopsmith space record\``,
      text: String(error),
    });
  }
};
