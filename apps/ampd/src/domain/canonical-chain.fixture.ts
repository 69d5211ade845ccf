import type { ChainFile } from "./canonical-chain.ts";

/** A file as the store keeps it; a greater `id` is newer. */
export type FileRow = ChainFile & { readonly id: number; canonical: boolean };

/** A branch of a made-up chain: below `since` it shares the blocks of the main one. */
export type Branch = { readonly branch: number; readonly since: number };

const MAIN: Branch = { branch: 0, since: 0 };

/** Forks at two heights, two of them at the same. */
export const BRANCHES: readonly Branch[] = [
  MAIN,
  { branch: 1, since: 5 },
  { branch: 2, since: 9 },
  { branch: 3, since: 9 },
];

/** A file on a branch, the main one by default. Hashes link where ranges of one branch touch. */
export function fileRow(id: number, start: number, end: number, on: Branch = MAIN): FileRow {
  return {
    id,
    canonical: false,
    start: BigInt(start),
    end: BigInt(end),
    network: "anvil",
    hash: hashOf(end, on),
    prevHash: hashOf(start - 1, on),
    timestamp: BigInt(10_000 + end),
    sizeBytes: BigInt(1_000 + id),
    rowCount: BigInt(end - start + 1),
    createdAtNs: BigInt(1_000 + id),
  };
}

function hashOf(block: number, { branch, since }: Branch): `0x${string}` {
  return `0x${block < since ? 0 : branch}.${block}`;
}
