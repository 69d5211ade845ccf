/** Who acts, for the audit trail: it is written into the event of every move. */
export type Actor = {
  /** The acting process. */
  readonly nodeId: string;
  /** The person or token, where one is known. */
  readonly name: string | null;
  /** The request that asked for it, where there was one. */
  readonly requestId: string | null;
};
