/** What `tune` and `start` are told of the search, as commander reads it. */
export interface SearchOptions {
  readonly budget?: number;
  readonly trials?: number;
  readonly stopBelow?: number;
  readonly strategy: string;
  readonly model: string;
  readonly records?: string;
  readonly seed: number;
  readonly verbose: boolean;
}
