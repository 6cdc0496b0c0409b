/** What every answer says of its worker: name and time. */
export interface Answering {
  readonly worker: string;
  /** Milliseconds since 1970. */
  now(): number;
}
