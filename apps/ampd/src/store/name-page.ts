/** A page of what has a natural key; `after` and `before` are keys, exclusive. */
export type NamePage<Key> = {
  readonly limit: number;
  readonly after?: Key | undefined;
  readonly before?: Key | undefined;
  /** Read the page next to `before`, or the last one, not the one next to `after`. */
  readonly fromEnd?: boolean;
};
