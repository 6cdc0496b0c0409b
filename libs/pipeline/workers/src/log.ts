/** What a worker says: levels, a sentence, and the ids it is about. Whoever runs it decides where that goes. */
export interface LogFields {
  readonly stage?: string;
  readonly job?: string;
  readonly request?: string;
  readonly candidate?: string;
  readonly [name: string]: string | number | boolean | undefined;
}
export type Log = (level: 'info' | 'warn' | 'error', text: string, fields?: LogFields) => void;
